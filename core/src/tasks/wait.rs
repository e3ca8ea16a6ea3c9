//! Waiting for the end of a task by asking (contract, section 8.5).

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{RetrieveStatusResponse, TaskResult, api};
use crate::{
    client::Client,
    config::{CallOptions, time},
    error::{Error, ErrorKind},
    http::Answer,
    operation,
};

/// The first pause between two questions; each next one is longer by half.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest, if nobody says.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How to wait for the end of a task.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WaitParams {
    /// The longest pause between two questions, in seconds; the first ones are shorter. Default: 5.
    #[serde(default, deserialize_with = "seconds")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<f64>"))]
    pub poll_interval: Option<Duration>,
    /// How long to wait in all, in seconds. Default: no limit.
    #[serde(default, deserialize_with = "seconds")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<f64>"))]
    pub timeout: Option<Duration>,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let given: Option<f64> = Option::deserialize(deserializer)?;
    given.map(time).transpose().map_err(|wrong| D::Error::custom(format!("a time to wait is {wrong}; it must be 0 or more seconds")))
}

impl WaitParams {
    /// With nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest pause between two questions; the first ones are shorter. Default: 5 s.
    #[must_use]
    pub fn poll_interval(mut self, longest: Duration) -> Self {
        self.poll_interval = Some(longest);
        self
    }

    /// How long to wait in all. Default: no limit.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    pub(crate) fn from_json(params: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(params).map_err(|error| Error::new(ErrorKind::InvalidArgument, format!("wait: {error}")))
    }
}

/// The pause after a pause.
fn longer(pause: Duration, longest: Duration) -> Duration {
    (pause.saturating_mul(3) / 2).min(longest)
}

/// Asks until the task has ended; gives the last answer too.
pub(crate) async fn wait(client: &Client, id: &str, params: WaitParams, options: &CallOptions) -> Result<(TaskResult, Answer), Error> {
    let longest = params.poll_interval.unwrap_or(LONGEST_PAUSE);
    if longest.is_zero() {
        let text = "wait: the poll interval is 0 s; it must be longer, such as 1 s";
        return Err(Error::new(ErrorKind::InvalidArgument, text));
    }
    let (scale, mut seen) = (client.scale(), None);
    let asking = async {
        let mut pause = FIRST_PAUSE.min(longest);
        loop {
            let answer = client.call(&operation::RETRIEVE_STATUS, Some(id), None, options).await?;
            let status: RetrieveStatusResponse = api::read(&operation::RETRIEVE_STATUS, &answer)?;
            if status.has_ended() {
                return Ok((TaskResult::of_status(id, status), answer));
            }
            seen = status.status;
            tokio::time::sleep(scale.backoff.of(pause)).await;
            pause = longer(pause, longest);
        }
    };
    let asking = client.unless_closed(asking);
    let done = match params.timeout {
        Some(limit) => tokio::time::timeout(scale.clock.of(limit), asking).await.unwrap_or_else(|_| Err(late(id, limit, seen.as_deref()))),
        None => asking.await,
    };
    done.map_err(|mut error: Error| {
        error.record_mut().task_id = Some(id.to_owned());
        error
    })
}

fn late(id: &str, limit: Duration, seen: Option<&str>) -> Error {
    let seen = seen.map_or_else(|| "the server has not told its status".to_owned(), |status| format!("its status is {status}"));
    let text =
        format!("Request timed out. Task {id} had not ended after {} s ({seen}); it goes on unless it is cancelled", limit.as_secs_f64());
    Error::new(ErrorKind::Timeout, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest() {
        let second = Duration::from_secs(1);
        assert_eq!(longer(second, 5 * second), Duration::from_millis(1500));
        assert_eq!(longer(4 * second, 5 * second), 5 * second);
        assert_eq!(longer(5 * second, 5 * second), 5 * second);
        assert!(longer(Duration::MAX, Duration::MAX) > second);
    }

    #[test]
    fn times_are_checked() {
        let given = WaitParams::from_json(br#"{"timeout":1.5,"poll_interval":null}"#).unwrap();
        assert_eq!(given, WaitParams::new().timeout(Duration::from_millis(1500)));
        for wrong in [r#"{"timeout":-1}"#, r#"{"poll_interval":1e300}"#, r#"{"timeout":"x"}"#, "1"] {
            let error = WaitParams::from_json(wrong.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{wrong}");
        }
    }
}
