//! The standard's text on event streams (WHATWG HTML, sections 9.2.5 and 9.2.6), followed
//! step by step without a thought for speed: what [`Decoder`] is compared with, by property
//! tests and by the fuzz target `stream`.

use bytes::Bytes;

use super::{Decoder, Frame};

/// What a stream says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The events in order.
    pub events: Vec<Event>,
    /// What the last lines would be if a blank line had ended them.
    pub unfinished: Option<Event>,
    /// The last event id string.
    pub id: Option<String>,
    /// The reconnection time, in milliseconds.
    pub retry: Option<u64>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The last event id string when it was dispatched; `None` before the first `id:`.
    pub id: Option<String>,
    /// The event type buffer, unless empty.
    pub name: Option<String>,
    /// The data buffer without its last line feed.
    pub data: String,
}

/// Reads a whole stream.
///
/// It differs from the standard as the contract's section 3 asks: lines of data that
/// are all empty make no event, and the reconnection time is at most a minute.
pub fn read(bytes: &[u8]) -> Stream {
    // "Streams must be decoded using the UTF-8 decode algorithm", which takes one mark away.
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (whole, rest) = text.rsplit_once('\n').map_or((None, text.as_str()), |(whole, rest)| (Some(whole), rest));
    let mut reading = Reading::default();
    for line in whole.into_iter().flat_map(|whole| whole.split('\n')) {
        reading.line(line);
    }
    let mut stream = std::mem::take(&mut reading.stream);
    if !rest.is_empty() {
        reading.line(rest);
    }
    reading.line("");
    stream.unfinished = reading.stream.events.pop();
    stream
}

#[derive(Default)]
struct Reading {
    stream: Stream,
    data: Vec<String>,
    name: String,
    id: Option<String>,
}

impl Reading {
    fn line(&mut self, line: &str) {
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push(value.to_owned()),
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" if !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit()) => {
                self.stream.retry = Some(value.parse().map_or(60_000, |ms: u64| ms.min(60_000)));
            }
            // Comments, which have the empty name, and what is not known.
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        self.stream.id.clone_from(&self.id);
        let (data, name) = (std::mem::take(&mut self.data).join("\n"), std::mem::take(&mut self.name));
        if !data.is_empty() {
            self.stream.events.push(Event { id: self.id.clone(), name: Some(name).filter(|name| !name.is_empty()), data });
        }
    }
}

/// Whether the decoder makes of these chunks what the reference makes of them in one piece,
/// under any limit. The error says what differs.
///
/// # Errors
/// Both readings, where they are not the same.
pub fn compare(chunks: &[&[u8]]) -> Result<(), String> {
    let expected = read(&chunks.concat());
    let most = expected.events.iter().map(|event| event.data.len()).max().unwrap_or_default();
    let (decoded, in_limit) = decode(chunks, usize::MAX);
    if decoded != expected || !in_limit {
        return Err(format!("{decoded:?} instead of {expected:?}"));
    }
    // What a limit lets through is the beginning of it all; the data of a frame lies within.
    for limit in [most.saturating_sub(1), most, most + 8] {
        let (begun, in_limit) = decode(chunks, limit);
        let same = if in_limit { begun == expected } else { expected.events.starts_with(&begun.events) };
        if !same || begun.events.iter().any(|event| event.data.len() > LONGER_IN_TEXT * limit) {
            return Err(format!("at most {limit} bytes: {begun:?} instead of {expected:?}"));
        }
    }
    Ok(())
}

/// A byte that is no UTF-8 becomes a character of three.
const LONGER_IN_TEXT: usize = 3;

/// What the decoder makes of the chunks, and whether every frame was within the limit.
fn decode(chunks: &[&[u8]], limit: usize) -> (Stream, bool) {
    let event = |frame: Frame| Event {
        id: frame.id.as_deref().map(str::to_owned),
        name: frame.event.as_deref().map(str::to_owned),
        data: frame.data.to_string(),
    };
    let mut decoder = Decoder::new(limit);
    let in_limit = chunks.iter().all(|chunk| decoder.feed(Bytes::copy_from_slice(chunk)).is_ok());
    let events = decoder.ready().drain(..).map(event).collect();
    let id = decoder.id().map(|id| id.to_string());
    let retry = decoder.retry().map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let unfinished = decoder.finish().map(event);
    (Stream { events, unfinished, id, retry }, in_limit)
}
