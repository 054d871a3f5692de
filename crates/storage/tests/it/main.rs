//! The storage crate from outside: the engine on a simulated or a real disk.

mod basics;
mod catalog;
mod check;
mod check_rows;
mod concurrent;
mod crash;
mod delete;
mod faults;
mod isolation;
mod metastore;
mod model;
mod outage;
mod pressure;
mod readers;
mod reports;
mod retention;
mod scans;
mod simulation;
mod stores;
mod sweep;
mod tiers;
mod upsert;
mod views;
mod workload;
mod world;
mod year;
