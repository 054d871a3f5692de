//! The root key pair: from the environment, else from the data directory, else made at the first start.
//!
//! The file has AWS's shared-credentials format, so that `AWS_SHARED_CREDENTIALS_FILE=DIR/credentials aws ...` works at
//! once; only its owner may read it. A secret never reaches a log line or a `Debug` text.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use model::entropy::{Entropy, base32_id};
use storage::error::StorageError;
use storage::fs::{self, Fs};
use wire::sigv4::{Credential, CredentialSource, Principal};
use zeroize::Zeroizing;

pub const ACCESS_KEY_VARIABLE: &str = "HEADWATER_ROOT_ACCESS_KEY_ID";
pub const SECRET_KEY_VARIABLE: &str = "HEADWATER_ROOT_SECRET_ACCESS_KEY";

/// Characters of base 32, which is 5 bits each: 80 bits beside the prefix, and 200 bits.
const GENERATED_ID_CHARS: usize = 16;
const GENERATED_SECRET_CHARS: usize = 40;

/// An access key and its secret.
#[derive(Clone)]
pub struct KeyPair {
    pub access_key_id: String,
    pub secret_access_key: Arc<Zeroizing<String>>,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyPair").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Why there is no usable key pair.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("set both {ACCESS_KEY_VARIABLE} and {SECRET_KEY_VARIABLE}, or neither")]
    HalfSet,
    #[error("{ACCESS_KEY_VARIABLE} must have 3 to 128 letters and digits")]
    AccessKey,
    #[error("{SECRET_KEY_VARIABLE} must have 8 to 128 printable characters without spaces")]
    SecretKey,
    #[error("the credentials file is not in the shared-credentials format or lacks a key path={path}")]
    File { path: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl KeyPair {
    pub fn new(access_key_id: &str, secret_access_key: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Arc::new(Zeroizing::new(secret_access_key.to_owned())),
        }
    }

    /// Settles the root key pair of a server. A new one is durable in `path` when this returns.
    pub fn settle(
        environment: &BTreeMap<String, String>,
        fs: &dyn Fs,
        path: &Path,
        entropy: &dyn Entropy,
    ) -> Result<Self, CredentialsError> {
        match (environment.get(ACCESS_KEY_VARIABLE), environment.get(SECRET_KEY_VARIABLE)) {
            (Some(access_key_id), Some(secret)) => Self::checked(access_key_id, secret),
            (None, None) => match Self::load(fs, path)? {
                Some(pair) => Ok(pair),
                None => Self::create(fs, path, entropy),
            },
            _ => Err(CredentialsError::HalfSet),
        }
    }

    /// Reads the `default` profile of a shared-credentials file; `None` when there is no file.
    pub fn load(fs: &dyn Fs, path: &Path) -> Result<Option<Self>, CredentialsError> {
        let Some(bytes) = fs::find(fs, path)? else { return Ok(None) };
        let bytes = Zeroizing::new(bytes);
        let pair = std::str::from_utf8(&bytes).ok().and_then(parse);
        match pair {
            Some(pair) => Ok(Some(pair)),
            None => Err(CredentialsError::File { path: path.display().to_string() }),
        }
    }

    fn checked(access_key_id: &str, secret: &str) -> Result<Self, CredentialsError> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !(3..=128).contains(&access_key_id.len()) || !plain(access_key_id) {
            return Err(CredentialsError::AccessKey);
        }
        if !(8..=128).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialsError::SecretKey);
        }
        Ok(Self::new(access_key_id, secret))
    }

    fn create(fs: &dyn Fs, path: &Path, entropy: &dyn Entropy) -> Result<Self, CredentialsError> {
        let access_key_id = format!("AKIA{}", base32_id(entropy, GENERATED_ID_CHARS));
        let secret = Zeroizing::new(base32_id(entropy, GENERATED_SECRET_CHARS));
        let text = Zeroizing::new(format!(
            "[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {}\n",
            secret.as_str()
        ));
        fs::write_durably(fs, path, text.as_bytes())?;
        tracing::info!(access_key_id, path = %path.display(), "root credentials created");
        Ok(Self { access_key_id, secret_access_key: Arc::new(secret) })
    }
}

/// Reads the `default` profile of an INI text.
fn parse(text: &str) -> Option<KeyPair> {
    let (mut access_key_id, mut secret) = (None, None);
    let mut is_default = false;
    for line in text.lines().map(str::trim) {
        if let Some(profile) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_default = profile.trim() == "default";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| is_default) {
            match key.trim() {
                "aws_access_key_id" => access_key_id = Some(value.trim()),
                "aws_secret_access_key" => secret = Some(value.trim()),
                _ => {}
            }
        }
    }
    let (access_key_id, secret) = (access_key_id?, secret?);
    KeyPair::checked(access_key_id, secret).ok()
}

/// The credentials that requests are verified against: the root key pair.
pub struct RootCredentials {
    access_key_id: String,
    credential: Credential,
}

impl fmt::Debug for RootCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl RootCredentials {
    pub fn new(pair: &KeyPair, account: &str) -> Self {
        let principal =
            Principal { account_id: account.to_owned(), arn: format!("arn:aws:iam::{account}:root") };
        Self {
            access_key_id: pair.access_key_id.clone(),
            credential: Credential {
                secret_access_key: Arc::clone(&pair.secret_access_key),
                session: None,
                principal: Arc::new(principal),
            },
        }
    }
}

impl CredentialSource for RootCredentials {
    fn find(&self, access_key_id: &str) -> Option<Credential> {
        (self.access_key_id == access_key_id).then(|| self.credential.clone())
    }
}

#[cfg(test)]
mod tests;
