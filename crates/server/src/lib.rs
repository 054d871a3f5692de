//! The server: listener, authentication, one file per API operation, settings, command line, telemetry. The only crate
//! that sees all others.
//!
//! The way of a request: [`listener`] accepts the connection, [`router`] bounds and reads the request, [`gateway`]
//! verifies its signature and gives it a turn, [`operations`] decodes, checks and answers it.

extern crate anchor as _;

pub mod admission;
pub mod arn;
pub mod buckets;
pub mod cli;
pub mod client;
pub mod credentials;
pub mod demo;
pub mod errors;
pub mod gateway;
pub mod jobs;
pub mod listener;
pub mod node;
pub mod operations;
pub mod queries;
pub mod query_engine;
pub mod reference;
pub mod reports;
pub mod router;
pub mod running;
pub mod settings;
pub mod stores;
pub mod telemetry;
