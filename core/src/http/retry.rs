//! When a request is sent again, and after how long (contract, section 6).
//!
//! Pure functions of the attempt, what came of it, and the clock.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::operation::Repeat;

/// The longest wait that a server can ask for.
const LONGEST_ASKED: f64 = 60.0;

/// What came of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    /// It is certain that the request did not arrive.
    NotSent,
    /// It may have arrived; no answer came.
    Unknown,
    /// An answer that is not a success.
    Answered(u16, &'a HeaderMap),
    /// A success whose body broke off.
    BodyCut,
}

/// Whether to send again after this outcome.
pub(crate) fn again(outcome: Outcome<'_>, method: &http::Method, repeat: Repeat) -> bool {
    match outcome {
        Outcome::NotSent => true,
        Outcome::Unknown => repeat != Repeat::Never,
        Outcome::Answered(status, headers) => match headers.get("x-should-retry").map(http::HeaderValue::as_bytes) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => matches!(status, 408 | 409 | 429) || status >= 500,
        },
        // A success has been said: only what is safe to repeat is asked again (section 8.1).
        Outcome::BodyCut => repeat == Repeat::Keyed || (repeat == Repeat::Harmless && method == http::Method::GET),
    }
}

/// How long to wait before the attempt after attempt `attempt` (counted from 0).
/// `spread` in 0..1 takes up to a quarter off the wait that we choose ourselves.
pub(crate) fn wait(attempt: u32, outcome: Outcome<'_>, now: SystemTime, spread: f64) -> Duration {
    if let Some(wait) = asked(outcome, now) {
        return wait;
    }
    let seconds = (0.5 * 2f64.powi(attempt.min(10).cast_signed())).min(8.0);
    Duration::from_secs_f64(seconds * (1.0 - 0.25 * spread.clamp(0.0, 1.0)))
}

/// The wait that the server asks for, if it is one to follow.
pub(crate) fn asked(outcome: Outcome<'_>, now: SystemTime) -> Option<Duration> {
    let Outcome::Answered(_, headers) = outcome else { return None };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    let seconds = text("retry-after-ms").and_then(number).map(|ms| ms / 1000.0).or_else(|| {
        let after = text("retry-after")?;
        number(after).or_else(|| {
            let date = httpdate::parse_http_date(after).ok()?;
            date.duration_since(now).ok().map(|wait| wait.as_secs_f64())
        })
    })?;
    (seconds > 0.0 && seconds <= LONGEST_ASKED).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn which_answers_are_asked_again() {
        let none = HeaderMap::new();
        for (status, expected) in [
            (400, false),
            (401, false),
            (404, false),
            (408, true),
            (409, true),
            (422, false),
            (429, true),
            (500, true),
            (503, true),
            (599, true),
        ] {
            assert_eq!(again(Outcome::Answered(status, &none), &Method::POST, Repeat::Never), expected, "{status}");
        }
        assert!(again(Outcome::Answered(400, &headers(&[("x-should-retry", "true")])), &Method::POST, Repeat::Keyed));
        assert!(!again(Outcome::Answered(503, &headers(&[("x-should-retry", "false")])), &Method::POST, Repeat::Keyed));
    }

    #[test]
    fn what_may_have_arrived_is_repeated_only_where_that_is_harmless() {
        for (repeat, unknown, cut_get, cut_post) in
            [(Repeat::Harmless, true, true, false), (Repeat::Keyed, true, true, true), (Repeat::Never, false, false, false)]
        {
            assert!(again(Outcome::NotSent, &Method::POST, repeat));
            assert_eq!(again(Outcome::Unknown, &Method::POST, repeat), unknown);
            assert_eq!(again(Outcome::BodyCut, &Method::GET, repeat), cut_get);
            assert_eq!(again(Outcome::BodyCut, &Method::POST, repeat), cut_post);
        }
    }

    #[test]
    fn the_server_may_ask_for_up_to_a_minute() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let date = |after: u64| httpdate::fmt_http_date(now + Duration::from_secs(after));
        for (pairs, expected) in [
            (&[("retry-after", "3")][..], Some(3.0)),
            (&[("retry-after", "0.25")], Some(0.25)),
            (&[("retry-after-ms", "150"), ("retry-after", "9")], Some(0.15)),
            (&[("retry-after-ms", "x"), ("retry-after", "9")], Some(9.0)),
            (&[("retry-after", "61")], None),
            (&[("retry-after", "0")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", &date(20))], Some(20.0)),
            (&[("retry-after", &date(90))], None),
        ] {
            assert_eq!(asked(Outcome::Answered(503, &headers(pairs)), now), expected.map(Duration::from_secs_f64), "{pairs:?}");
        }
        let past = httpdate::fmt_http_date(now - Duration::from_secs(5));
        assert_eq!(asked(Outcome::Answered(503, &headers(&[("retry-after", &past)])), now), None);
    }

    proptest! {
        #[test]
        fn our_own_wait_doubles_up_to_eight_seconds(attempt in 0u32..2000, spread in 0.0f64..1.0) {
            let whole = (0.5 * 2f64.powi(attempt.min(4) as i32)).min(8.0);
            let seconds = wait(attempt, Outcome::Unknown, SystemTime::now(), spread).as_secs_f64();
            prop_assert!(seconds <= whole && seconds >= whole * 0.75 - 1e-9);
        }

        #[test]
        fn whatever_a_server_sends_the_wait_is_at_most_a_minute(ms in "\\PC{0,12}", after in "[0-9.e+-]{0,12}") {
            let mut map = HeaderMap::new();
            for (name, value) in [("retry-after-ms", ms), ("retry-after", after)] {
                if let Ok(value) = value.parse() { map.insert(name, value); }
            }
            prop_assert!(wait(3, Outcome::Answered(503, &map), SystemTime::now(), 0.5) <= Duration::from_secs(60));
        }
    }
}
