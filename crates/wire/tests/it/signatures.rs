//! Captured requests are accepted; whatever is changed about them, they are refused.

use serde_json::Value;
use std::sync::Arc;
use wire::sigv4::{
    AuthError, Credential, CredentialSource, Principal, Request, Session, Signer, Verified, Verifier, sign,
};
use wire::{ApiError, ErrorCode};

/// The example secret of the AWS documentation.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2024-01-02T03:04:05Z, when the captured requests were signed.
const NOW_S: i64 = 1_704_164_645;
const NS: i64 = 1_000_000_000;

#[derive(Clone)]
pub struct Captured {
    pub name: String,
    pub access_key_id: String,
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Captured {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn signed_headers(&self) -> Vec<String> {
        let list = self.header("authorization").split("SignedHeaders=").nth(1).unwrap_or_default();
        list.split(',').next().unwrap_or_default().split(';').map(str::to_owned).collect()
    }
}

/// Everything a verification depends on besides the request.
pub struct World {
    pub secret: &'static str,
    pub regions: Vec<String>,
    pub now_s: i64,
    pub token: String,
    pub token_expires_s: i64,
}

impl World {
    pub fn new() -> Self {
        World {
            secret: SECRET,
            regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
            now_s: NOW_S,
            token: format!("FwoGZXIvYXdzEXAMPLE/token+with==signs{}", "x".repeat(300)),
            token_expires_s: NOW_S + 1,
        }
    }

    pub fn verify(&self, request: &Captured) -> Result<Verified, AuthError> {
        let headers: Vec<(&str, &[u8])> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request = Request {
            method: &request.method,
            path: &request.path,
            query: &request.query,
            headers: &headers,
            body: &request.body,
        };
        Verifier::new(self.regions.clone()).verify(&request, self, self.now_s * NS)
    }
}

impl CredentialSource for World {
    fn find(&self, access_key_id: &str) -> Option<Credential> {
        let session = match access_key_id {
            "AKIDEXAMPLE" => None,
            "ASIDEXAMPLE" => Some(Session {
                token: Arc::new(self.token.clone().into()),
                expires_ns: self.token_expires_s * NS,
            }),
            _ => return None,
        };
        Some(Credential {
            secret_access_key: Arc::new(self.secret.to_owned().into()),
            session,
            principal: Arc::new(Principal {
                account_id: "000000000000".to_owned(),
                arn: "arn:aws:iam::000000000000:root".to_owned(),
            }),
        })
    }
}

pub fn captured() -> Vec<Captured> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = include_str!("data/signed_requests.jsonl").lines();
    rows.map(|line| {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let headers = row["headers"].as_array().expect("headers");
        Captured {
            name: text(&row["name"]),
            access_key_id: text(&row["access_key_id"]),
            method: text(&row["method"]),
            path: text(&row["path"]),
            query: text(&row["query"]),
            headers: headers.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            body: text(&row["body"]).into_bytes(),
        }
    })
    .collect()
}

#[test]
fn captured_requests_are_accepted() {
    let requests = captured();
    assert!(requests.len() >= 10);
    for request in requests {
        let verified =
            World::new().verify(&request).unwrap_or_else(|error| panic!("{}: {error}", request.name));
        assert_eq!(verified.access_key_id, request.access_key_id);
        assert_eq!(verified.region, "us-east-1");
        assert_eq!(verified.principal.account_id, "000000000000");
    }
}

#[test]
fn what_is_not_signed_may_change() {
    for mut request in captured() {
        request.set_header("user-agent", "something else");
        request.set_header("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793");
        request.headers.reverse();
        let spaced = format!("  {}  ", request.header("x-amz-target"));
        request.set_header("x-amz-target", &spaced);
        assert!(World::new().verify(&request).is_ok(), "{}", request.name);
    }
}

