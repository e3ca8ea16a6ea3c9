//! How fast a client's time passes.
//!
//! Not for users, and no binding has an option for it. The conformance suite goes through
//! minutes of waiting in moments with it.

use std::time::Duration;

use serde::Deserialize;

/// What of a client's time passes how fast; as it does for everybody unless said otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Scale {
    /// The waits before another attempt.
    pub(crate) backoff: Factor,
    /// The timeouts.
    pub(crate) clock: Factor,
}

/// From 0 to 1, so that no duration overflows.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(from = "f64")]
pub(crate) struct Factor(f64);

impl Default for Factor {
    fn default() -> Self {
        Self(1.0)
    }
}

impl From<f64> for Factor {
    fn from(factor: f64) -> Self {
        Self(if factor.is_nan() { 0.0 } else { factor.clamp(0.0, 1.0) })
    }
}

impl Factor {
    pub(crate) fn of(self, time: Duration) -> Duration {
        // The longest duration is rounded up on its way through a float.
        if self.0 < 1.0 { time.mul_f64(self.0) } else { time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_never_longer_than_it_is() {
        let minute = Duration::from_secs(60);
        for (factor, scaled) in [(1.0, 60_000), (0.01, 600), (7.0, 60_000), (-1.0, 0), (f64::NAN, 0)] {
            assert_eq!(Factor::from(factor).of(minute), Duration::from_millis(scaled), "{factor}");
        }
        assert_eq!(Factor::default().of(Duration::MAX), Duration::MAX);
        let scale: Scale = serde_json::from_str(r#"{"backoff":0.5}"#).unwrap();
        assert_eq!((scale.backoff.of(minute), scale.clock.of(minute)), (minute / 2, minute));
    }
}
