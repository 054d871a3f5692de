//! What to move, rewrite, expire and collect: pure functions of what is there.