/// All single changes to the parts of a request that must be protected.
fn mutations(request: &Captured) -> Vec<(String, Captured)> {
    let mut all = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Captured)| {
        let mut changed = request.clone();
        change(&mut changed);
        all.push((what, changed));
    };
    for method in ["GET", "PUT", "post", ""] {
        add(format!("method {method}"), &|it| it.method = method.to_owned());
    }
    for path in ["", "//", "/x", "/.", "//a/%2e%2e/", "/%2f"] {
        add(format!("path {path}"), &|it| it.path = path.to_owned());
    }
    for query in ["x", "x=1", "X-Amz-Signature=00", "Action=Query"] {
        add(format!("query {query}"), &|it| it.query = query.to_owned());
    }
    add("body longer".to_owned(), &|it| it.body.push(b' '));
    add("body shorter".to_owned(), &|it| it.body.truncate(it.body.len() - 1));
    add("body empty".to_owned(), &|it| it.body.clear());
    for position in (0..request.body.len()).step_by(request.body.len() / 50 + 1) {
        add(format!("body byte {position}"), &|it| it.body[position] ^= 1);
    }
    for name in request.signed_headers() {
        let value = request.header(&name).to_owned();
        add(format!("{name} gone"), &|it| {
            it.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(&name))
        });
        add(format!("{name} longer"), &|it| it.set_header(&name, &format!("{value}x")));
        add(format!("{name} empty"), &|it| it.set_header(&name, ""));
        add(format!("{name} twice"), &|it| it.headers.push((name.clone(), value.clone())));
        add(format!("{name} twice, first other"), &|it| it.headers.insert(0, (name.clone(), "x".to_owned())));
    }
    for (name, value) in [
        ("x-amz-security-token", "zzz"),
        ("X-Amz-Anything", ""),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    ] {
        add(format!("added {name}: {value}"), &|it| it.headers.push((name.to_owned(), value.to_owned())));
    }
    let authorization = request.header("authorization").to_owned();
    add("authorization gone".to_owned(), &|it| {
        it.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"))
    });
    add("authorization twice".to_owned(), &|it| {
        it.headers.push(("Authorization".to_owned(), authorization.clone()))
    });
    for replacement in ["0", "a", "Z", " ", ";", ",", "=", "/", "é"] {
        for position in 0..authorization.len() {
            let mut changed = authorization.clone();
            changed.replace_range(position..=position, replacement);
            if changed != authorization {
                add(format!("authorization {position} {replacement}"), &|it| {
                    it.set_header("authorization", &changed)
                });
            }
        }
    }
    all
}

#[test]
fn every_change_is_refused() {
    let mut count = 0;
    for request in captured() {
        for (what, changed) in mutations(&request) {
            assert!(World::new().verify(&changed).is_err(), "{}: {what}", request.name);
            count += 1;
        }
    }
    assert!(count > 10_000, "{count}");
}

type Change = fn(&mut World);

