//! NextToken: which page of which query, for whom and for which text. Sealed, so that it can't be made up or changed.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use model::limits;
use model::time::NS_PER_SECOND;
use wire::page_token::{TokenKey, open, seal};

/// What a token says; the principal and the text are part of what it is sealed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    pub query_id: String,
    /// The page it leads to, from 1.
    pub page: u32,
    /// On the monotonic clock of the process, which also made the key.
    pub issued_ns: u64,
}

impl PageToken {
    pub fn seal(&self, key: &TokenKey, principal: &str, text: &str) -> Option<String> {
        let payload = format!("{} {} {}", self.query_id, self.page, self.issued_ns);
        seal(key, &purpose(principal, text), payload.as_bytes())
    }

    /// `None` for what is no token, or one of another principal or text.
    pub fn open(key: &TokenKey, principal: &str, text: &str, token: &str) -> Option<Self> {
        let payload = String::from_utf8(open(key, &purpose(principal, text), token)?).ok()?;
        let mut parts = payload.splitn(3, ' ');
        let query_id = parts.next()?.to_owned();
        Some(Self { query_id, page: parts.next()?.parse().ok()?, issued_ns: parts.next()?.parse().ok()? })
    }

    pub fn is_expired(&self, now_ns: u64) -> bool {
        let age_ns = now_ns.saturating_sub(self.issued_ns);
        age_ns > limits::NEXT_TOKEN_SECONDS_MAX.saturating_mul(NS_PER_SECOND as u64)
    }
}

fn purpose(principal: &str, text: &str) -> String {
    format!("Query\n{principal}\n{text}")
}

/// A number for a text that is the same within this process.
pub fn fingerprint(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}
