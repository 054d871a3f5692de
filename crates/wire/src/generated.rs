//! Written by `cargo xtask codegen` from the service models, but for this list.

pub mod operation;
pub mod query;
pub mod write;
