//! What every request passes before a route sees it: a request id, the check of
//! where it comes from, and the key.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument;
use uuid::Uuid;

use super::{App, Problem};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every answer an id, also the one to a request that makes a route panic.
pub(super) async fn identify(request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().to_string();
    let span = tracing::debug_span!("request", id, method = %request.method(), path = request.uri().path());
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span).await;
    let mut response = answer.unwrap_or_else(|_| {
        let detail = "The server has a fault: the route panicked. The server's log says where.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
    });
    tracing::debug!(id, status = response.status().as_u16(), "answered");
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

/// Only requests to a loopback name pass, and from browsers only those of the
/// server's own pages: a website must not reach the server through its visitor, nor
/// by a DNS name of its own that it lets point here.
pub(super) async fn local_only(request: Request, next: Next) -> Result<Response, Problem> {
    let headers = request.headers();
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| text(headers, header::HOST)).unwrap_or_default();
    if !is_loopback(host) {
        let detail = format!("the Host {host:?} is not this server's; use localhost, 127.0.0.1 or [::1]");
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    if let Some(origin) = headers.get(header::ORIGIN)
        && origin.as_bytes() != format!("http://{host}").as_bytes()
    {
        let detail = format!("the Origin {origin:?} is another site's; only pages of http://{host} may call this server from a browser");
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(next.run(request).await)
}

/// Whether `host` is a loopback name with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Only requests with the key pass.
pub(super) async fn authenticate(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Problem> {
    const RIGHT: &str = "send the header `Authorization: Bearer <key>` with a key of this server";
    let Some(given) = text(request.headers(), header::AUTHORIZATION) else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, format!("the request carries no key; {RIGHT}")));
    };
    let key = match given.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        _ => return Err(Problem::new(StatusCode::UNAUTHORIZED, format!("the Authorization header is no Bearer key; {RIGHT}"))),
    };
    if !app.keys.accept(key) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, format!("the key is wrong; {RIGHT}")));
    }
    Ok(next.run(request).await)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Router, middleware, routing};
    use http::Request;
    use tower::ServiceExt;

    use super::{X_REQUEST_ID, identify, is_loopback};

    #[tokio::test]
    async fn a_route_that_panics_is_answered_with_500() {
        let broken = || async {
            if true {
                panic!("a fault in a route")
            }
        };
        let router = Router::new().route("/", routing::get(broken)).layer(middleware::from_fn(identify));
        let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.headers().contains_key(X_REQUEST_ID));
    }

    #[test]
    fn only_loopback_names_are_local() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8080"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "127.0.0.2", "::1", "localhost:x"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
