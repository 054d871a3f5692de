//! ClientToken: the same call again within five minutes gets the same answer; with other parameters it is refused
//! (api.md 4.5). Pure.

use std::collections::{HashMap, VecDeque};

use model::limits;
use model::time::NS_PER_SECOND;

use super::PageRequest;
use super::token::fingerprint;

/// What a ClientToken means for a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Repeat {
    New,
    /// Repeats the call that started this query.
    Same(String),
    Different,
}

#[derive(Debug)]
struct Entry {
    parameters: u64,
    query_id: String,
    started_ns: u64,
}

/// Calls of the last five minutes that carried a ClientToken.
#[derive(Debug, Default)]
pub struct Replays {
    entries: HashMap<String, Entry>,
    order: VecDeque<(u64, String)>,
}

impl Replays {
    pub fn find(&mut self, request: &PageRequest<'_>, client_token: &str, now_ns: u64) -> Repeat {
        self.expire(now_ns);
        match self.entries.get(&key(request, client_token)) {
            None => Repeat::New,
            Some(entry) if entry.parameters == parameters(request) => Repeat::Same(entry.query_id.clone()),
            Some(_) => Repeat::Different,
        }
    }

    pub fn remember(&mut self, request: &PageRequest<'_>, client_token: &str, query_id: &str, now_ns: u64) {
        let key = key(request, client_token);
        self.order.push_back((now_ns, key.clone()));
        let entry =
            Entry { parameters: parameters(request), query_id: query_id.to_owned(), started_ns: now_ns };
        self.entries.insert(key, entry);
        while self.order.len() > limits::CLIENT_TOKENS_MAX {
            self.drop_oldest();
        }
    }

    /// Forgets the call that started a query.
    pub fn forget(&mut self, query_id: &str) {
        self.entries.retain(|_, entry| entry.query_id != query_id);
    }

    fn expire(&mut self, now_ns: u64) {
        let kept_ns = limits::CLIENT_TOKEN_REPLAY_SECONDS.saturating_mul(NS_PER_SECOND as u64);
        while self.order.front().is_some_and(|(started_ns, _)| now_ns.saturating_sub(*started_ns) > kept_ns) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((started_ns, key)) = self.order.pop_front() else { return };
        // A token that was used again has a younger entry.
        if self.entries.get(&key).is_some_and(|entry| entry.started_ns == started_ns) {
            self.entries.remove(&key);
        }
    }
}

fn key(request: &PageRequest<'_>, client_token: &str) -> String {
    format!("{}\n{client_token}", request.principal)
}

fn parameters(request: &PageRequest<'_>) -> u64 {
    fingerprint(&format!("{:?} {} {}", request.max_rows, request.with_insights, request.text))
}
