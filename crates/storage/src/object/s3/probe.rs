//! Whether a store can be used at all, found out before anything depends on it.

use std::sync::Arc;

use futures::StreamExt;
use object_store::{Error, ObjectStore};

use super::S3Location;
use crate::error::{Result, StorageError};

const REFUSED: &str = "the credentials are refused, or may not do this";

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

pub(super) fn unusable(location: &S3Location, error: &Error) -> StorageError {
    let words = words_of(error);
    let code = element(&words, "Code");
    let advice = match (code, error) {
        (Some("NoSuchBucket"), _) => "there is no such bucket",
        (Some("PermanentRedirect" | "AuthorizationHeaderMalformed"), _) => "the bucket is in another region",
        (Some("SignatureDoesNotMatch" | "AccessDenied" | "ExpiredToken" | "RequestTimeTooSkewed"), _) => {
            REFUSED
        }
        (Some(code), _) if code.contains("AccessKeyId") || code.contains("UserNotFound") => REFUSED,
        (_, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => REFUSED,
        _ => "the service can't be reached or does not answer as S3 does",
    };
    // The service's whole answer to a wrong signature fills a screen.
    let reason = match (code, element(&words, "Message")) {
        (Some(code), Some(message)) => format!("{advice}: {code}: {message}"),
        _ => format!("{advice}: {words}"),
    };
    StorageError::ObjectStoreUnusable { location: location.to_string(), reason: reason.into() }
}

/// An error with the causes behind it, innermost last.
fn words_of(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        // A cause's words are often part of those of the error around it.
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

/// The text of an element in the XML of a service's answer.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_has_to_be_changed() {
        let refused = |body: &str| {
            let error = Error::Generic { store: "S3", source: body.to_owned().into() };
            unusable(&S3Location::bucket("abc"), &error).to_string()
        };
        for (body, words) in [
            (
                "404: <Error><Code>NoSuchBucket</Code><Message>m</Message></Error>",
                "no such bucket: NoSuchBucket: m",
            ),
            ("<Code>InvalidAccessKeyId</Code><Message>m</Message><x>long</x>", "the credentials are refused"),
            ("<Code>SignatureDoesNotMatch</Code><Message>m</Message>", "the credentials are refused"),
            ("<Code>PermanentRedirect</Code><Message>m</Message>", "another region"),
            (
                "connection refused",
                "can't be reached or does not answer as S3 does: Generic S3 error: connection refused",
            ),
        ] {
            let text = refused(body);
            assert!(text.contains(words) && !text.contains("long"), "{text}");
        }
    }
}
