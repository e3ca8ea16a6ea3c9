//! What every request passes before a route sees it: a request id, the check of
//! whom it is meant for, and the key.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, StatusCode, header};
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

/// Only requests pass that are meant for this server; see [`super::hosts::Hosts`]. Routes
/// learn under which address they were asked.
pub(super) async fn meant(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response, Problem> {
    let base = app.hosts.check(request.uri(), request.headers()).map_err(|detail| Problem::new(StatusCode::FORBIDDEN, detail))?;
    request.extensions_mut().insert(base);
    Ok(next.run(request).await)
}

/// Only requests with the key pass.
pub(super) async fn authenticate(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Problem> {
    const RIGHT: &str = "send the header `Authorization: Bearer <key>` with a key of this server";
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(given) = given else {
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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Router, middleware, routing};
    use http::Request;
    use tower::ServiceExt;

    use super::{X_REQUEST_ID, identify};

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
}
