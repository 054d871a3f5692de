//! Signs requests of our own client.

use super::authorization::{ALGORITHM, Scope};
use super::{Request, canonical, date, key, string_to_sign_mac};
use crate::generated::operation::SIGNING_NAME;
use hmac::Mac;
use model::clock::TimestampNs;
use model::time::NS_PER_SECOND;
use sha2::{Digest, Sha256};

/// The credential and region to sign with.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub session_token: Option<&'a str>,
    pub region: &'a str,
}

/// The headers to add to a request so that it is signed at `now_ns`. Every header the request has is signed, and `host`
/// must be among them; names must be unique.
pub fn sign(request: &Request<'_>, signer: &Signer<'_>, now_ns: TimestampNs) -> Vec<(String, String)> {
    let date_text = date::format_seconds(now_ns.div_euclid(NS_PER_SECOND));
    let mut added = vec![("x-amz-date".to_owned(), date_text.clone())];
    if let Some(token) = signer.session_token {
        added.push(("x-amz-security-token".to_owned(), token.to_owned()));
    }
    let all: Vec<(&str, &[u8])> = request
        .headers
        .iter()
        .copied()
        .chain(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))
        .collect();
    let mut names: Vec<String> = all.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let body_hash = hex::encode(Sha256::digest(request.body));
    let canonical_hash = canonical::hash(&Request { headers: &all, ..*request }, &names, &body_hash);
    let day = date_text.get(..8).unwrap_or_default();
    let scope = Scope { date: day, region: signer.region, service: SIGNING_NAME, terminator: "aws4_request" };
    let key = key::derive(signer.secret_access_key, &scope);
    let signature = match string_to_sign_mac(&key, &date_text, &scope.text(), &canonical_hash) {
        Ok(mac) => hex::encode(mac.finalize().into_bytes()),
        Err(_) => String::new(),
    };
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
        signer.access_key_id,
        scope.text(),
        names.join(";")
    );
    added.push(("authorization".to_owned(), authorization));
    added
}
