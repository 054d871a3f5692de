//! Objects outside of the server, in buckets that users name (`s3://BUCKET/KEY`): what UNLOAD and reports write.
//!
//! The contract between those who write ([`Buckets::create`]) and the storage that keeps. Nothing here looks at a
//! bucket; a [`BucketName`] and an [`ObjectKey`] are safe to become parts of a path, because neither holds a segment
//! that leads elsewhere.

use std::fmt;

use async_trait::async_trait;

use crate::limits;

/// The name of a bucket, or the alias of an access point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

/// The name of an object in its bucket: segments with `/` between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// Where objects shall go: `s3://BUCKET[/PREFIX[/]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub bucket: BucketName,
    /// Without a slash at its end; may be empty.
    pub prefix: String,
}

/// How a bucket shall encrypt what is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encryption {
    /// With keys of the service.
    #[default]
    Service,
    /// With a key that the user names, or the one that the service keeps for the user.
    Kms { key: Option<String> },
}

/// Why a place can't be written to, found by its name alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("The destination '{0}' is not of the form s3://bucket/prefix")]
    Form(String),
    #[error("'{0}' is not a valid bucket name")]
    Bucket(String),
    #[error("The key '{0}' has a segment that is empty, '.' or '..', or a control character")]
    Segment(String),
    #[error("The key '{0}' is too long")]
    Length(String),
}

/// Why an object was not written. The texts are for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    #[error("The bucket '{0}' does not exist")]
    Missing(BucketName),
    #[error("Access to the bucket '{0}' was denied")]
    Denied(BucketName),
    /// The store takes no more for now.
    #[error("The object store refuses writes because there are too many")]
    Throttled,
    /// The store has no place for this key.
    #[error("{0}")]
    Refused(String),
    #[error("The object store is full")]
    Full,
    /// The details are in the log.
    #[error("The object store failed")]
    Failed,
}

/// Every bucket there is.
#[async_trait]
pub trait Buckets: Send + Sync + fmt::Debug {
    /// Starts an object. It appears, whole and durable, when it is finished, and replaces what had its key.
    async fn create(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        encryption: &Encryption,
    ) -> Result<Box<dyn ObjectWriter>, BucketError>;
}

/// An object that is being written. Dropping it takes back what was written, as far as that is possible.
#[async_trait]
pub trait ObjectWriter: Send + fmt::Debug {
    /// Appends bytes. After a failure the writer can only be dropped.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BucketError>;

    /// Bytes that wait in memory.
    fn held_bytes(&self) -> usize;

    async fn finish(self: Box<Self>) -> Result<(), BucketError>;
}

impl BucketName {
    /// Takes a name under S3's rules, and under its older ones with underscores.
    ///
    /// # Source
    /// S3 user guide, "General purpose bucket naming rules".
    pub fn parse(name: &str) -> Result<Self, PlaceError> {
        let in_length = (limits::BUCKET_NAME_BYTES_MIN..=limits::BUCKET_NAME_BYTES_MAX).contains(&name.len());
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = [name.bytes().next(), name.bytes().next_back()];
        let has_ends = ends.into_iter().all(|end| end.is_some_and(letter));
        let has_letters = name.bytes().all(|byte| letter(byte) || matches!(byte, b'-' | b'.' | b'_'));
        let is_address = name.split('.').count() == 4
            && name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let is_reserved = ["xn--", "sthree-"].iter().any(|prefix| name.starts_with(prefix))
            || [".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix));
        if in_length && has_ends && has_letters && !name.contains("..") && !is_address && !is_reserved {
            Ok(Self(name.to_owned()))
        } else {
            Err(PlaceError::Bucket(shown(name)))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ObjectKey {
    /// Takes a key whose segments are names: none is empty, `.` or `..`.
    pub fn parse(key: &str) -> Result<Self, PlaceError> {
        if key.split('/').any(|segment| matches!(segment, "" | "." | ".."))
            || key.chars().any(|character| character.is_control() || character == '\\')
        {
            return Err(PlaceError::Segment(shown(key)));
        }
        if key.len() > limits::OBJECT_KEY_BYTES_MAX {
            return Err(PlaceError::Length(shown(key)));
        }
        Ok(Self(key.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Destination {
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let Some(place) = text.strip_prefix("s3://") else { return Err(PlaceError::Form(shown(text))) };
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let bucket = BucketName::parse(bucket)?;
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        // A prefix that is too long shows with the rest of a key.
        match ObjectKey::parse(prefix) {
            Err(error @ PlaceError::Segment(_)) if !prefix.is_empty() => Err(error),
            _ => Ok(Self { bucket, prefix: prefix.to_owned() }),
        }
    }

    /// The key of something below the prefix.
    pub fn key(&self, name: &str) -> Result<ObjectKey, PlaceError> {
        match self.prefix.as_str() {
            "" => ObjectKey::parse(name),
            prefix => ObjectKey::parse(&format!("{prefix}/{name}")),
        }
    }

    /// `s3://BUCKET/KEY`.
    pub fn url(&self, key: &ObjectKey) -> String {
        format!("s3://{}/{}", self.bucket, key)
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 1_100;
    text.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_names_that_are_no_paths_and_no_addresses() {
        for name in ["abc", "my_timestream_unloads", "a.b-c", "1ab", "x-metadata-ab12-s3alias"] {
            assert!(BucketName::parse(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "",
            "ab",
            &long,
            "Abc",
            "a..b",
            ".abc",
            "abc.",
            "-abc",
            "a/b",
            "a\\b",
            "a b",
            "127.0.0.1",
            "169.254.169.254",
            "äbc",
            "..",
            "...",
            "a:b",
            "a@b",
            "xn--ab",
            "ab--x-s3",
        ] {
            assert!(BucketName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_destination_is_a_bucket_and_a_prefix() {
        for (text, bucket, prefix, key) in [
            ("s3://bucket", "bucket", "", "x"),
            ("s3://bucket/", "bucket", "", "x"),
            ("s3://bucket/a/b", "bucket", "a/b", "a/b/x"),
            ("s3://bucket/a b=c/", "bucket", "a b=c", "a b=c/x"),
        ] {
            let destination = Destination::parse(text).unwrap();
            assert_eq!((destination.bucket.as_str(), destination.prefix.as_str()), (bucket, prefix));
            let key = destination.key("x").map(|found| {
                assert_eq!(found.as_str(), key);
                destination.url(&found)
            });
            assert_eq!(
                key.as_deref(),
                Ok(format!("s3://{bucket}/{}", destination.key("x").unwrap()).as_str())
            );
        }
    }

    #[test]
    fn nothing_leads_out_of_a_bucket() {
        for text in [
            "",
            "bucket/a",
            "file:///etc",
            "S3://bucket/a",
            "s3://",
            "s3:///a",
            "s3://../a",
            "s3://bucket/..",
            "s3://bucket/../other/a",
            "s3://bucket/a/./b",
            "s3://bucket//a",
            "s3://bucket/a//",
            "s3://bucket/a\0b",
            "s3://bucket/a\nb",
            "s3://bucket/..\\a",
            "s3://127.0.0.1/a",
            "s3://user@host/a",
        ] {
            assert!(Destination::parse(text).is_err(), "{text:?}");
        }
        let destination = Destination::parse(&format!("s3://bucket/{}", "a/".repeat(600))).unwrap();
        assert!(matches!(destination.key("x"), Err(PlaceError::Length(_))));
        assert!(matches!(destination.key("../x"), Err(PlaceError::Segment(_))));
    }
}
