//! What a client can observe of the protocol, driven by the tables in `data/`.

mod decoding;
mod errors;
mod hostile;
mod inputs;
mod outputs;
mod signatures;
