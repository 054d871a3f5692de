//! Verifies and makes AWS Signature Version 4 (reliability.md 4).
//!
//! [`Verifier::verify`] is the only way in, fails closed, and does no I/O. Only headers that were signed may be trusted,
//! hence `host`, `x-amz-date`, `x-amz-target` and every other `x-amz-*` header must be. The body hash is computed from
//! the bytes received. An unknown key and a wrong secret cost the same work and get the same answer.

mod authorization;
mod canonical;
mod date;
mod key;
mod sign;

pub use sign::{Signer, sign};

use crate::error::{ApiError, ErrorCode};
use crate::generated::operation::SIGNING_NAME;
use authorization::Authorization;
use hmac::Mac;
use key::{HmacSha256, KeyCache};
use model::clock::TimestampNs;
use model::limits::SIGNATURE_SKEW_SECONDS_MAX;
use model::time::NS_PER_SECOND;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// What follows `?`; empty without one.
    pub query: &'a str,
    /// Names in any case and values, in the order received. Over HTTP/2 the caller gives `:authority` as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
    pub body: &'a [u8],
}

/// Finds the credential of an access key. In memory: no I/O happens before a signature is verified.
pub trait CredentialSource {
    fn find(&self, access_key_id: &str) -> Option<Credential>;
}

/// What belongs to an access key.
#[derive(Clone)]
pub struct Credential {
    pub secret_access_key: Arc<Zeroizing<String>>,
    /// Temporary credentials have a session; long-lived ones don't, and then no token is accepted.
    pub session: Option<Session>,
    pub principal: Arc<Principal>,
}

/// The token that every request of a temporary credential must carry.
#[derive(Clone)]
pub struct Session {
    pub token: Arc<Zeroizing<String>>,
    pub expires_ns: TimestampNs,
}

/// Who a verified request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub account_id: String,
    pub arn: String,
}

/// A request that was proven to come from the holder of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub principal: Arc<Principal>,
    pub access_key_id: String,
    /// The region of the credential scope, one of the allowed ones.
    pub region: String,
}

/// Why a request was refused. The messages hold nothing that only the server knows but its time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("{0}")]
    Incomplete(&'static str),
    /// The request can't have been signed correctly, whatever the secret.
    #[error("{0}")]
    Unacceptable(String),
    /// Unknown access key or wrong secret: deliberately one condition.
    #[error(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS access key id, secret access key and signing method."
    )]
    Mismatch,
    #[error("The security token included in the request is invalid.")]
    BadToken,
    #[error("The security token included in the request is expired")]
    ExpiredToken,
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let code = match &error {
            AuthError::Missing => ErrorCode::MissingAuthenticationToken,
            AuthError::Incomplete(_) => ErrorCode::IncompleteSignature,
            AuthError::Unacceptable(_) | AuthError::Mismatch => ErrorCode::InvalidSignature,
            AuthError::BadToken => ErrorCode::UnrecognizedClient,
            AuthError::ExpiredToken => ErrorCode::ExpiredToken,
        };
        ApiError::new(code, error.to_string())
    }
}

/// Verifies requests for a fixed set of regions.
pub struct Verifier {
    regions: Vec<String>,
    skew_seconds_max: i64,
    keys: KeyCache,
}

impl Verifier {
    /// A verifier for the given regions, with the default bound on clock skew.
    pub fn new(regions: Vec<String>) -> Self {
        Verifier { regions, skew_seconds_max: SIGNATURE_SKEW_SECONDS_MAX, keys: KeyCache::new() }
    }

    /// Narrows the accepted clock skew; it can't be widened beyond `SIGNATURE_SKEW_SECONDS_MAX`.
    pub fn with_skew_seconds_max(self, skew_seconds_max: i64) -> Self {
        Verifier { skew_seconds_max: skew_seconds_max.clamp(0, SIGNATURE_SKEW_SECONDS_MAX), ..self }
    }

    /// Verifies one request against the real time `now_ns`.
    ///
    /// # Errors
    /// Any rule of reliability.md 4 that does not hold. There is no partial result.
    pub fn verify(
        &self,
        request: &Request<'_>,
        credentials: &dyn CredentialSource,
        now_ns: TimestampNs,
    ) -> Result<Verified, AuthError> {
        let authorization = Authorization::parse(one_authorization(request)?)?;
        check_headers(request, &authorization)?;
        let date_text = single_header(request, "x-amz-date")?;
        self.check_scope(&authorization, date_text)?;
        self.check_skew(date_text, now_ns)?;
        check_target(request)?;
        let body_hash = hex::encode(Sha256::digest(request.body));
        check_body_hash(request, &body_hash)?;

        let credential = credentials.find(authorization.access_key_id);
        let canonical_hash = canonical::hash(request, &authorization.signed_headers, &body_hash);
        let key = self.keys.signing_key(
            authorization.access_key_id,
            credential.as_ref().map(|credential| credential.secret_access_key.as_str()),
            &authorization.scope,
        );
        let mac = string_to_sign_mac(&key, date_text, &authorization.scope.text(), &canonical_hash)?;
        let matches = mac.verify_slice(&authorization.signature).is_ok();
        match credential {
            Some(credential) if matches => {
                check_session(request, &credential, now_ns)?;
                Ok(Verified {
                    principal: credential.principal,
                    access_key_id: authorization.access_key_id.to_owned(),
                    region: authorization.scope.region.to_owned(),
                })
            }
            _ => Err(AuthError::Mismatch),
        }
    }

