//! The queries that are kept, and which are forgotten first: ended ones before running ones, the least recently used
//! before others. Forgetting a running query ends it.

use std::collections::HashMap;
use std::sync::Arc;

use model::limits;
use model::time::NS_PER_SECOND;

use super::QuerySettings;
use super::session::{Session, Summary};

#[derive(Debug)]
struct Entry {
    session: Arc<Session>,
    used_ns: u64,
}

/// What forgetting decides on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: String,
    pub used_ns: u64,
    pub has_ended: bool,
    pub kept_bytes: usize,
}

/// Time between two looks for what has expired, unless a bound is in reach.
const SWEEP_INTERVAL_NS: u64 = NS_PER_SECOND as u64;

#[derive(Debug, Default)]
pub struct Registry {
    entries: HashMap<String, Entry>,
    swept_ns: u64,
    added_bytes: usize,
}

impl Registry {
    pub fn insert(&mut self, session: Arc<Session>, now_ns: u64, settings: &QuerySettings) {
        self.entries.insert(session.id().to_owned(), Entry { session, used_ns: now_ns });
        self.sweep(0, now_ns, settings);
    }

    pub fn find(&mut self, query_id: &str, now_ns: u64) -> Option<Arc<Session>> {
        let entry = self.entries.get_mut(query_id)?;
        entry.used_ns = now_ns;
        Some(Arc::clone(&entry.session))
    }

    pub fn all(&self) -> Vec<Arc<Session>> {
        self.entries.values().map(|entry| Arc::clone(&entry.session)).collect()
    }

    pub fn running(&self) -> usize {
        self.entries.values().filter(|entry| !entry.session.summary().has_ended).count()
    }

    /// Forgets what has expired or is over a bound, after an answer of `added_bytes` may have been kept.
    pub fn sweep(&mut self, added_bytes: usize, now_ns: u64, settings: &QuerySettings) {
        self.added_bytes = self.added_bytes.saturating_add(added_bytes);
        let is_due = self.entries.len() > settings.open_max
            || self.added_bytes > settings.pages_bytes_max / 16
            || now_ns.saturating_sub(self.swept_ns) > SWEEP_INTERVAL_NS;
        if !is_due {
            return;
        }
        (self.swept_ns, self.added_bytes) = (now_ns, 0);
        let candidates = self.entries.iter().map(|(id, entry)| {
            let Summary { has_ended, kept_bytes } = entry.session.summary();
            Candidate { id: id.clone(), used_ns: entry.used_ns, has_ended, kept_bytes }
        });
        for id in decide_forgotten(candidates.collect(), now_ns, settings.open_max, settings.pages_bytes_max)
        {
            self.entries.remove(&id);
        }
    }
}

/// Ids to forget.
pub fn decide_forgotten(
    mut candidates: Vec<Candidate>,
    now_ns: u64,
    open_max: usize,
    bytes_max: usize,
) -> Vec<String> {
    let second = NS_PER_SECOND as u64;
    let is_expired = |candidate: &Candidate| {
        let kept_s = if candidate.has_ended {
            limits::CLIENT_TOKEN_REPLAY_SECONDS
        } else {
            limits::NEXT_TOKEN_SECONDS_MAX
        };
        now_ns.saturating_sub(candidate.used_ns) > kept_s * second
    };
    candidates.sort_unstable_by(|one, other| {
        let rank = |candidate: &Candidate| (!candidate.has_ended, candidate.used_ns);
        rank(one).cmp(&rank(other)).then_with(|| one.id.cmp(&other.id))
    });
    let mut count = candidates.len();
    // Some more ended ones go, so that not every query at the bound looks at all others.
    let ended_count_max = if count > open_max { open_max - open_max / 16 } else { open_max };
    let mut bytes: usize = candidates.iter().map(|candidate| candidate.kept_bytes).sum();
    let mut forgotten = Vec::new();
    for candidate in candidates {
        let count_max = if candidate.has_ended { ended_count_max } else { open_max };
        if is_expired(&candidate) || count > count_max || (bytes > bytes_max && candidate.kept_bytes > 0) {
            count -= 1;
            bytes -= candidate.kept_bytes;
            forgotten.push(candidate.id);
        }
    }
    forgotten
}
