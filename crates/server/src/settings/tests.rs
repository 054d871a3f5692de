use std::collections::BTreeMap;

use super::*;

fn sources(file: Option<&str>, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
    let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    Sources {
        file: file.map(|text| ("h.toml".to_owned(), text.to_owned())),
        environment: owned(environment),
        flags: owned(flags),
    }
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let file =
        Some("listen = \"f:1\"\nregion = \"eu-west-1\"\naccount = \"111111111111\"\nrate_limits = true");
    let environment = [("HEADWATER_LISTEN", "e:1"), ("HEADWATER_REGION", "eu-west-2"), ("PATH", "/bin")];
    let loaded = load(&sources(file, &environment, &[("listen", "c:1")])).unwrap();
    assert_eq!(loaded.listen, "c:1");
    assert_eq!(loaded.region, "eu-west-2");
    assert_eq!(loaded.account, "111111111111");
    assert!(loaded.rate_limits);
    assert_eq!(loaded.body_bytes_max, model::limits::BODY_BYTES_MAX as u64);
}

#[test]
fn wrong_settings_are_refused_with_their_source() {
    for (file, environment, message) in [
        (Some("lissten = \"x\""), None, "h.toml: unknown setting key=`lissten`"),
        (Some("listen = "), None, "h.toml: not valid TOML"),
        (Some("connections_max = 1.5"), None, "must be a string, an integer"),
        (Some("connections_max = 0"), None, "must be between 1 and 1000000 value=`0`"),
        (
            None,
            Some(("HEADWATER_ACCOUNT", "12")),
            "environment HEADWATER_ACCOUNT: setting account must have 12",
        ),
        (
            None,
            Some(("HEADWATER_OBJECT_STORE", "s3://UPPER/x")),
            "must be local or a place in S3: it must name a bucket",
        ),
        (None, Some(("HEADWATER_TEST_CLOCK", "yesterday")), "must be an instant such as"),
        (None, Some(("HEADWATER_TEST_CLOCK", "1969-12-31T23:59:59Z")), "must not be before 1970"),
        (None, Some(("HEADWATER_ADVERTISE", "a host")), "setting advertise must be HOST[:PORT]"),
        (None, Some(("HEADWATER_ADVERTISE", "ftp://host")), "setting advertise must be HOST[:PORT]"),
        (None, Some(("HEADWATER_BODY_BYTES_IN_FLIGHT_MAX", "1048576")), "must not be larger"),
    ] {
        let error = load(&sources(file, &environment.into_iter().collect::<Vec<_>>(), &[])).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn a_password_is_in_no_message_and_in_no_print() {
    for (url, is_accepted) in [
        ("postgres://me:secret@host/database", true),
        ("postgres://me:secret@host:port/database", false),
        ("mysql://me:secret@host/database", false),
    ] {
        let text = match load(&sources(None, &[("HEADWATER_METASTORE", url)], &[])) {
            Ok(settings) => format!("{} {settings:?}", print(&settings)),
            Err(error) => error.to_string(),
        };
        assert!(!text.contains("secret"), "{text}");
        assert_eq!(text.contains("metastore = \"postgres://me@host/database\""), is_accepted, "{text}");
    }
}

#[test]
fn misspelt_variables_are_found() {
    let given =
        [("HEADWATER_LISTEN", "x"), ("HEADWATER_LISSTEN", "x"), ("HEADWATER_ROOT_SECRET_ACCESS_KEY", "s")];
    let sources = sources(None, &given, &[]);
    assert_eq!(sources.unknown_variables().collect::<Vec<_>>(), ["HEADWATER_LISSTEN"]);
}

#[test]
fn what_is_printed_loads_to_the_same_settings() {
    let settings = Settings {
        listen: "[::1]:0 \"quoted\"".to_owned(),
        object_store: ObjectPlace::S3("s3://bucket/some/prefix".parse().unwrap()),
        test_clock: OptionalInstant(Some(1_700_000_000_123_000_000)),
        ..Settings::default()
    };
    let printed = print(&settings);
    assert!(
        printed.contains("# Flag --body-timeout-ms, environment HEADWATER_BODY_TIMEOUT_MS."),
        "{printed}"
    );
    assert_eq!(load(&sources(Some(&printed), &[], &[])), Ok(settings));
}
