//! Reads a request body within its limits on size, time and memory of all bodies together.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use wire::{ApiError, ErrorCode};

use crate::admission::{Admission, HeldBytes};

/// Memory reserved on the word of a `Content-Length`; more is reserved as bytes arrive.
const RESERVED_BYTES_MAX: u64 = 64 * 1_024;

/// A whole body. Its bytes count as in flight until it is dropped.
#[derive(Debug)]
pub struct ReceivedBody {
    pub bytes: Bytes,
    _held: HeldBytes,
}

/// Reads a body. One that is announced as too large is refused before any of it is read.
///
/// # Errors
/// `RequestEntityTooLargeException`, `ThrottlingException`, or `SerializationException` for a body that ended early
/// or did not arrive in time.
pub async fn receive<B>(
    body: B,
    announced_bytes: Option<u64>,
    bytes_max: u64,
    timeout: Duration,
    admission: &Admission,
) -> Result<ReceivedBody, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    if announced_bytes.is_some_and(|announced| announced > bytes_max) {
        return Err(too_large(bytes_max));
    }
    let reserved_bytes = announced_bytes.unwrap_or(0).min(RESERVED_BYTES_MAX) as usize;
    let reading = read(body, reserved_bytes, bytes_max, admission);
    match tokio::time::timeout(timeout, reading).await {
        Ok(result) => result,
        Err(_elapsed) => Err(ApiError::serialization("The request body did not arrive in time.")),
    }
}

async fn read<B>(
    body: B,
    reserved_bytes: usize,
    bytes_max: u64,
    admission: &Admission,
) -> Result<ReceivedBody, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let mut body = pin!(body);
    let mut held = HeldBytes::default();
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a request body ended early");
            ApiError::serialization("The request body ended early.")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if (first.len() + joined.len() + data.len()) as u64 > bytes_max {
            return Err(too_large(bytes_max));
        }
        admission.hold(&mut held, data.len()).await?;
        if first.is_empty() && joined.is_empty() {
            first = data;
            continue;
        }
        if !first.is_empty() {
            joined.reserve(reserved_bytes.max(first.len() + data.len()));
            joined.extend_from_slice(&std::mem::take(&mut first));
        }
        joined.extend_from_slice(&data);
    }
    let bytes = if joined.is_empty() { first } else { joined.freeze() };
    Ok(ReceivedBody { bytes, _held: held })
}

fn too_large(bytes_max: u64) -> ApiError {
    ApiError::new(
        ErrorCode::RequestEntityTooLarge,
        format!("The request body must not have more than {bytes_max} bytes."),
    )
}
