//! What every answer says to the browser (PRV-1), and from where a request comes.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::Site;

/// Nothing but our own files; no script, style or frame from within a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// Of which other houses one page lets things in, as sources of a content policy.
#[derive(Clone, Copy, Debug)]
pub struct Visiting<'a> {
    pub scripts: &'a str,
    pub connections: &'a str,
    pub frames: &'a str,
}

/// The policy of a page that lets things of another house in, to be put on its answer; all else stays as everywhere. None
/// for what cannot stand in a header.
pub fn policy_with(visiting: &Visiting<'_>) -> Option<HeaderValue> {
    let also = [
        ("script-src 'self'", visiting.scripts),
        ("connect-src 'self'", visiting.connections),
        ("frame-src 'self'", visiting.frames),
    ];
    let widened = |policy: String, (own, other): (&str, &str)| policy.replace(own, &format!("{own} {other}"));
    let policy = also.into_iter().fold(POLICY.to_owned(), widened);
    HeaderValue::from_str(&policy).ok()
}

/// Middleware: security headers on every answer; pages are not kept by anybody.
pub async fn protect(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_page = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    // Once, rather than by doubling.
    headers.reserve(12);
    let mut put = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put("content-security-policy", POLICY);
    put("x-content-type-options", "nosniff");
    put("referrer-policy", "same-origin");
    put("cross-origin-opener-policy", "same-origin");
    put("cross-origin-resource-policy", "same-origin");
    put("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()");
    if site.options().secure {
        put("strict-transport-security", "max-age=31536000");
    }
    if is_page || !headers.contains_key(CACHE_CONTROL) {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// The network address that a request comes from; limits are by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub IpAddr);

/// How many proxies of the provider's own stand in front; each adds the address it saw to `X-Forwarded-For`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proxies(pub usize);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let proxies = parts.extensions.get::<Proxies>().copied().unwrap_or_default();
        Ok(client_address(peer, &parts.headers, proxies.0))
    }
}

/// The address of whoever is before `proxies` proxies. An IPv6 address counts as its /64, for one household has all of it.
pub fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: usize) -> Address {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    // Only what our own proxies wrote can be believed: they stand at the end. One that cannot be read is no reason to
    // believe the one before it.
    let before = proxies.checked_sub(1).and_then(|back| forwarded.len().checked_sub(back + 1)).map(|at| forwarded[at]);
    let address = before.and_then(parsed).or(peer).unwrap_or(IpAddr::from([0, 0, 0, 0]));
    Address(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        },
    })
}

/// An address as proxies write it: alone, with a port, in brackets.
fn parsed(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prv_1_a_visitors_sources_are_added_to_the_policy_and_nothing_else_of_it_changes() {
        let visiting =
            Visiting { scripts: "https://a.example", connections: "https://b.example", frames: "https://c.example" };
        let policy = policy_with(&visiting).expect("a policy");
        let expected = "default-src 'none'; style-src 'self'; script-src 'self' https://a.example; img-src 'self'; \
            connect-src 'self' https://b.example; frame-src 'self' https://c.example; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'self'";
        assert_eq!(policy, expected);
    }

    #[test]
    fn sgn_2_limits_count_the_address_that_our_own_proxies_saw() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 203.0.113.7, 10.0.0.2"));
        let peer = Some(IpAddr::from([10, 0, 0, 1]));
        let of = |proxies| client_address(peer, &headers.clone(), proxies).0.to_string();
        assert_eq!(of(0), "10.0.0.1");
        assert_eq!(of(1), "10.0.0.2");
        assert_eq!(of(2), "203.0.113.7");
        assert_eq!(of(9), "10.0.0.1");
        for (written, wanted) in
            [("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8::1]:4711", "2001:db8::"), ("unknown", "10.0.0.1")]
        {
            headers.insert("x-forwarded-for", HeaderValue::from_str(&format!("1.1.1.1, {written}")).expect("a value"));
            assert_eq!(client_address(peer, &headers, 1).0.to_string(), wanted);
        }
        let six = Some("2001:db8:1:2:3:4:5:6".parse().expect("an address"));
        assert_eq!(client_address(six, &HeaderMap::new(), 0).0.to_string(), "2001:db8:1:2::");
    }
}
