//! Arbitrary input never panics and never passes.

use crate::inputs;
use crate::signatures::{Captured, World, captured};
use proptest::prelude::*;
use wire::endpoints::{Caller, address};
use wire::page_token::{self, TokenKey};

/// Fragments that get past the first checks more often than noise does.
fn json_like() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\"Records\":",
        "\"DatabaseName\":",
        "\"Dimensions\":[{",
        "null",
        "-1",
        "1e999",
        "\"x\"",
        "\\ud800",
        "\"QueryString\":",
        "\"MaxResults\":",
        "\"InvocationTime\":",
        "\u{1F600}",
        "\0",
    ]);
    prop::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decode_takes_any_bytes(body in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), json_like()]) {
        for name in inputs::names() {
            if let Err(error) = inputs::decode(name, &body) {
                prop_assert_eq!(error.status(), 400);
                prop_assert!(wire::ApiError::parse(&error.body()).is_some());
            }
        }
    }

    #[test]
    fn verify_takes_any_authorization(header in prop_oneof!["\\PC{0,200}", authorization_like()]) {
        let mut request = captured().swap_remove(0);
        request.set_header("authorization", &header);
        prop_assert!(World::new().verify(&request).is_err());
    }

    #[test]
    fn verify_takes_any_request(
        method in "\\PC{0,8}",
        headers in prop::collection::vec(("\\PC{0,20}", "\\PC{0,40}"), 0..8),
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let request = Captured { method, headers, body, ..captured().swap_remove(0) };
        prop_assert!(World::new().verify(&request).is_err());
    }

    #[test]
    fn foreign_tokens_do_not_open(token in "[A-Za-z0-9_=.-]{0,300}") {
        prop_assert_eq!(page_token::open(&TokenKey::new([7; 32]), "any", &token), None);
    }

    #[test]
    fn addresses_hold_only_the_host(host in "\\PC{0,40}", user_agent in "\\PC{0,40}") {
        let caller = Caller { host: &host, user_agent: &user_agent, secure: false, tls_port: None, advertise: None };
        if let Some(address) = address(&caller) {
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
        }
    }
}

fn authorization_like() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "AWS4-HMAC-SHA256 ",
        "Credential=",
        "AKIDEXAMPLE",
        "/20240102",
        "/us-east-1",
        "/timestream",
        "/aws4_request",
        ", ",
        "SignedHeaders=",
        "host",
        ";",
        "x-amz-date",
        "x-amz-target",
        "Signature=",
        "00",
        "=",
        "é",
        " ",
    ]);
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}
