//! How the text of a setting becomes a value and back. Values in TOML are taken by their text too, so that the three
//! sources accept exactly the same.

use std::fmt::Display;
use std::path::PathBuf;

use model::clock::TimestampNs;
use model::time::parse_rfc3339;
use storage::metastore::PostgresPlace;
use storage::object::s3::S3Location;
use wire::endpoints::{self, Caller};

/// A type a setting can have.
pub trait SettingValue: Sized {
    /// What stands for the value in help texts.
    const PLACEHOLDER: &'static str;

    fn parse(text: &str) -> Result<Self, String>;

    /// The value as it is written in TOML; `None` when it is not set.
    fn to_toml(&self) -> Option<String>;
}

/// The form of log lines on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Where data files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectPlace {
    Local,
    S3(S3Location),
}

/// Where definitions are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetastorePlace {
    Sqlite,
    Postgres(Box<PostgresPlace>),
}

impl MetastorePlace {
    /// What the data directory remembers: a database may move to another host.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

/// An instant, or not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionalInstant(pub Option<TimestampNs>);

impl SettingValue for PathBuf {
    const PLACEHOLDER: &'static str = "PATH";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(PathBuf::from(text)) }
    }

    fn to_toml(&self) -> Option<String> {
        Some(quote(&self.display().to_string()))
    }
}

impl SettingValue for String {
    const PLACEHOLDER: &'static str = "TEXT";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
    }

    fn to_toml(&self) -> Option<String> {
        Some(quote(self))
    }
}

impl SettingValue for Option<String> {
    const PLACEHOLDER: &'static str = "TEXT";

    fn parse(text: &str) -> Result<Self, String> {
        String::parse(text).map(Some)
    }

    fn to_toml(&self) -> Option<String> {
        self.as_deref().map(quote)
    }
}

impl SettingValue for bool {
    const PLACEHOLDER: &'static str = "true|false";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be true or false".to_owned())
    }

    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl SettingValue for u64 {
    const PLACEHOLDER: &'static str = "NUMBER";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be a whole number that is not negative".to_owned())
    }

    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl SettingValue for LogFormat {
    const PLACEHOLDER: &'static str = "text|json";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }

    fn to_toml(&self) -> Option<String> {
        Some(quote(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}

impl SettingValue for ObjectPlace {
    const PLACEHOLDER: &'static str = "local|s3://BUCKET/PREFIX";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "local" {
            return Ok(Self::Local);
        }
        text.parse()
            .map(Self::S3)
            .map_err(|reason: String| format!("must be local or a place in S3: {reason}"))
    }

    fn to_toml(&self) -> Option<String> {
        Some(quote(&self.to_string()))
    }
}

impl Display for ObjectPlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => formatter.write_str("local"),
            Self::S3(location) => location.fmt(formatter),
        }
    }
}

impl SettingValue for MetastorePlace {
    const PLACEHOLDER: &'static str = "sqlite|postgres://USER@HOST/DATABASE";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "sqlite" {
            return Ok(Self::Sqlite);
        }
        text.parse()
            .map(|place| Self::Postgres(Box::new(place)))
            .map_err(|reason: String| format!("must be sqlite, or the URL {reason}"))
    }

    /// Without the password.
    fn to_toml(&self) -> Option<String> {
        Some(quote(&match self {
            Self::Sqlite => self.kind().to_owned(),
            Self::Postgres(place) => place.to_string(),
        }))
    }
}

impl SettingValue for OptionalInstant {
    const PLACEHOLDER: &'static str = "RFC3339";

    fn parse(text: &str) -> Result<Self, String> {
        match parse_rfc3339(text) {
            Some(instant_ns) => Ok(Self(Some(instant_ns))),
            None => Err("must be an instant such as 2024-01-01T00:00:00Z".to_owned()),
        }
    }

    fn to_toml(&self) -> Option<String> {
        self.0.map(|instant_ns| quote(&model::time::format_iso_ms(instant_ns)))
    }
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A check that accepts everything.
pub fn any<T>(_value: &T) -> Result<(), String> {
    Ok(())
}

/// A check that accepts `min` to `max`, both included.
pub fn between<T: PartialOrd + Display>(min: T, max: T) -> impl Fn(&T) -> Result<(), String> {
    move |value| {
        if *value < min || *value > max { Err(format!("must be between {min} and {max}")) } else { Ok(()) }
    }
}

/// A check that accepts exactly `digits` decimal digits.
pub fn decimal_digits(digits: usize) -> impl Fn(&String) -> Result<(), String> {
    move |text: &String| {
        let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(()) } else { Err(format!("must have {digits} decimal digits")) }
    }
}

/// A check that accepts what can stand in an ARN and a credential scope: `us-east-1`.
#[allow(clippy::ptr_arg)] // Checks take the setting's own type.
pub fn region_name(text: &String) -> Result<(), String> {
    let fits = text.len() <= 32 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if fits { Ok(()) } else { Err("must have lower-case letters, digits and dashes".to_owned()) }
}

/// A check that accepts `[http[s]://]HOST[:PORT]`, what clients can be sent to.
pub fn endpoint_address(text: &Option<String>) -> Result<(), String> {
    let Some(text) = text else { return Ok(()) };
    let scheme_fits = text.split_once("://").is_none_or(|(scheme, _)| matches!(scheme, "http" | "https"));
    let caller = Caller { host: "", user_agent: "", secure: false, tls_port: None, advertise: Some(text) };
    if scheme_fits && endpoints::address(&caller).is_some() {
        Ok(())
    } else {
        Err("must be HOST[:PORT], with http:// or https:// before it or not".to_owned())
    }
}

/// A check that refuses instants that no record can have.
pub fn not_before_1970(instant: &OptionalInstant) -> Result<(), String> {
    match instant.0 {
        Some(instant_ns) if instant_ns < 0 => Err("must not be before 1970".to_owned()),
        _ => Ok(()),
    }
}
