//! Instants as AWS JSON writes them: a number of seconds since the Unix epoch, with milliseconds as a fraction.

use model::clock::TimestampNs;
use model::time::NS_PER_MILLISECOND;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EpochMillis(pub i64);

impl EpochMillis {
    pub fn from_ns(instant_ns: TimestampNs) -> Self {
        EpochMillis(instant_ns.div_euclid(NS_PER_MILLISECOND))
    }

    /// The instant in nanoseconds; `None` outside the years that 64 bits of nanoseconds reach.
    pub fn to_ns(self) -> Option<TimestampNs> {
        self.0.checked_mul(NS_PER_MILLISECOND)
    }
}

impl Serialize for EpochMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1_000 == 0 {
            return serializer.serialize_i64(self.0 / 1_000);
        }
        // The shortest text of the quotient has exactly the three digits that went in, up to the year 280,000.
        serializer.serialize_f64(self.0 as f64 / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for EpochMillis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(EpochVisitor)
    }
}

struct EpochVisitor;

impl Visitor<'_> for EpochVisitor {
    type Value = EpochMillis;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number of seconds since the epoch")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Self::Value, E> {
        let millis = seconds.checked_mul(1_000).ok_or_else(|| E::custom("instant out of range"))?;
        Ok(EpochMillis(millis))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Self::Value, E> {
        let seconds = i64::try_from(seconds).map_err(|_| E::custom("instant out of range"))?;
        self.visit_i64(seconds)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Self::Value, E> {
        let millis = (seconds * 1_000.0).round();
        if !(-9.0e18..=9.0e18).contains(&millis) {
            return Err(E::custom("instant out of range"));
        }
        Ok(EpochMillis(millis as i64))
    }
}
