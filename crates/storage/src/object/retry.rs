//! Whether and when a failed call is tried again: a pure decision.

use std::time::Duration;

use model::limits;

use crate::error::StorageError;

/// Bounds of retries. Pauses double from the first to the longest, each shortened by up to a half at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub attempts_max: u32,
    pub first_pause: Duration,
    pub pause_max: Duration,
    /// No attempt starts later than this after the first.
    pub total_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: limits::OBJECT_ATTEMPTS_MAX,
            first_pause: Duration::from_millis(limits::OBJECT_FIRST_PAUSE_MS),
            pause_max: Duration::from_millis(limits::OBJECT_PAUSE_MS_MAX),
            total_max: Duration::from_millis(limits::OBJECT_RETRY_MS_MAX),
        }
    }
}

impl RetryPolicy {
    /// The pause before the next attempt after `attempts` failed ones, `elapsed` after the first began; `None`: give
    /// up. `random` is any number.
    pub fn decide(&self, attempts: u32, elapsed: Duration, random: u64) -> Option<Duration> {
        if attempts >= self.attempts_max {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(20);
        let longest = self.first_pause.saturating_mul(1 << doublings).min(self.pause_max);
        let share = (random % 1_024) as u32;
        let pause = longest - longest / 2 * share / 1_024;
        (elapsed.saturating_add(pause) <= self.total_max).then_some(pause)
    }
}

/// What a failure of a store means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no such object.
    Missing,
    /// The name is taken, or somebody else is writing it right now: stores mix the two up.
    Taken,
    /// It may work the next time.
    Transient,
    /// It will fail again.
    Final,
}

impl Failure {
    pub(super) fn of(error: &object_store::Error) -> Self {
        use object_store::Error;
        match error {
            Error::NotFound { .. } => Self::Missing,
            Error::AlreadyExists { .. } | Error::Precondition { .. } => Self::Taken,
            // A disk that failed does not get better, and a failed sync must not be tried again.
            Error::Generic { source, .. } if source.is::<StorageError>() => Self::Final,
            Error::Generic { .. } => Self::Transient,
            _ => Self::Final,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds_and_end() {
        let policy = RetryPolicy {
            attempts_max: 5,
            first_pause: Duration::from_millis(100),
            pause_max: Duration::from_millis(300),
            total_max: Duration::from_secs(10),
        };
        let pauses = |random| {
            (1..=5).map(|attempts| policy.decide(attempts, Duration::ZERO, random)).collect::<Vec<_>>()
        };
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pauses(0), [ms(100), ms(200), ms(300), ms(300), None]);
        for pause in pauses(1_023)
            .into_iter()
            .zip([100, 200, 300, 300])
            .map(|(pause, longest)| (pause.unwrap(), longest))
        {
            assert!(
                pause.0 >= Duration::from_millis(pause.1 / 2) && pause.0 < Duration::from_millis(pause.1)
            );
        }
        assert_eq!(policy.decide(1, Duration::from_millis(9_901), 0), None);
        assert_eq!(policy.decide(1, Duration::from_millis(9_900), 0), ms(100));
    }
}
