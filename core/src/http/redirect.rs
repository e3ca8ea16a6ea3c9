//! Which redirects are followed (contract, section 6).
//!
//! The HTTP client does what RFC 9110, section 15.4, says: 307 and 308 send the same request
//! again, body and all, 303 and the older ones a GET. Another origin sees no credentials.

use reqwest::redirect::{Action, Attempt, Policy};

/// As many as a browser follows (Fetch standard, "HTTP-redirect fetch").
const MOST: usize = 20;

pub(super) fn policy() -> Policy {
    Policy::custom(follow)
}

fn follow(attempt: Attempt<'_>) -> Action {
    if attempt.previous().len() > MOST {
        return attempt.error(format!("the server redirected more than {MOST} times"));
    }
    let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_secure && attempt.url().scheme() != "https" {
        let text = format!(
            "the server redirected to {}, where others could read the request on its way; that is not followed",
            origin(attempt.url())
        );
        return attempt.error(text);
    }
    attempt.follow()
}

/// Without path and query, which may say more than an error should.
fn origin(url: &reqwest::Url) -> String {
    url.origin().ascii_serialization()
}
