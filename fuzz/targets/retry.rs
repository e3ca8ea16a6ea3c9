//! Whatever headers a server refuses with, the wait before the next attempt is within bounds.
//!
//! The lines of an input: status and attempt, `retry-after`, `retry-after-ms`, `x-should-retry`.
#![no_main]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use lightcone::{fuzzing::wait_after_refusal, operation::OPERATIONS};

/// The time it is: 2015-10-21 07:28:00 GMT.
const NOW: Duration = Duration::from_secs(1_445_412_480);
/// From a float and back, and no more.
const INEXACT: Duration = Duration::from_nanos(100);

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let (status, attempt) = first.split_once(' ').unwrap_or((&first, ""));
    let (status, attempt): (u16, u32) = (status.parse().unwrap_or(503), attempt.parse().unwrap_or(0));
    let mut headers = HeaderMap::new();
    for (name, line) in ["retry-after", "retry-after-ms", "x-should-retry"].into_iter().zip(lines) {
        // An empty line is no header.
        if let Ok(value) = HeaderValue::from_bytes(line)
            && !line.is_empty()
        {
            headers.insert(name, value);
        }
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let may_be_sent_again = match text("x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => [408, 409, 429].contains(&status) || status >= 500,
    };
    // Whole seconds by themselves are followed to the letter.
    let seconds = text("retry-after").filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = seconds.and_then(|text| text.parse().ok()).filter(|seconds| (1..=60).contains(seconds));
    let own = Duration::from_millis(500 << attempt.min(4));
    for operation in OPERATIONS {
        let wait = |spread| wait_after_refusal(operation, attempt, status, &headers, SystemTime::UNIX_EPOCH + NOW, spread);
        let (Some(shortest), Some(longest)) = (wait(1.0), wait(0.0)) else {
            assert!(!may_be_sent_again, "{} is not sent again", operation.name);
            continue;
        };
        assert!(may_be_sent_again, "{} is sent again", operation.name);
        assert!(longest <= Duration::from_secs(60), "{longest:?}");
        if shortest == longest {
            // The server's own wish.
            assert!(headers.contains_key("retry-after") || headers.contains_key("retry-after-ms"), "{longest:?}");
        } else {
            assert_eq!(longest, own);
            assert!(shortest.abs_diff(own * 3 / 4) <= INEXACT, "{shortest:?} of {own:?}");
        }
        if let (Some(seconds), None) = (seconds, headers.get("retry-after-ms")) {
            assert_eq!(longest, Duration::from_secs(seconds));
        }
    }
});
