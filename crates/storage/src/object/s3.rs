//! Objects in a bucket of any service that speaks the S3 protocol.
//!
//! Start with [`S3Settings::open_bucket`]. What comes out is a plain [`ObjectStore`]: data files use it through
//! [`super::DataObjects`], reports and UNLOAD as it is. A secret never reaches a log line or a `Debug` text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::bucket::{BucketName, Encryption};
use model::limits;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use crate::error::{Result, StorageError};

mod location;
pub mod owner;
mod probe;

pub use location::S3Location;
pub use probe::probe;

/// Attempts after the first for objects in the buckets of users.
const USER_BUCKET_RETRIES_MAX: usize = 5;

/// How a service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// `http://HOST:PORT` or `https://…`, without a bucket; `None` for AWS itself in its region.
    pub endpoint: Option<String>,
    pub region: String,
    /// Whether an endpoint without TLS is accepted.
    pub allow_http: bool,
    /// The bucket stands in the path (`HOST/BUCKET/KEY`), not in the name of the host (`BUCKET.HOST/KEY`).
    pub path_style: bool,
    pub credentials: S3Credentials,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum S3Credentials {
    Keys {
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
    },
    /// What AWS's own programs would find: the `AWS_…` variables given here (keys, a web identity's file, a container's
    /// address), else the role of the instance. They are renewed before they expire.
    Ambient {
        variables: BTreeMap<String, String>,
    },
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { access_key_id, .. } => {
                formatter.debug_struct("Keys").field("access_key_id", access_key_id).finish_non_exhaustive()
            }
            Self::Ambient { .. } => formatter.debug_struct("Ambient").finish_non_exhaustive(),
        }
    }
}

/// Variables of the environment that say who asks. Others, such as an endpoint for all of a user's AWS programs, are not
/// meant for this server's buckets.
const CREDENTIAL_VARIABLES: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

impl S3Settings {
    /// Makes a client of one bucket, or of what lies below a prefix of it. Talks to nobody yet; it needs a tokio runtime
    /// when it is used.
    ///
    /// `retries_max` is 0 for a store that [`super::DataObjects`] drives, since that has its own.
    ///
    /// # Errors
    /// `Setting` when the settings contradict each other or can't be used.
    pub fn open_bucket(&self, location: &S3Location, retries_max: usize) -> Result<Arc<dyn ObjectStore>> {
        let store = build(self.builder(&location.bucket, retries_max)?)?;
        if location.prefix.is_empty() {
            return Ok(Arc::new(store));
        }
        let prefix =
            Path::parse(&location.prefix).map_err(|error| refused("object_store", error.to_string()))?;
        Ok(Arc::new(PrefixStore::new(store, prefix)))
    }

    /// As [`S3Settings::open_bucket`], for a bucket that a user named: it has the client's own retries.
    pub fn open_user_bucket(
        &self,
        bucket: &BucketName,
        encryption: &Encryption,
    ) -> Result<Arc<dyn ObjectStore>> {
        let builder = self.builder(bucket.as_str(), USER_BUCKET_RETRIES_MAX)?;
        let builder = match encryption {
            // Every bucket does that unasked, and some services refuse to be asked.
            Encryption::Service => builder,
            Encryption::Kms { key: Some(key) } => builder.with_sse_kms_encryption(key),
            Encryption::Kms { key: None } => match "aws_server_side_encryption".parse() {
                Ok(key) => builder.with_config(key, "aws:kms"),
                Err(error) => return Err(refused("encryption", format!("{error}"))),
            },
        };
        Ok(Arc::new(build(builder)?))
    }

    fn builder(&self, bucket: &str, retries_max: usize) -> Result<AmazonS3Builder> {
        let seconds = Duration::from_secs;
        let options = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_connect_timeout(seconds(limits::OBJECT_CONNECT_SECONDS_MAX))
            .with_timeout(seconds(limits::OBJECT_REQUEST_SECONDS_MAX));
        let retry = RetryConfig {
            max_retries: retries_max,
            retry_timeout: Duration::from_millis(limits::OBJECT_RETRY_MS_MAX),
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(limits::OBJECT_FIRST_PAUSE_MS),
                max_backoff: Duration::from_millis(limits::OBJECT_PAUSE_MS_MAX),
                base: 2.0,
            },
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_virtual_hosted_style_request(!self.path_style)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = self.checked_endpoint(bucket)? {
            builder = builder.with_endpoint(endpoint);
        }
        Ok(self.with_credentials(builder))
    }

    /// The endpoint in the form that the client wants it: with the bucket when the bucket is part of the host's name.
    fn checked_endpoint(&self, bucket: &str) -> Result<Option<String>> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let Some((scheme, host)) = endpoint.trim_end_matches('/').split_once("://") else {
            return Err(refused("s3_endpoint", "must begin with https:// or http://"));
        };
        match scheme {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(refused("s3_endpoint", "has no TLS, which s3_allow_http must permit")),
            _ => return Err(refused("s3_endpoint", "must begin with https:// or http://")),
        }
        if host.is_empty() || host.contains(['@', '?', '#']) {
            return Err(refused(
                "s3_endpoint",
                "must be a scheme and a host, such as https://s3.example.org",
            ));
        }
        Ok(Some(match self.path_style {
            true => format!("{scheme}://{host}"),
            false => format!("{scheme}://{bucket}.{host}"),
        }))
    }

    fn with_credentials(&self, mut builder: AmazonS3Builder) -> AmazonS3Builder {
        match &self.credentials {
            S3Credentials::Keys { access_key_id, secret_access_key, session_token } => {
                builder = builder.with_access_key_id(access_key_id).with_secret_access_key(secret_access_key);
                match session_token {
                    Some(token) => builder.with_token(token),
                    None => builder,
                }
            }
            S3Credentials::Ambient { variables } => {
                let wanted =
                    variables.iter().filter(|(name, _)| CREDENTIAL_VARIABLES.contains(&name.as_str()));
                for (name, value) in wanted {
                    if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                        builder = builder.with_config(key, value);
                    }
                }
                builder
            }
        }
    }
}

fn build(builder: AmazonS3Builder) -> Result<AmazonS3> {
    builder.build().map_err(|error| refused("s3", error.to_string()))
}

fn refused(name: &'static str, reason: impl Into<Arc<str>>) -> StorageError {
    StorageError::Setting { name, reason: reason.into() }
}

#[cfg(test)]
mod tests;
