//! What a stream is to consist of.

use std::{str::FromStr, time::Duration};

/// No stream has more bytes of data than this.
const MOST_BYTES: usize = 1 << 30;

/// What a stream is to consist of, as an instruction says it: `events=20000 size=200 per_chunk=50`,
/// or `events=30 size=200 pace_ms=100`.
///
/// A `started` event comes before the events and a `completed` one after them, as in every
/// stream of the API; they are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// How many events.
    pub events: usize,
    /// The size of each event's data in bytes. It cannot be less than about 100.
    pub size: usize,
    /// How many events share one HTTP chunk.
    pub per_chunk: usize,
    /// The time from one event to the next; `None` is as fast as they can be read.
    pub pace: Option<Duration>,
}

impl FromStr for Recipe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut recipe = Self { events: 1, size: 200, per_chunk: 1, pace: None };
        for word in text.split_whitespace() {
            let wrong = || format!("{word:?} is not one of events=N, size=BYTES, per_chunk=N, pace_ms=MS with a number of 1 or more");
            let (name, number) = word.split_once('=').ok_or_else(wrong)?;
            let number: usize = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
            match name {
                "events" => recipe.events = number,
                "size" => recipe.size = number,
                "per_chunk" => recipe.per_chunk = number,
                "pace_ms" => recipe.pace = Some(Duration::from_millis(number as u64)),
                _ => return Err(wrong()),
            }
        }
        if recipe.events.saturating_mul(recipe.size) > MOST_BYTES {
            return Err(format!("{text:?} asks for more than {MOST_BYTES} bytes"));
        }
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_says_what_is_streamed() {
        let paced = Recipe { events: 30, size: 200, per_chunk: 1, pace: Some(Duration::from_millis(100)) };
        assert_eq!("events=30 pace_ms=100".parse(), Ok(paced));
        let flood = Recipe { events: 20_000, size: 2_000, per_chunk: 50, pace: None };
        assert_eq!("size=2000 events=20000 per_chunk=50".parse(), Ok(flood));
        for wrong in ["events", "events=0", "events=-1", "pace=3", "events=100000 size=1000000"] {
            assert!(wrong.parse::<Recipe>().unwrap_err().contains(wrong), "{wrong}");
        }
    }
}
