//! The storage crate from outside: the engine on a simulated or a real disk.

mod basics;
mod crash;
mod model;
mod upsert;
mod world;
