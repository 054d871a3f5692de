//! The address that DescribeEndpoints answers: where the client that asks can reach us again.
//!
//! Clients read an address differently (clients.md 2.2): some keep their scheme and port and need a bare host, some
//! assume TLS unless a scheme is given. No single form suits all, so the `User-Agent` decides.

/// How long a client may keep the address, as the original answers.
pub const CACHE_PERIOD_MINUTES: i64 = 1_440;

/// What the address is derived from.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The `Host` header as received, or `:authority`.
    pub host: &'a str,
    pub user_agent: &'a str,
    /// Whether the request came over TLS.
    pub secure: bool,
    /// The port of the TLS listener when the request came over the plain one.
    pub tls_port: Option<u16>,
    /// `[scheme://]host[:port]` from the settings, for servers behind a proxy; it replaces host and scheme.
    pub advertise: Option<&'a str>,
}

/// Client families by what they do with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Sets only the host name and keeps scheme and port.
    BareHost,
    /// Always puts `https://` before the address.
    AlwaysTls,
    /// Puts `https://` before an address that has no scheme, or keeps its own scheme.
    SchemeAware,
}

/// The address for a caller, or `None` when its `Host` is not `host[:port]`.
pub fn address(caller: &Caller<'_>) -> Option<String> {
    let (secure, authority) = match caller.advertise {
        None => (caller.secure, caller.host),
        Some(advertise) => match advertise.split_once("://") {
            Some((scheme, rest)) => (scheme.eq_ignore_ascii_case("https"), rest.trim_end_matches('/')),
            None => (caller.secure, advertise),
        },
    };
    let (host, port) = split_authority(authority)?;
    let address = match (family(caller.user_agent), secure) {
        (Family::BareHost, _) => host.to_owned(),
        (Family::SchemeAware, false) => format!("http://{authority}"),
        (Family::AlwaysTls, false) => match caller.tls_port.or(port) {
            Some(tls_port) => format!("{host}:{tls_port}"),
            None => host.to_owned(),
        },
        (Family::SchemeAware | Family::AlwaysTls, true) => authority.to_owned(),
    };
    Some(address)
}

fn family(user_agent: &str) -> Family {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| user_agent.starts_with(prefix));
    if starts(&["aws-sdk-js/3", "aws-sdk-php", "aws-sdk-java/2"]) {
        Family::BareHost
    } else if starts(&["aws-sdk-rust"]) {
        Family::AlwaysTls
    } else {
        Family::SchemeAware
    }
}

/// Splits `host[:port]`, where a host is a name, an IPv4 address, or an IPv6 address in brackets.
fn split_authority(authority: &str) -> Option<(&str, Option<u16>)> {
    let host_end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(host_end)?;
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    let is_ipv6 = host.len() != inner.len();
    let allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || (is_ipv6 && byte == b':')
    };
    if inner.is_empty() || !inner.bytes().all(allowed) {
        return None;
    }
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Some((host, None)),
        None => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((host, Some(digits.parse().ok()?)))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