#[test]
fn every_change_of_the_world_is_refused() {
    let changes: [(&str, Change); 8] = [
        ("secret", |it| it.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEy"),
        ("empty secret", |it| it.secret = ""),
        ("other regions", |it| it.regions = vec!["us-east-2".to_owned()]),
        ("no region", |it| it.regions.clear()),
        ("901 s later", |it| it.now_s += 901),
        ("901 s earlier", |it| it.now_s -= 901),
        ("a day later", |it| it.now_s += 86_400),
        ("end of time", |it| it.now_s = i64::MAX / NS),
    ];
    for request in captured() {
        for (what, change) in changes {
            let mut world = World::new();
            change(&mut world);
            assert!(world.verify(&request).is_err(), "{}: {what}", request.name);
        }
    }
}

fn named(name: &str) -> Captured {
    captured().into_iter().find(|request| request.name == name).expect(name)
}

fn answer(world: &World, request: &Captured) -> ApiError {
    world.verify(request).map(|_| ()).expect_err("refused").into()
}

#[test]
fn skew_is_inclusive_and_explained() {
    let request = named("boto3 Query");
    for now_s in [NOW_S - 900, NOW_S + 900] {
        assert!(World { now_s, ..World::new() }.verify(&request).is_ok());
    }
    for (now_s, want) in [
        (
            NOW_S + 960,
            "Signature expired: 20240102T030405Z is now earlier than 20240102T030505Z (20240102T032005Z - 15 min.)",
        ),
        (
            NOW_S - 960,
            "Signature not yet current: 20240102T030405Z is still later than 20240102T030305Z (20240102T024805Z + 15 min.)",
        ),
    ] {
        let error = answer(&World { now_s, ..World::new() }, &request);
        assert_eq!(error, ApiError::new(ErrorCode::InvalidSignature, want));
    }
}

#[test]
fn unknown_key_and_wrong_secret_get_the_same_answer() {
    let request = named("boto3 Query");
    let wrong_secret = answer(&World { secret: "other", ..World::new() }, &request);
    let mut unknown = request.clone();
    unknown
        .set_header("authorization", &request.header("authorization").replace("AKIDEXAMPLE", "AKIDUNKNOWN"));
    let unknown_key = answer(&World::new(), &unknown);
    assert_eq!((wrong_secret.body(), wrong_secret.status()), (unknown_key.body(), unknown_key.status()));
    assert_eq!(wrong_secret.code, ErrorCode::InvalidSignature);
    let text = wrong_secret.to_string();
    assert!(
        !text.contains("SELECT") && !text.contains("host:"),
        "the canonical request is never echoed: {text}"
    );
}

#[test]
fn session_tokens() {
    let request = named("boto3 Query with a session token");
    let codes = |change: fn(&mut World)| {
        let mut world = World::new();
        change(&mut world);
        answer(&world, &request).code
    };
    assert_eq!(codes(|it| it.token_expires_s = NOW_S), ErrorCode::ExpiredToken);
    assert_eq!(codes(|it| it.token.push('x')), ErrorCode::UnrecognizedClient);
    assert_eq!(codes(|it| it.token.clear()), ErrorCode::UnrecognizedClient);
    // Who does not hold the secret learns nothing about the token.
    assert_eq!(codes(|it| (it.secret, it.token_expires_s) = ("other", NOW_S)), ErrorCode::InvalidSignature);

    let signed_for = |access_key_id, session_token| {
        let base = Captured {
            headers: vec![
                ("host".to_owned(), "h".to_owned()),
                ("x-amz-target".to_owned(), "Timestream_20181101.Query".to_owned()),
            ],
            ..named("boto3 Query")
        };
        let signer = Signer { access_key_id, secret_access_key: SECRET, session_token, region: "us-east-1" };
        World::new().verify(&signed(&base, &signer))
    };
    let token = World::new().token;
    assert!(signed_for("ASIDEXAMPLE", Some(token.as_str())).is_ok());
    assert!(signed_for("AKIDEXAMPLE", None).is_ok());
    assert_eq!(signed_for("ASIDEXAMPLE", None), Err(AuthError::BadToken));
    assert_eq!(signed_for("AKIDEXAMPLE", Some(token.as_str())), Err(AuthError::BadToken));
}

/// The request with the headers that `sign` adds.
fn signed(request: &Captured, signer: &Signer<'_>) -> Captured {
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let unsigned = Request {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &headers,
        body: &request.body,
    };
    let mut signed = request.clone();
    signed.headers.extend(sign(&unsigned, signer, NOW_S * NS));
    signed
}

#[test]
fn our_signatures_equal_botocores() {
    let token = World::new().token;
    for request in captured() {
        let signed_names = request.signed_headers();
        let mut unsigned = request.clone();
        unsigned.headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            signed_names.contains(&name) && name != "x-amz-date" && name != "x-amz-security-token"
        });
        let signer = Signer {
            access_key_id: &request.access_key_id,
            secret_access_key: SECRET,
            session_token: (request.access_key_id == "ASIDEXAMPLE").then_some(token.as_str()),
            region: "us-east-1",
        };
        let ours = signed(&unsigned, &signer);
        assert_eq!(ours.header("authorization"), request.header("authorization"), "{}", request.name);
        assert!(World::new().verify(&ours).is_ok());
    }
}

