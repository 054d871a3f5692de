//! What the quotes of a token enclose.

/// The text between the quotes of `'...'` or `"..."`, doubled quotes made single.
pub fn unquote(token_text: &str, quote: char) -> String {
    let inner = token_text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).unwrap_or(token_text);
    match quote {
        '"' => inner.replace("\"\"", "\""),
        _ => inner.replace("''", "'"),
    }
}

/// Decodes `U&'...'`: the escape character with four hexadecimal digits or with `+` and six, or doubled for itself.
///
/// # Errors
/// What is wrong with the text, as a sentence fragment.
pub fn decode_unicode(token_text: &str, escape: char) -> Result<String, &'static str> {
    if escape.is_ascii_hexdigit() || matches!(escape, '+' | '\'' | '"') || escape.is_whitespace() {
        return Err("this character can not be the escape of a Unicode string");
    }
    let quoted = token_text.get(2..).unwrap_or("");
    let raw = unquote(quoted, '\'');
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while let Some(at) = rest.find(escape) {
        let (before, from_escape) = rest.split_at(at);
        decoded.push_str(before);
        let sequence = from_escape.get(escape.len_utf8()..).unwrap_or("");
        if let Some(behind) = sequence.strip_prefix(escape) {
            decoded.push(escape);
            rest = behind;
            continue;
        }
        let (digits, behind) = match sequence.strip_prefix('+') {
            Some(long) => (long.get(..6), long.get(6..)),
            None => (sequence.get(..4), sequence.get(4..)),
        };
        let (Some(digits), Some(behind)) = (digits, behind) else {
            return Err("incomplete Unicode escape");
        };
        decoded.push(decode_hexadecimal(digits).ok_or("invalid Unicode escape")?);
        rest = behind;
    }
    decoded.push_str(rest);
    Ok(decoded)
}

fn decode_hexadecimal(digits: &str) -> Option<char> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
