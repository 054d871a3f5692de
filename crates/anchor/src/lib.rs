//! Holds no code: its manifest anchors the features of shared foreign crates.
