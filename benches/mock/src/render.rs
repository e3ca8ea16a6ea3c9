//! Events as bytes.

use std::{fmt::Write as _, time::SystemTime};

use crate::TASK_ID;

/// From this size on an event is a screenshot, as in the API's own streams; below it, an action.
const SCREENSHOT: usize = 10_000;

/// How far apart the contents of two events can begin, so that they are not all the same.
const SHIFTS: usize = 1021;

const WORDS: &str =
    "the page has loaded and shows a list of results; the agent clicks on the first one, waits until it has settled, and reads on. ";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes events of one size.
pub(crate) struct Events {
    size: usize,
    filler: String,
}

impl Events {
    pub(crate) fn new(size: usize) -> Self {
        let length = size + SHIFTS;
        let filler = if size < SCREENSHOT {
            WORDS.chars().cycle().take(length).collect()
        } else {
            // Any fixed sequence without a pattern.
            let mut state = 0x9E37_79B9_7F4A_7C15_u64;
            let mut letter = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                BASE64.get((state >> 58) as usize).copied().map_or('A', char::from)
            };
            std::iter::repeat_with(&mut letter).take(length).collect()
        };
        Self { size, filler }
    }

    /// The frame of the event with this number, from 0.
    pub(crate) fn frame(&self, number: usize) -> String {
        let (step, id) = (number / 3, number + 1);
        let (head, tail) = if self.size < SCREENSHOT {
            let action = r#""action":{"type":"click","coordinates":[640,360]}"#;
            (format!(r#"{{"type":"action","step":{step},{action},"description":""#), r#""}"#)
        } else {
            (format!(r#"{{"type":"screenshot","step":{step},"screenshot_url":"data:image/png;base64,"#), r#""}"#)
        };
        let from = number * 31 % SHIFTS;
        let length = self.size.saturating_sub(head.len() + tail.len());
        let content = self.filler.get(from..from + length).unwrap_or_default();
        format!("id: {id}\ndata: {head}{content}{tail}\n\n")
    }

    /// The same, with the time at which it is sent and as much text.
    pub(crate) fn timed_frame(&self, number: usize) -> String {
        let head = format!(r#"{{"type":"progress_update","sent_us":{},"message":""#, now_us());
        let content = self.filler.get(..self.size.saturating_sub(head.len() + 2)).unwrap_or_default();
        format!("id: {}\ndata: {head}{content}\"}}\n\n", number + 1)
    }
}

/// The time in microseconds since 1970, which every process on the machine can read alike.
fn now_us() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros()
}

/// The frame with which each stream begins.
pub(crate) fn started() -> String {
    format!("id: 0\ndata: {{\"type\":\"started\",\"task_id\":\"{TASK_ID}\",\"model\":\"mock\",\"max_steps\":100}}\n\n")
}

/// The frame with which a stream of so many events ends.
pub(crate) fn completed(events: usize) -> String {
    format!("id: {}\ndata: {{\"type\":\"completed\",\"step\":{},\"result\":\"done\"}}\n\n", events + 1, events / 3)
}

/// Adds one HTTP chunk.
pub(crate) fn chunk(body: &mut String, content: &str) {
    // Writing to a string does not fail.
    let _ = write!(body, "{:x}\r\n{content}\r\n", content.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_json_of_the_size_asked_for() {
        for size in [100, 200, 2_000, 100_000] {
            let events = Events::new(size);
            for number in [0, 1, 7, 99_999] {
                let frame = events.frame(number);
                let data = frame.strip_prefix(&format!("id: {}\ndata: ", number + 1)).unwrap().strip_suffix("\n\n").unwrap();
                assert!(data.len() == size || size == 100 && data.len() <= 110, "{size}: {}", data.len());
                serde_json::from_str::<serde_json::Value>(data).unwrap();
            }
        }
    }

    #[test]
    fn timed_events_say_when() {
        let frame = Events::new(200).timed_frame(4);
        let event: serde_json::Value = serde_json::from_str(frame.split_once("data: ").unwrap().1).unwrap();
        let sent = u128::from(event["sent_us"].as_u64().unwrap());
        assert!((0..60_000_000).contains(&(now_us() - sent)));
    }
}
