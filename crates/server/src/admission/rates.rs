//! The original's rates of calls per second (api.md 7), as token buckets that hold one second's worth.

use std::sync::Mutex;

use model::limits;
use model::time::NS_PER_SECOND;
use wire::Operation;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    per_second: u32,
    tokens: f64,
    refilled_ns: u64,
}

impl Bucket {
    fn new(per_second: u32) -> Self {
        Self { per_second, tokens: f64::from(per_second), refilled_ns: 0 }
    }

    fn take(&mut self, now_ns: u64) -> bool {
        let elapsed_s = now_ns.saturating_sub(self.refilled_ns) as f64 / NS_PER_SECOND as f64;
        let full = f64::from(self.per_second);
        self.tokens = (self.tokens + elapsed_s * full).min(full);
        self.refilled_ns = now_ns;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

/// A rate of its own.
#[derive(Debug)]
pub struct Rate(Mutex<Bucket>);

impl Rate {
    pub fn new(per_second: u32) -> Self {
        Self(Mutex::new(Bucket::new(per_second)))
    }

    /// Whether one more may go on at this instant of the monotonic clock.
    pub fn allow(&self, now_ns: u64) -> bool {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take(now_ns)
    }
}

/// One bucket per operation that has a rate.
#[derive(Debug)]
pub struct Rates(Mutex<Vec<(Operation, Bucket)>>);

impl Default for Rates {
    fn default() -> Self {
        let buckets =
            Operation::ALL.iter().filter_map(|&operation| Some((operation, Bucket::new(rate(operation)?))));
        Self(Mutex::new(buckets.collect()))
    }
}

impl Rates {
    /// Whether a call may go on at this instant of the monotonic clock.
    pub fn allow(&self, operation: Operation, now_ns: u64) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match buckets.iter_mut().find(|(limited, _)| *limited == operation) {
            Some((_, bucket)) => bucket.take(now_ns),
            None => true,
        }
    }
}

/// Calls per second; `None` where the original documents no rate.
fn rate(operation: Operation) -> Option<u32> {
    match operation {
        Operation::CreateDatabase
        | Operation::UpdateDatabase
        | Operation::DeleteDatabase
        | Operation::CreateTable
        | Operation::UpdateTable
        | Operation::DeleteTable => Some(limits::DEFINITION_CALLS_PER_SECOND_MAX),
        Operation::DescribeDatabase
        | Operation::ListDatabases
        | Operation::DescribeTable
        | Operation::ListTables
        | Operation::PrepareQuery
        | Operation::ExecuteScheduledQuery => Some(limits::READING_CALLS_PER_SECOND_MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_rate_and_fills_again() {
        let rates = Rates::default();
        let second = NS_PER_SECOND as u64;
        assert!(rates.allow(Operation::CreateTable, second));
        assert!(!rates.allow(Operation::CreateTable, second + second / 2));
        assert!(rates.allow(Operation::CreateTable, 2 * second));
        let allowed = (0..10).filter(|_| rates.allow(Operation::ListTables, second)).count();
        assert_eq!(allowed, limits::READING_CALLS_PER_SECOND_MAX as usize);
        assert!((0..100).all(|_| rates.allow(Operation::WriteRecords, second)));
    }
}
