use super::*;

fn key(byte: u8) -> TokenKey {
    TokenKey::new([byte; 32])
}

#[test]
fn opens_what_it_sealed() {
    for payload in [&b""[..], b"x", &[0xff; PAYLOAD_BYTES_MAX]] {
        let token = seal(&key(1), "ListTables", payload).expect("short enough");
        assert!(token.len() <= NEXT_TOKEN_CHARS_MAX);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
        assert_eq!(open(&key(1), "ListTables", &token).as_deref(), Some(payload));
    }
    assert_eq!(seal(&key(1), "ListTables", &[0; PAYLOAD_BYTES_MAX + 1]), None);
}

#[test]
fn opens_nothing_else() {
    let token = seal(&key(1), "ListTables", b"payload").expect("short enough");
    assert_eq!(open(&key(2), "ListTables", &token), None);
    assert_eq!(open(&key(1), "ListDatabases", &token), None);
    assert_eq!(open(&key(1), "ListTables", &format!("{token}=")), None);
    assert_eq!(open(&key(1), "ListTables", &format!("{token}{token}")), None);
    for position in 0..token.len() {
        let mut changed = token.clone();
        let replacement = if token.as_bytes()[position] == b'A' { "B" } else { "A" };
        changed.replace_range(position..=position, replacement);
        assert_eq!(open(&key(1), "ListTables", &changed), None, "{position}");
        assert_eq!(open(&key(1), "ListTables", &token[..position]), None, "{position}");
    }
}

#[test]
fn purpose_and_payload_do_not_run_together() {
    let token = seal(&key(1), "List", b"Tables").expect("short enough");
    assert_eq!(open(&key(1), "ListT", &token), None);
    assert_eq!(open(&key(1), "", &token), None);
}

/// A token of another build must keep opening; this one was computed by Python's hmac and base64.
#[test]
fn format_is_fixed() {
    let token = seal(&key(1), "p", b"payload").expect("short enough");
    assert_eq!(token, "AXBheWxvYWSJLO9SnGvvKyT933FPuuv5yhfAF3WBChko4o0vcxFHFw");
}