/// A malformed or incomplete part is named by its code: (change, code).
#[test]
fn codes() {
    let request = named("boto3 Query");
    let authorization = request.header("authorization").to_owned();
    let drop_signed =
        |name: &str| authorization.replace(&format!(";{name}"), "").replace(&format!("{name};"), "");
    let table = [
        ("AWS4-HMAC-SHA1 Credential=a".to_owned(), ErrorCode::IncompleteSignature),
        ("Bearer token".to_owned(), ErrorCode::IncompleteSignature),
        (String::new(), ErrorCode::IncompleteSignature),
        (authorization.replace("Signature=", "Signature=0"), ErrorCode::IncompleteSignature),
        (authorization.to_ascii_uppercase(), ErrorCode::IncompleteSignature),
        (authorization.replace("host;x-amz-date", "x-amz-date;host"), ErrorCode::IncompleteSignature),
        (authorization.replace("host;", "host;host;"), ErrorCode::IncompleteSignature),
        (authorization.replace("/aws4_request", "/aws4_request/x"), ErrorCode::IncompleteSignature),
        (authorization.replace("AKIDEXAMPLE", &"A".repeat(129)), ErrorCode::IncompleteSignature),
        (authorization.replace("AKIDEXAMPLE", ""), ErrorCode::IncompleteSignature),
        (drop_signed("host"), ErrorCode::InvalidSignature),
        (drop_signed("x-amz-date"), ErrorCode::InvalidSignature),
        (drop_signed("x-amz-target"), ErrorCode::InvalidSignature),
        (authorization.replace("us-east-1", "mars-north-1"), ErrorCode::InvalidSignature),
        (authorization.replace("/timestream/", "/dynamodb/"), ErrorCode::InvalidSignature),
        (authorization.replace("20240102", "20240103"), ErrorCode::InvalidSignature),
        (authorization.replace("aws4_request", "aws5_request"), ErrorCode::InvalidSignature),
    ];
    for (header, code) in table {
        let mut changed = request.clone();
        changed.set_header("authorization", &header);
        assert_eq!(answer(&World::new(), &changed).code, code, "{header}");
    }
    let mut missing = request.clone();
    missing.headers.retain(|(name, _)| name != "Authorization");
    assert_eq!(answer(&World::new(), &missing).code, ErrorCode::MissingAuthenticationToken);
}

/// Requests whose signature is right for what they claim, and that break another rule: (headers, message part).
#[test]
fn a_right_signature_is_not_enough() {
    let (host, target) = (("host", "h"), ("x-amz-target", "Timestream_20181101.Query"));
    let table: [(&[(&str, &str)], &str); 6] = [
        (&[host, target, target], "more than once"),
        (&[host, target, ("X-Amz-Target", "Timestream_20181101.DeleteTable")], "more than once"),
        (&[host, host, target], "more than once"),
        (&[host, target, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], "must be the SHA-256 of the body"),
        (&[target], "must be signed headers"),
        (&[host], "must be signed headers"),
    ];
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SECRET,
        session_token: None,
        region: "us-east-1",
    };
    for (headers, want) in table {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let request = signed(&Captured { headers, ..named("boto3 Query") }, &signer);
        let error = answer(&World::new(), &request);
        assert_eq!(error.code, ErrorCode::InvalidSignature);
        assert!(error.to_string().contains(want), "{error}: {want}");
    }
    let headers: Vec<(String, String)> =
        [host, target].iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let plain = Captured { headers, ..named("boto3 Query") };
    let mut extra = signed(&plain, &signer);
    assert!(World::new().verify(&extra).is_ok());
    extra.headers.push(("x-amz-acl".to_owned(), "public".to_owned()));
    assert!(answer(&World::new(), &extra).to_string().contains("were not signed"));
    let get = signed(&Captured { method: "GET".to_owned(), ..plain }, &signer);
    assert!(answer(&World::new(), &get).to_string().contains("must be POST"));
}
