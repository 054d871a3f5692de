//! The demonstration: a fleet of devices, its records loaded over the network, a tour of queries.

pub mod fleet;
pub mod folder;
pub mod load;
pub mod tour;

pub const DATABASE: &str = "IoTMetrics";
/// Single-measure records, as in the scripts this project was asked to run.
pub const SENSOR_TABLE: &str = "SensorData";
/// Multi-measure records.
pub const HEALTH_TABLE: &str = "DeviceHealth";

/// Hours of history that the memory store accepts.
pub const MEMORY_HOURS: i64 = 24;
pub const MAGNETIC_DAYS: i64 = 365;
