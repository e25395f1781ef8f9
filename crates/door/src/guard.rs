//! Who may speak at all: this page's own script, and programs that say so on purpose.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hefu_core::error::Code;

use crate::{Carrier, answer::Refusal};

/// No form and no image of another page can send it.
const OWN: &str = "x-hefu";

const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What every answer says to the browser.
pub async fn headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Over plain HTTP this machine alone is meant: a foreign name that points here is somebody's trick.
pub async fn host(State(carrier): State<Carrier>, request: Request, next: Next) -> Response {
    let own = |host: &str| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    let told = authority(request.headers());
    let fits = carrier == Carrier::Tls || told.is_some_and(|host| own(host.host()));
    if fits { next.run(request).await } else { Refusal::from(Code::NotPermitted).into_response() }
}

pub fn authority(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

/// Refuses what another page could have made the browser send. Errors with `permission.denied`.
pub fn own_page(headers: &HeaderMap, carrier: Carrier) -> Result<(), Code> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let told = text(OWN) == Some("1");
    let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin = text("origin").is_none_or(|origin| is_here(origin, headers, carrier));
    let json = text("content-type").is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    if told && site && origin && json { Ok(()) } else { Err(Code::NotPermitted) }
}

fn is_here(origin: &str, headers: &HeaderMap, carrier: Carrier) -> bool {
    let scheme = if carrier == Carrier::Tls { "https://" } else { "http://" };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.strip_prefix(scheme).is_some_and(|rest| Some(rest) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_may_speak() {
        let of = |extra: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in [("host", "hq.example:7443"), ("x-hefu", "1"), ("content-type", "application/json")].iter().chain(extra) {
                headers.insert(*name, value.parse().unwrap());
            }
            own_page(&headers, Carrier::Tls).is_ok()
        };
        assert!(of(&[]));
        assert!(of(&[("origin", "https://hq.example:7443"), ("sec-fetch-site", "same-origin")]));
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "http://hq.example:7443"),
            ("origin", "https://hq.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("content-type", "text/plain"),
            ("content-type", "application/json-seq"),
            ("x-hefu", "0"),
        ] {
            assert!(!of(&[(name, value)]), "{name}: {value}");
        }
        assert!(own_page(&HeaderMap::new(), Carrier::Tls).is_err());
    }
}
