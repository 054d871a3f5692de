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

/// (name, method, headers beside host and date, signature) of the AWS Signature Version 4 test suite.
const SUITE: &[(&str, &str, &[(&str, &str)], &str)] = &[
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
