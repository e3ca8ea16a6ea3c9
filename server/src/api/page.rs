//! The page to look at: one HTML file that calls the same routes as everybody else.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, header};
use uuid::Uuid;

const PAGE: &str = include_str!("page.html");

/// It holds no secret: the key comes in the part of the link that no browser sends.
pub(super) async fn page() -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    // Its own script and style, its own server, and pictures; nothing else runs or loads,
    // whatever a page or a model may have put into a task.
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("x-content-type-options"), "nosniff".to_owned()),
    ];
    (headers, Html(PAGE.replace("{nonce}", &nonce))).into_response()
}
