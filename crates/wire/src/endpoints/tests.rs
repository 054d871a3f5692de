use super::*;

const BOTO3: &str = "Boto3/1.44.5 md/Botocore#1.44.5";
const CLI: &str = "aws-cli/2.15.0 Python/3.11";
const JS3: &str = "aws-sdk-js/3.600.0 ua/2.0";
const JAVA2: &str = "aws-sdk-java/2.20.0 Linux";
const PHP: &str = "aws-sdk-php/3.300";
const RUST: &str = "aws-sdk-rust/1.3.0 os/linux";
const GO2: &str = "aws-sdk-go-v2/1.30 os/linux";

/// (user agent, TLS, host, TLS port, advertise, address), from clients.md 2.2.
type Row = (&'static str, bool, &'static str, Option<u16>, Option<&'static str>, Option<&'static str>);

const TABLE: &[Row] = &[
    (BOTO3, false, "127.0.0.1:8421", None, None, Some("http://127.0.0.1:8421")),
    (CLI, false, "127.0.0.1:8421", None, None, Some("http://127.0.0.1:8421")),
    (GO2, false, "127.0.0.1:8421", None, None, Some("http://127.0.0.1:8421")),
    ("", false, "127.0.0.1:8421", None, None, Some("http://127.0.0.1:8421")),
    (JS3, false, "localhost:8421", None, None, Some("localhost")),
    (JAVA2, false, "localhost:8421", None, None, Some("localhost")),
    (PHP, false, "localhost:8421", None, None, Some("localhost")),
    (RUST, false, "localhost:8421", Some(8422), None, Some("localhost:8422")),
    (RUST, false, "localhost:8421", None, None, Some("localhost:8421")),
    (BOTO3, true, "ts.example.com", None, None, Some("ts.example.com")),
    (BOTO3, true, "ts.example.com:8422", None, None, Some("ts.example.com:8422")),
    (RUST, true, "ts.example.com:8422", None, None, Some("ts.example.com:8422")),
    (JS3, true, "ts.example.com:8422", None, None, Some("ts.example.com")),
    (BOTO3, false, "[::1]:8421", None, None, Some("http://[::1]:8421")),
    (JS3, false, "[::1]:8421", None, None, Some("[::1]")),
    (BOTO3, false, "10.0.0.7:8421", None, Some("https://ts.example.com/"), Some("ts.example.com")),
    (BOTO3, false, "10.0.0.7:8421", None, Some("http://ts.example.com:80"), Some("http://ts.example.com:80")),
    (BOTO3, false, "10.0.0.7:8421", None, Some("ts.example.com:81"), Some("http://ts.example.com:81")),
    (JS3, false, "10.0.0.7:8421", None, Some("https://ts.example.com:443"), Some("ts.example.com")),
    (BOTO3, false, "", None, None, None),
    (BOTO3, false, "a b", None, None, None),
    (BOTO3, false, "a/b", None, None, None),
    (BOTO3, false, "user@host", None, None, None),
    (BOTO3, false, "host:", None, None, None),
    (BOTO3, false, "host:99999", None, None, None),
    (BOTO3, false, "host:80:80", None, None, None),
    (BOTO3, false, "[::1", None, None, None),
    (BOTO3, false, "[::1]x", None, None, None),
    (BOTO3, false, "[]", None, None, None),
    (BOTO3, false, "::1", None, None, None),
];

#[test]
fn addresses() {
    for (user_agent, secure, host, tls_port, advertise, want) in TABLE.iter().copied() {
        let caller = Caller { host, user_agent, secure, tls_port, advertise };
        assert_eq!(address(&caller).as_deref(), want, "{caller:?}");
    }
}
