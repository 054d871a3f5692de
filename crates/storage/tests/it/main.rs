//! The storage crate from outside: the engine on a simulated or a real disk.

mod basics;
mod catalog;
mod check;
mod concurrent;
mod crash;
mod faults;
mod metastore;
mod model;
mod scans;
mod simulation;
mod tiers;
mod upsert;
mod views;
mod workload;
mod world;
