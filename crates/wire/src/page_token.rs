//! Opaque tokens for paging: a payload and its HMAC-SHA256 under a key of the process, in URL-safe base64.
//!
//! A token is authentic, not secret. It is bound to a purpose, so that one operation's token means nothing to another.
//! What expires or belongs to a principal must say so in the payload.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use model::limits::NEXT_TOKEN_CHARS_MAX;
use sha2::Sha256;
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const TAG_BYTES: usize = 32;

/// The longest payload whose token stays within `NEXT_TOKEN_CHARS_MAX`.
pub const PAYLOAD_BYTES_MAX: usize = NEXT_TOKEN_CHARS_MAX / 4 * 3 - 1 - TAG_BYTES;

/// 32 bytes of entropy, made when the process starts or kept where tokens must outlive it.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u8; 32]>);

impl TokenKey {
    pub fn new(key: [u8; 32]) -> Self {
        TokenKey(Zeroizing::new(key))
    }

    fn mac(&self, purpose: &str, signed: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(signed);
        Some(mac)
    }
}

/// Makes a token; `None` when the payload is longer than [`PAYLOAD_BYTES_MAX`].
pub fn seal(key: &TokenKey, purpose: &str, payload: &[u8]) -> Option<String> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return None;
    }
    let mut token = Vec::with_capacity(1 + payload.len() + TAG_BYTES);
    token.push(FORMAT);
    token.extend_from_slice(payload);
    let tag = key.mac(purpose, &token)?.finalize().into_bytes();
    token.extend_from_slice(&tag);
    Some(URL_SAFE_NO_PAD.encode(token))
}

/// The payload of a token made by [`seal`] with the same key and purpose; `None` for anything else.
pub fn open(key: &TokenKey, purpose: &str, token: &str) -> Option<Vec<u8>> {
    if token.len() > NEXT_TOKEN_CHARS_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (signed, tag) = bytes.split_last_chunk::<TAG_BYTES>()?;
    key.mac(purpose, signed)?.verify_slice(tag).ok()?;
    let (format, payload) = signed.split_first()?;
    (*format == FORMAT).then(|| payload.to_vec())
}

#[cfg(test)]
mod tests;
