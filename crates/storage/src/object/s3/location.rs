//! `s3://BUCKET/PREFIX`.

use std::fmt;
use std::str::FromStr;

/// A bucket, and what the names of all objects in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    pub bucket: String,
    /// Without slashes at its ends; may be empty.
    pub prefix: String,
}

const BUCKET_CHARS_MIN: usize = 3;
const BUCKET_CHARS_MAX: usize = 63;
/// S3 allows 1024 bytes for a key; the names of objects below the prefix need their share.
const PREFIX_BYTES_MAX: usize = 512;

impl S3Location {
    pub fn bucket(name: &str) -> Self {
        Self { bucket: name.to_owned(), prefix: String::new() }
    }
}

impl FromStr for S3Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest =
            text.strip_prefix("s3://").ok_or("it must have the form s3://BUCKET or s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        let is_bucket = (BUCKET_CHARS_MIN..=BUCKET_CHARS_MAX).contains(&bucket.len())
            && bucket.bytes().all(is_allowed)
            && bucket.starts_with(|first: char| first.is_ascii_alphanumeric());
        if !is_bucket {
            return Err(
                "it must name a bucket of 3 to 63 lower-case letters, digits, dots and dashes".to_owned()
            );
        }
        let prefix = prefix.trim_matches('/');
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'=');
        let is_segment = |segment: &str| !matches!(segment, "" | "." | "..");
        let is_prefix = prefix.len() <= PREFIX_BYTES_MAX
            && prefix.bytes().all(is_plain)
            && (prefix.is_empty() || prefix.split('/').all(is_segment));
        if !is_prefix {
            return Err("it must have a prefix of letters, digits and the characters / . - _ =".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(formatter, "/{}", self.prefix) }
    }
}
