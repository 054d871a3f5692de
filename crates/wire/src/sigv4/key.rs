//! The signing key of a day, and a bounded cache of them.

use super::authorization::Scope;
use hmac::{Hmac, Mac};
use model::limits::SIGNING_KEYS_MAX;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

pub type HmacSha256 = Hmac<Sha256>;
pub type SigningKey = Zeroizing<[u8; 32]>;

/// Stands in for the secret of an unknown access key, so that refusing it takes the same work.
const UNKNOWN_SECRET: &str = "no access key has this secret, it only takes time";

/// Derives the key that signs requests of one day, region and service.
pub fn derive(secret: &str, scope: &Scope<'_>) -> SigningKey {
    let first = Zeroizing::new(format!("AWS4{secret}"));
    let mut key: SigningKey = Zeroizing::new(mac(first.as_bytes(), scope.date));
    for part in [scope.region, scope.service, scope.terminator] {
        key = Zeroizing::new(mac(key.as_slice(), part));
    }
    key
}

fn mac(key: &[u8], message: &str) -> [u8; 32] {
    // HMAC takes keys of any length, so the empty fallback is never used; it could not match a signature either.
    let Ok(mut mac) = HmacSha256::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Signing keys by access key, day and region. An entry counts only for the secret it was derived from.
pub struct KeyCache {
    entries: Mutex<HashMap<EntryName, Entry>>,
}

#[derive(PartialEq, Eq, Hash)]
struct EntryName {
    /// Empty for all unknown access keys together, so that strangers can't fill the cache.
    access_key_id: String,
    date: String,
    region: String,
}

struct Entry {
    secret_hash: [u8; 32],
    key: SigningKey,
}

impl KeyCache {
    pub fn new() -> Self {
        KeyCache { entries: Mutex::new(HashMap::new()) }
    }

    /// The key for a scope whose service and terminator were checked; without a secret, a key that fits nothing.
    pub fn signing_key(&self, access_key_id: &str, secret: Option<&str>, scope: &Scope<'_>) -> SigningKey {
        let (access_key_id, secret) = match secret {
            Some(secret) => (access_key_id, secret),
            None => ("", UNKNOWN_SECRET),
        };
        let secret_hash: [u8; 32] = Sha256::digest(secret).into();
        let name = EntryName {
            access_key_id: access_key_id.to_owned(),
            date: scope.date.to_owned(),
            region: scope.region.to_owned(),
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&name).filter(|entry| entry.secret_hash == secret_hash) {
            return entry.key.clone();
        }
        let key = derive(secret, scope);
        if entries.len() >= SIGNING_KEYS_MAX {
            entries.clear();
        }
        entries.insert(name, Entry { secret_hash, key: key.clone() });
        key
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
