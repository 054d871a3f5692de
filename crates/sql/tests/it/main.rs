//! The language from text to rows, over tables held in memory: the corpora of `tests/sql`, the examples of the
//! functions and statements made to hurt. One binary, so that the engine is linked once.
#![cfg(feature = "engine")]

mod aggregates;
mod bombs;
mod buckets;
mod calls;
mod check;
mod corpus;
mod correlated;
mod dataset;
mod datum;
mod equivalence;
mod examples;
mod files;
mod functions;
mod mutated;
mod random;
mod ratchet;
mod run;
mod scans;
mod script;
mod spill;
mod store;
mod unload;
mod workload;
