//! What calls came to.

use std::collections::BTreeMap;

/// Latencies of the calls that succeeded, and how the others ended.
#[derive(Debug, Default)]
pub struct Tally {
    pub succeeded_ms: Vec<f64>,
    /// Calls by status and error code; those without an answer by what happened to their connection.
    pub failed: BTreeMap<String, u64>,
    /// The longest that an answer of any kind took.
    pub longest_ms: f64,
}

/// The code of the only failure that overload may cause.
pub const THROTTLED: &str = "429 ThrottlingException";

impl Tally {
    pub fn succeed(&mut self, milliseconds: f64) {
        self.succeeded_ms.push(milliseconds);
        self.longest_ms = self.longest_ms.max(milliseconds);
    }

    pub fn fail(&mut self, how: String, milliseconds: f64) {
        *self.failed.entry(how).or_default() += 1;
        self.longest_ms = self.longest_ms.max(milliseconds);
    }

    pub fn add(&mut self, other: Self) {
        self.succeeded_ms.extend(other.succeeded_ms);
        for (how, count) in other.failed {
            *self.failed.entry(how).or_default() += count;
        }
        self.longest_ms = self.longest_ms.max(other.longest_ms);
    }

    pub fn throttled(&self) -> u64 {
        self.failed.get(THROTTLED).copied().unwrap_or(0)
    }

    /// Failures that overload must not cause, as text; empty when there are none.
    pub fn others(&self) -> String {
        let others = self.failed.iter().filter(|(how, _)| how.as_str() != THROTTLED);
        others.map(|(how, count)| format!("{count} of {how}; ")).collect()
    }

    /// Milliseconds below which this share of the successful calls took.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.succeeded_ms.clone();
        sorted.sort_by(f64::total_cmp);
        let index = ((sorted.len() as f64 - 1.0) * share).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }
}