    fn check_scope(&self, authorization: &Authorization<'_>, date_text: &str) -> Result<(), AuthError> {
        let scope = &authorization.scope;
        if scope.terminator != "aws4_request" {
            return Err(unacceptable("Credential should be scoped with a valid terminator: 'aws4_request'."));
        }
        if scope.service != SIGNING_NAME {
            return Err(unacceptable("Credential should be scoped to correct service: 'timestream'."));
        }
        if !self.regions.iter().any(|region| region == scope.region) {
            let region: String = scope.region.chars().take(32).collect();
            return Err(AuthError::Unacceptable(format!(
                "Credential should be scoped to a valid region. , region was: {region}"
            )));
        }
        if date_text.get(..8) != Some(scope.date) {
            return Err(unacceptable(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
            ));
        }
        Ok(())
    }

    fn check_skew(&self, date_text: &str, now_ns: TimestampNs) -> Result<(), AuthError> {
        let signed_s = date::parse_seconds(date_text).ok_or(AuthError::Incomplete(
            "'X-Amz-Date' must be in the ISO-8601 basic format YYYYMMDDTHHMMSSZ.",
        ))?;
        let now_s = now_ns.div_euclid(NS_PER_SECOND);
        let (earliest_s, latest_s) = (now_s - self.skew_seconds_max, now_s + self.skew_seconds_max);
        let now = date::format_seconds(now_s);
        let minutes = self.skew_seconds_max / 60;
        if signed_s < earliest_s {
            let bound = date::format_seconds(earliest_s);
            return Err(AuthError::Unacceptable(format!(
                "Signature expired: {date_text} is now earlier than {bound} ({now} - {minutes} min.)"
            )));
        }
        if signed_s > latest_s {
            let bound = date::format_seconds(latest_s);
            return Err(AuthError::Unacceptable(format!(
                "Signature not yet current: {date_text} is still later than {bound} ({now} + {minutes} min.)"
            )));
        }
        Ok(())
    }
}

fn unacceptable(message: &str) -> AuthError {
    AuthError::Unacceptable(message.to_owned())
}

fn one_authorization<'a>(request: &Request<'a>) -> Result<&'a str, AuthError> {
    let mut found = header_values(request, "authorization");
    let first = found.next().ok_or(AuthError::Missing)?;
    if found.next().is_some() {
        return Err(AuthError::Incomplete("There must be exactly one Authorization header."));
    }
    std::str::from_utf8(first)
        .map_err(|_| AuthError::Incomplete("The Authorization header is not valid text."))
}

/// Signed headers must be present; what we act on must be signed and unique.
fn check_headers(request: &Request<'_>, authorization: &Authorization<'_>) -> Result<(), AuthError> {
    for signed in &authorization.signed_headers {
        if header_values(request, signed).next().is_none() {
            return Err(unacceptable("A header named in SignedHeaders is not part of the request."));
        }
    }
    let is_signed =
        |name: &str| authorization.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    for required in ["host", "x-amz-date", "x-amz-target"] {
        if !is_signed(required) {
            return Err(unacceptable("'host', 'x-amz-date' and 'x-amz-target' must be signed headers."));
        }
    }
    for (name, _) in request.headers {
        let trusted = name.get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case("x-amz-"));
        if trusted && !is_signed(name) {
            return Err(unacceptable("There were headers present in the request which were not signed."));
        }
        if (trusted || name.eq_ignore_ascii_case("host")) && header_values(request, name).nth(1).is_some() {
            return Err(unacceptable("A header that must be signed is present more than once."));
        }
    }
    Ok(())
}

/// Both APIs live at `POST /`; a query would be the place of presigned authentication, which is not offered.
fn check_target(request: &Request<'_>) -> Result<(), AuthError> {
    if request.method == "POST" && request.path == "/" && request.query.is_empty() {
        Ok(())
    } else {
        Err(unacceptable("Signed requests must be POST to '/' without a query string."))
    }
}

/// `UNSIGNED-PAYLOAD` and `STREAMING-*` are no hash of any body, so they are refused here too.
fn check_body_hash(request: &Request<'_>, body_hash: &str) -> Result<(), AuthError> {
    match header_values(request, "x-amz-content-sha256").next() {
        Some(declared) if declared != body_hash.as_bytes() => {
            Err(unacceptable("'x-amz-content-sha256' must be the SHA-256 of the body."))
        }
        _ => Ok(()),
    }
}

fn check_session(
    request: &Request<'_>,
    credential: &Credential,
    now_ns: TimestampNs,
) -> Result<(), AuthError> {
    let sent = header_values(request, "x-amz-security-token").next();
    match (&credential.session, sent) {
        (None, None) => Ok(()),
        (Some(session), Some(token)) if bool::from(session.token.as_bytes().ct_eq(token)) => {
            if now_ns < session.expires_ns { Ok(()) } else { Err(AuthError::ExpiredToken) }
        }
        _ => Err(AuthError::BadToken),
    }
}

/// The value of a header that [`check_headers`] has proven present and unique.
fn single_header<'a>(request: &Request<'a>, name: &str) -> Result<&'a str, AuthError> {
    let value = header_values(request, name).next().ok_or(AuthError::Missing)?;
    std::str::from_utf8(value).map_err(|_| AuthError::Incomplete("A signed header is not valid text."))
}

fn header_values<'a>(request: &Request<'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    request
        .headers
        .iter()
        .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
}

fn string_to_sign_mac(
    key: &[u8; 32],
    date_text: &str,
    scope_text: &str,
    canonical_hash: &str,
) -> Result<HmacSha256, AuthError> {
    let mut mac = HmacSha256::new_from_slice(key).map_err(|_| AuthError::Mismatch)?;
    for part in [authorization::ALGORITHM, "\n", date_text, "\n", scope_text, "\n", canonical_hash] {
        mac.update(part.as_bytes());
    }
    Ok(mac)
}

#[cfg(test)]
mod tests;
