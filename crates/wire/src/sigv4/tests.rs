use super::*;
use authorization::Scope;
use model::limits::SIGNING_KEYS_MAX;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn scope<'a>(date: &'a str, service: &'a str) -> Scope<'a> {
    Scope { date, region: "us-east-1", service, terminator: "aws4_request" }
}

/// # Source
/// "Examples of how to derive a signing key for Signature Version 4" in the AWS General Reference.
#[test]
fn documented_signing_key() {
    let key = key::derive(SECRET, &scope("20150830", "iam"));
    assert_eq!(hex::encode(key), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

type SuiteRow = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

/// (name, method, headers beside host and date, signature) of the AWS Signature Version 4 test suite.
const SUITE: &[SuiteRow] = &[
    ("get-vanilla", "GET", &[], "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("post-vanilla", "POST", &[], "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    (
        "get-header-value-trim",
        "GET",
        &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "get-header-key-duplicate",
        "GET",
        &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "get-header-value-order",
        "GET",
        &[
            ("My-Header1", "value4"),
            ("My-Header1", "value1"),
            ("My-Header1", "value3"),
            ("My-Header1", "value2"),
        ],
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    ),
];

#[test]
fn signatures_of_the_test_suite() {
    for (name, method, extra, want) in SUITE {
        let mut headers: Vec<(&str, &[u8])> =
            vec![("Host", b"example.amazonaws.com"), ("X-Amz-Date", b"20150830T123600Z")];
        headers.extend(extra.iter().map(|(name, value)| (*name, value.as_bytes())));
        let mut names: Vec<String> = headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let request = Request { method, path: "/", query: "", headers: &headers, body: b"" };
        let hash = canonical::hash(&request, &names, &hex::encode(Sha256::digest(b"")));
        let scope = scope("20150830", "service");
        let key = key::derive(SECRET, &scope);
        let mac =
            string_to_sign_mac(&key, "20150830T123600Z", &scope.text(), &hash).expect("a key has 32 bytes");
        assert_eq!(hex::encode(mac.finalize().into_bytes()), *want, "{name}");
    }
}

struct OneKey;

impl CredentialSource for OneKey {
    fn find(&self, access_key_id: &str) -> Option<Credential> {
        let principal = Principal { account_id: "000000000000".to_owned(), arn: "arn".to_owned() };
        (access_key_id == "AKIDEXAMPLE").then(|| Credential {
            secret_access_key: Arc::new(SECRET.to_owned().into()),
            session: None,
            principal: Arc::new(principal),
        })
    }
}

/// Signs correctly for the given scope and header list, whatever they are, and verifies.
fn verify_signed_for(scope: &Scope<'_>, signed: &[&str]) -> Result<Verified, AuthError> {
    let date_text = "20240102T030405Z";
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("host", b"h"),
        ("x-amz-date", date_text.as_bytes()),
        ("x-amz-target", b"Timestream_20181101.Query"),
    ];
    let unsigned = Request { method: "POST", path: "/", query: "", headers: &headers, body: b"{}" };
    let hash = canonical::hash(&unsigned, signed, &hex::encode(Sha256::digest(b"{}")));
    let mac = string_to_sign_mac(&key::derive(SECRET, scope), date_text, &scope.text(), &hash)?;
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}, SignedHeaders={}, Signature={}",
        scope.text(),
        signed.join(";"),
        hex::encode(mac.finalize().into_bytes())
    );
    headers.push(("authorization", authorization.as_bytes()));
    let request = Request { method: "POST", path: "/", query: "", headers: &headers, body: b"{}" };
    let verifier = Verifier::new(vec!["us-east-1".to_owned()]);
    verifier.verify(&request, &OneKey, 1_704_164_645 * NS_PER_SECOND)
}

#[test]
fn scope_and_header_list_are_checked_beside_the_signature() {
    let all = ["host", "x-amz-date", "x-amz-target"];
    let good = scope("20240102", "timestream");
    assert!(verify_signed_for(&good, &all).is_ok());
    for (scope, want) in [
        (Scope { date: "20240101", ..good }, "Date in Credential scope"),
        (Scope { region: "us-east-2", ..good }, "valid region. , region was: us-east-2"),
        (Scope { service: "dynamodb", ..good }, "correct service"),
        (Scope { terminator: "aws5_request", ..good }, "valid terminator"),
    ] {
        let error = verify_signed_for(&scope, &all).expect_err(want).to_string();
        assert!(error.contains(want), "{error}");
    }
    for missing in 0..all.len() {
        let signed: Vec<&str> =
            all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, it)| *it).collect();
        let error = verify_signed_for(&good, &signed).expect_err(all[missing]).to_string();
        assert!(error.contains("must be signed headers"), "{error}");
    }
    let absent = ["absent", "host", "x-amz-date", "x-amz-target"];
    let error = verify_signed_for(&good, &absent).expect_err("absent").to_string();
    assert!(error.contains("not part of the request"), "{error}");
}

#[test]
fn cached_keys_equal_derived_ones() {
    let cache = KeyCache::new();
    for secret in [SECRET, SECRET, "rotated", SECRET] {
        let scope = scope("20240102", "timestream");
        assert_eq!(cache.signing_key("A", Some(secret), &scope), key::derive(secret, &scope), "{secret}");
    }
    assert_eq!(cache.len(), 1);
}

#[test]
fn the_cache_is_bounded_and_strangers_share_one_entry() {
    let cache = KeyCache::new();
    for stranger in 0..10 {
        cache.signing_key(&stranger.to_string(), None, &scope("20240102", "timestream"));
    }
    assert_eq!(cache.len(), 1);
    for known in 0..2 * SIGNING_KEYS_MAX {
        cache.signing_key(&known.to_string(), Some(SECRET), &scope("20240102", "timestream"));
        assert!(cache.len() <= SIGNING_KEYS_MAX);
    }
}
