//! `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, whose password is never shown.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where a metastore in PostgreSQL is, and who asks.
#[derive(Clone)]
pub struct PostgresPlace {
    /// The URL without its password.
    shown: String,
    options: PgConnectOptions,
}

const APPLICATION: &str = "headwater";

impl PostgresPlace {
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

/// Takes a URL as PostgreSQL's own programs do; what it leaves out comes from `PGPASSWORD`, `.pgpass` and their like. The
/// error does not repeat the text.
impl FromStr for PostgresPlace {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("must begin with postgres://".to_owned());
        }
        if url.to_ascii_lowercase().contains("password=") {
            return Err("must have the password behind the user's name, or not at all".to_owned());
        }
        let options: PgConnectOptions =
            url.parse().map_err(|_| "is no URL of a PostgreSQL database".to_owned())?;
        Ok(Self { shown: without_password(url), options: options.application_name(APPLICATION) })
    }
}

/// Cuts the password out of a URL, if it has one.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password that was not encoded may have any of these characters: then the last `@` of all counts.
    let at = rest[..authority_end].rfind('@').or_else(|| rest.rfind('@'));
    let Some(at) = at else { return url.to_owned() };
    match rest[..at].split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}{}", &rest[at..]),
        None => url.to_owned(),
    }
}

impl fmt::Display for PostgresPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresPlace({})", self.shown)
    }
}

impl PartialEq for PostgresPlace {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

impl Eq for PostgresPlace {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_cut_out() {
        for (url, shown) in [
            (
                "postgres://me:secret@db.example.org:5432/headwater",
                "postgres://me@db.example.org:5432/headwater",
            ),
            (
                "postgres://me:se:cr@et@db/headwater?sslmode=require",
                "postgres://me@db/headwater?sslmode=require",
            ),
            ("postgres://me:se/cret@db/headwater", "postgres://me@db/headwater"),
            ("postgres://me@db/headwater", "postgres://me@db/headwater"),
            ("postgres://db/headwater", "postgres://db/headwater"),
            (
                "postgres:///headwater?host=/var/run/postgresql",
                "postgres:///headwater?host=/var/run/postgresql",
            ),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn places_are_checked_and_do_not_show_their_password() {
        let place: PostgresPlace = "postgres://me:secret@db.example.org/headwater".parse().unwrap();
        for text in [place.to_string(), format!("{place:?}")] {
            assert!(text.contains("me@db.example.org") && !text.contains("secret"), "{text}");
        }
        for wrong in ["sqlite", "mysql://a/b", "postgres://a:b@c:port/d", "postgres://a/b?password=secret"] {
            let error = wrong.parse::<PostgresPlace>().unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
