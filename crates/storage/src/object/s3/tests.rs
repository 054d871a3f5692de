use super::*;

fn settings(endpoint: Option<&str>) -> S3Settings {
    S3Settings {
        endpoint: endpoint.map(str::to_owned),
        region: "us-east-1".to_owned(),
        allow_http: false,
        path_style: true,
        credentials: S3Credentials::Keys {
            access_key_id: "an-id".to_owned(),
            secret_access_key: "a-secret".to_owned(),
            session_token: Some("a-token".to_owned()),
        },
    }
}

#[test]
fn locations_are_read_and_printed() {
    for (text, printed) in [
        ("s3://abc", Some("s3://abc")),
        ("s3://abc/", Some("s3://abc")),
        ("s3://a.b-c0/some/where=1_x/", Some("s3://a.b-c0/some/where=1_x")),
        ("s3://ab", None),
        ("s3://Abc", None),
        ("s3://-abc", None),
        ("s3://abc/a//b", None),
        ("s3://abc/a/../b", None),
        ("s3://abc/a b", None),
        ("s3://user:secret@abc", None),
        ("https://abc", None),
        ("local", None),
    ] {
        let parsed = text.parse::<S3Location>().ok().map(|location| location.to_string());
        assert_eq!(parsed.as_deref(), printed, "{text}");
    }
}

#[test]
fn endpoints_are_checked_and_take_the_bucket_by_style() {
    let accepted = |settings: S3Settings| settings.checked_endpoint("abc").ok().flatten();
    let virtual_host = S3Settings { path_style: false, ..settings(Some("https://s3.example.org/")) };
    let without_tls = S3Settings { allow_http: true, ..settings(Some("http://[::1]:9000")) };
    for (settings, expected) in [
        (settings(Some("https://s3.example.org/")), Some("https://s3.example.org")),
        (virtual_host, Some("https://abc.s3.example.org")),
        (without_tls, Some("http://[::1]:9000")),
        (settings(Some("http://s3.example.org")), None),
        (settings(Some("s3.example.org")), None),
        (settings(Some("ftp://s3.example.org")), None),
        (settings(Some("https://")), None),
        (settings(Some("https://user:secret@s3.example.org")), None),
        (settings(None), None),
    ] {
        assert_eq!(accepted(settings.clone()).as_deref(), expected, "{settings:?}");
    }
}

#[test]
fn secrets_are_in_no_debug_text() {
    let variables = [("AWS_ACCESS_KEY_ID", "an-id"), ("AWS_SECRET_ACCESS_KEY", "a-secret")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let ambient = S3Settings { credentials: S3Credentials::Ambient { variables }, ..settings(None) };
    for settings in [settings(None), ambient] {
        let store = settings.open_bucket(&S3Location::bucket("abc"), 0).unwrap();
        for text in [format!("{settings:?}"), format!("{store:?}"), store.to_string()] {
            assert!(!text.contains("a-secret") && !text.contains("a-token"), "{text}");
        }
    }
}
