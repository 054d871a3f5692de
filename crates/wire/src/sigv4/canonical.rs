//! The canonical form of a request, hashed as it is made.

use super::Request;
use sha2::{Digest, Sha256};

/// SHA-256 of the canonical request in hex. Path and query are those of the only address we serve: `/` without query.
pub fn hash(request: &Request<'_>, signed_headers: &[&str], body_hash: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(request.method.as_bytes());
    hasher.update(b"\n/\n\n");
    for name in signed_headers {
        hasher.update(name.as_bytes());
        hasher.update(b":");
        let mut values = super::header_values(request, name);
        if let Some(first) = values.next() {
            hash_trimmed(&mut hasher, first);
        }
        for further in values {
            hasher.update(b",");
            hash_trimmed(&mut hasher, further);
        }
        hasher.update(b"\n");
    }
    hasher.update(b"\n");
    for (position, name) in signed_headers.iter().enumerate() {
        if position > 0 {
            hasher.update(b";");
        }
        hasher.update(name.as_bytes());
    }
    hasher.update(b"\n");
    hasher.update(body_hash.as_bytes());
    hex::encode(hasher.finalize())
}

/// Drops space around a header value and makes one space of each run inside.
fn hash_trimmed(hasher: &mut Sha256, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            hasher.update(b" ");
        }
        hasher.update(word);
    }
}
