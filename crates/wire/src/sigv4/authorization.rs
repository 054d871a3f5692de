//! Reads the `Authorization` header.

use super::AuthError;
use model::limits::{ACCESS_KEY_ID_BYTES_MAX, HEADER_FIELDS_MAX};

pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// `AWS4-HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=a;b, Signature=HEX`.
#[derive(Debug)]
pub struct Authorization<'a> {
    pub access_key_id: &'a str,
    pub scope: Scope<'a>,
    /// Lower case, sorted, unique.
    pub signed_headers: Vec<&'a str>,
    pub signature: [u8; 32],
}

/// `date/region/service/aws4_request`.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    pub terminator: &'a str,
}

impl Scope<'_> {
    pub fn text(&self) -> String {
        format!("{}/{}/{}/{}", self.date, self.region, self.service, self.terminator)
    }
}

impl<'a> Authorization<'a> {
    pub fn parse(header: &'a str) -> Result<Self, AuthError> {
        let parameters = header.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')).ok_or(
            AuthError::Incomplete("The Authorization header must use the algorithm AWS4-HMAC-SHA256."),
        )?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split(',') {
            let (name, value) = parameter
                .trim_matches(' ')
                .split_once('=')
                .ok_or(AuthError::Incomplete("The Authorization header holds a part without '='."))?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => {
                    return Err(AuthError::Incomplete(
                        "The Authorization header holds an unknown parameter.",
                    ));
                }
            };
            if slot.replace(value).is_some() {
                return Err(AuthError::Incomplete("The Authorization header holds a parameter twice."));
            }
        }
        let credential = credential
            .ok_or(AuthError::Incomplete("Authorization header requires 'Credential' parameter."))?;
        let signed_headers = signed_headers
            .ok_or(AuthError::Incomplete("Authorization header requires 'SignedHeaders' parameter."))?;
        let signature =
            signature.ok_or(AuthError::Incomplete("Authorization header requires 'Signature' parameter."))?;
        let (access_key_id, scope) = parse_credential(credential)?;
        Ok(Authorization {
            access_key_id,
            scope,
            signed_headers: parse_signed_headers(signed_headers)?,
            signature: parse_signature(signature)?,
        })
    }
}

fn parse_credential(credential: &str) -> Result<(&str, Scope<'_>), AuthError> {
    let malformed = AuthError::Incomplete("Credential must be ACCESS_KEY/DATE/REGION/SERVICE/aws4_request.");
    let parts: Vec<&str> = credential.splitn(6, '/').collect();
    let [access_key_id, date, region, service, terminator] = parts[..] else {
        return Err(malformed);
    };
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
    if access_key_id.is_empty()
        || access_key_id.len() > ACCESS_KEY_ID_BYTES_MAX
        || ![access_key_id, date, region, service].into_iter().all(is_word)
    {
        return Err(malformed);
    }
    Ok((access_key_id, Scope { date, region, service, terminator }))
}

fn parse_signed_headers(list: &str) -> Result<Vec<&str>, AuthError> {
    let names: Vec<&str> = list.split(';').take(HEADER_FIELDS_MAX + 1).collect();
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    };
    let sorted_and_unique = names.is_sorted_by(|left, right| left < right);
    if names.len() > HEADER_FIELDS_MAX || !names.iter().all(is_name) || !sorted_and_unique {
        return Err(AuthError::Incomplete("SignedHeaders must be lower-case names, sorted and unique."));
    }
    Ok(names)
}

fn parse_signature(digits: &str) -> Result<[u8; 32], AuthError> {
    let malformed = AuthError::Incomplete("Signature must be 64 lower-case hexadecimal digits.");
    let mut signature = [0; 32];
    if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(malformed);
    }
    hex::decode_to_slice(digits, &mut signature).map_err(|_| malformed)?;
    Ok(signature)
}
