//! The sign that tells a query's work to end.
//!
//! Operators are asked at every batch, but one batch can mean long work: a lambda over long arrays, a pattern that goes
//! back and forth, a frame that is aggregated anew for each row. Such work asks [`check`], which knows the query of its
//! thread: `execution` sets the sign round everything it polls.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::RowError;

/// Set once, when a query ends before its work does.
#[derive(Debug, Default)]
pub struct StopSign {
    is_set: AtomicBool,
    passed: AtomicU64,
    refused: AtomicU64,
}

impl StopSign {
    pub fn set(&self) {
        self.is_set.store(true, Ordering::Relaxed);
    }

    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    /// Fails once the sign is set.
    pub fn check(&self) -> Result<(), RowError> {
        if self.is_set() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(RowError::new("The query was stopped"));
        }
        self.passed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// How often work was let go on, and how often it was told to end.
    pub fn counts(&self) -> (u64, u64) {
        (self.passed.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<StopSign>>> = const { RefCell::new(None) };
}

/// Works under a sign: what the work calls on this thread asks this sign.
pub fn within<T>(sign: &Arc<StopSign>, work: impl FnOnce() -> T) -> T {
    /// Puts the sign from before back, also when the work panics.
    struct Before(Option<Arc<StopSign>>);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _before = Before(CURRENT.replace(Some(Arc::clone(sign))));
    work()
}

/// Fails once the query that this thread works for is to end; never outside of queries.
pub fn check() -> Result<(), RowError> {
    CURRENT.with_borrow(|sign| sign.as_ref().map_or(Ok(()), |sign| sign.check()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_under_a_sign_that_is_set_and_only_there() {
        let (open, set) = (Arc::new(StopSign::default()), Arc::new(StopSign::default()));
        set.set();
        assert!(check().is_ok());
        within(&open, || {
            assert!(check().is_ok());
            within(&set, || assert!(check().is_err()));
            assert!(check().is_ok());
        });
        assert!(check().is_ok());
        assert_eq!((open.counts(), set.counts()), ((2, 0), (0, 1)));
    }
}
