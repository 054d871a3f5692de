//! Whether a store can be used at all, found out before anything depends on it.

use std::sync::Arc;

use futures::StreamExt;
use object_store::{Error, ObjectStore};

use super::S3Location;
use crate::error::{Result, StorageError};

/// Asks for the first page of a listing, once.
///
/// # Errors
/// `ObjectStoreUnusable` with what has to be changed: the bucket, the credentials, the address.
pub async fn probe(store: &Arc<dyn ObjectStore>, location: &S3Location) -> Result<()> {
    match store.list(None).next().await {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(unusable(location, &error)),
    }
}

fn unusable(location: &S3Location, error: &Error) -> StorageError {
    let advice = match error {
        Error::NotFound { .. } => "there is no such bucket",
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            "the credentials are refused or may not list the bucket"
        }
        _ => "the service can't be reached or does not answer as S3 does",
    };
    StorageError::ObjectStoreUnusable { location: location.to_string(), reason: reason(advice, error) }
}

/// The advice with the causes behind it, innermost last.
fn reason(advice: &str, error: &Error) -> Arc<str> {
    let mut text = advice.to_owned();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    let mut last = String::new();
    while let Some(error) = cause {
        let words = error.to_string();
        // A cause's words are often part of those of the error around it.
        if !last.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
            last = words;
        }
        cause = error.source();
    }
    text.into()
}
