//! Bytes into frames.

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use smol_str::SmolStr;

use super::Frame;

/// The longest reconnection delay that `retry:` can set (contract, section 3).
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// A frame grew over the limit.
#[derive(Debug, thiserror::Error)]
#[error("an event of more than {limit} bytes")]
pub struct TooBig {
    /// The most bytes that one frame may have.
    pub limit: usize,
}

impl TooBig {
    /// What to say of the stream that sent it.
    pub(super) fn of_a_stream(&self) -> String {
        format!("the stream sent {self}, which is the most that is read")
    }
}

/// Turns the bytes of a stream, split anywhere, into frames.
///
/// Linear in the number of bytes: no byte is looked at twice for a line end, and a
/// data line that lies whole in one chunk is not copied. Of a whole frame only that line
/// is shared with its chunk; each share is counted, which takes longer than a short line.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// A line whose end has not come yet.
    line: BytesMut,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    /// No line has been read yet, so that a byte order mark may lead.
    at_start: bool,
    data: Data,
    event: Option<SmolStr>,
    /// The id read last; in force once its frame is dispatched.
    next_id: Option<SmolStr>,
    /// The frame under way has an id.
    own_id: bool,
    id: Option<SmolStr>,
    /// No event has come since the id in force did.
    at_id: bool,
    retry: Option<Duration>,
    ready: VecDeque<Frame>,
}

/// The data lines of the frame under way.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    /// The usual case: one line, shared with the chunk it came in.
    One(ByteString),
    Many(String),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(line) => line.len(),
            Self::Many(lines) => lines.len(),
        }
    }

    fn push(&mut self, line: ByteString) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(line),
            Self::One(first) => Self::Many([&*first, "\n", &*line].concat()),
            Self::Many(mut lines) => {
                lines.push('\n');
                lines.push_str(&line);
                Self::Many(lines)
            }
        };
    }

    fn take(&mut self) -> ByteString {
        match std::mem::take(self) {
            Self::None => ByteString::new(),
            Self::One(line) => line,
            Self::Many(lines) => lines.into(),
        }
    }
}

impl Decoder {
    /// A decoder that refuses frames of more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self::after(None, limit)
    }

    /// The same for a stream that goes on after the event with this id.
    pub(super) fn after(id: Option<SmolStr>, limit: usize) -> Self {
        Self {
            limit,
            line: BytesMut::new(),
            after_cr: false,
            at_start: true,
            data: Data::None,
            event: None,
            next_id: id.clone(),
            own_id: false,
            id,
            at_id: true,
            retry: None,
            ready: VecDeque::new(),
        }
    }

    /// The frames that are whole, oldest first; the caller takes what it wants.
    pub fn ready(&mut self) -> &mut VecDeque<Frame> {
        &mut self.ready
    }

    /// The reconnection delay that the stream last asked for, at most 60 s.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The id in force.
    pub(super) fn id(&self) -> Option<&SmolStr> {
        self.id.as_ref()
    }

    /// Whether the id in force names the exact place in the stream: the last event had
    /// it, or none has come since it did, or since the beginning.
    pub(super) fn at_id(&self) -> bool {
        self.at_id
    }

    /// Whether a frame is under way that its blank line has not ended yet.
    pub(super) fn is_inside_frame(&self) -> bool {
        let in_line = self.line.first().is_some_and(|first| *first != b':');
        in_line || !matches!(self.data, Data::None) || self.own_id || self.event.is_some()
    }

    /// Reads the next bytes of the stream.
    ///
    /// # Errors
    /// [`TooBig`] when a frame grows over the limit.
    pub fn feed(&mut self, chunk: Bytes) -> Result<(), TooBig> {
        let mut rest = chunk.as_ref();
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, ended) = rest.split_at(end);
            rest = match ended {
                [b'\r', b'\n', rest @ ..] => rest,
                [_, rest @ ..] => rest,
                [] => ended,
            };
            self.after_cr = ended == b"\r";
            if self.line.is_empty() {
                self.check(line.len())?;
                self.read_line(&chunk, line);
            } else {
                self.line.extend_from_slice(line);
                self.check(self.line.len())?;
                let whole = self.line.split().freeze();
                self.read_line(&whole, &whole);
            }
        }
        self.line.extend_from_slice(rest);
        self.check(self.line.len())
    }

    /// The frame that the end of the stream cut off from its blank line, if it had data.
    pub fn finish(&mut self) -> Option<Frame> {
        let line = self.line.split().freeze();
        if !line.is_empty() {
            self.read_line(&line, &line);
        }
        let before = self.ready.len();
        self.dispatch();
        if self.ready.len() > before { self.ready.pop_back() } else { None }
    }

    /// Forgets the frame under way: the stream has said that it is over.
    pub(super) fn forget_unfinished(&mut self) {
        self.line.clear();
        self.data = Data::None;
        self.event = None;
        self.own_id = false;
        self.next_id.clone_from(&self.id);
    }

    fn check(&self, line: usize) -> Result<(), TooBig> {
        if line.saturating_add(self.data.len()) > self.limit { Err(TooBig { limit: self.limit }) } else { Ok(()) }
    }

    /// Reads a line that lies within these bytes.
    fn read_line(&mut self, within: &Bytes, mut line: &[u8]) {
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match memchr::memchr(b':', line) {
            // A comment.
            Some(0) => return,
            Some(colon) => {
                let (name, value) = line.split_at(colon);
                (name, value.strip_prefix(b": ").or(value.strip_prefix(b":")).unwrap_or(value))
            }
            None => (line, &[][..]),
        };
        match name {
            b"data" => self.data.push(shared_text(within, value)),
            b"event" => self.event = Some(text(value).into()),
            b"id" if memchr::memchr(0, value).is_none() => {
                self.next_id = Some(text(value).into());
                self.own_id = true;
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                // More digits than fit are more than the longest.
                let ms = text(value).parse().unwrap_or(u64::MAX);
                self.retry = Some(Duration::from_millis(ms).min(LONGEST_RETRY));
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        self.id.clone_from(&self.next_id);
        let own_id = std::mem::take(&mut self.own_id);
        self.at_id |= own_id;
        let event = self.event.take().filter(|name| !name.is_empty());
        let data = self.data.take();
        // No event is the empty text, which is no JSON: a frame without data, or with
        // an empty `data:` line, only sets the fields it has (contract, section 3).
        if data.is_empty() {
            return;
        }
        self.at_id = own_id;
        self.ready.push_back(Frame::new(self.id.clone(), event, data, own_id));
    }
}

/// What is no UTF-8 is replaced (WHATWG, Encoding). A line can be looked at by itself: no
/// character goes on over its end.
fn text(line: &[u8]) -> Cow<'_, str> {
    // Replacing looks at byte after byte; checking, at many at a time.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// The same, not copied if it lies within these bytes as it is.
fn shared_text(within: &Bytes, line: &[u8]) -> ByteString {
    ByteString::try_from(within.slice_ref(line)).unwrap_or_else(|_| String::from_utf8_lossy(line).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::reference::compare;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Vec<(Option<String>, Option<String>, String)> {
        let mut decoder = Decoder::new(1 << 20);
        for chunk in chunks {
            decoder.feed(Bytes::copy_from_slice(chunk)).unwrap();
        }
        let own = |text: &SmolStr| text.to_string();
        decoder.ready.iter().map(|f| (f.id.as_ref().map(own), f.event.as_ref().map(own), f.data.to_string())).collect()
    }

    fn data(bytes: &[u8]) -> Vec<String> {
        decode(&[bytes]).into_iter().map(|(_, _, data)| data).collect()
    }

    #[test]
    fn every_split_gives_the_same_frames() {
        let stream = "\u{feff}: hi\r\nid: 0\rdata: {\"a\":\r\ndata:1}\n\nretry: 5\n\nevent: named\nid\ndata: \"\u{2028}é\"\r\r: ping\n\ndata: 3\r\n\r\n".as_bytes();
        let whole = decode(&[stream]);
        assert_eq!(whole.len(), 3);
        assert_eq!(whole[0], (Some("0".into()), None, "{\"a\":\n1}".into()));
        assert_eq!(whole[1], (Some(String::new()), Some("named".into()), "\"\u{2028}é\"".into()));
        for at in 0..=stream.len() {
            assert_eq!(decode(&[&stream[..at], &stream[at..]]), whole, "split at {at}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(decode(&bytes), whole);
    }

    #[test]
    fn frames_without_data_are_no_events_but_their_fields_hold() {
        let frames = decode(&[b"\n\nid: 4\n\nretry: 10\n\nevent: x\n\ndata:\n\n: ping\n\ndata: 1\n\n"]);
        assert_eq!(frames, [(Some("4".into()), None, "1".into())]);
    }

    #[test]
    fn an_id_is_in_force_only_when_its_frame_is_dispatched() {
        let mut decoder = Decoder::new(100);
        decoder.feed(Bytes::from_static(b"id: 1\ndata: 1\n\nid: 2\ndata: 2\n")).unwrap();
        assert_eq!(decoder.id.as_deref(), Some("1"));
        assert_eq!(decoder.finish().unwrap().id.as_deref(), Some("2"));
    }

    #[test]
    fn an_id_with_a_nul_is_ignored() {
        assert_eq!(decode(&[b"id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n"])[1].0.as_deref(), Some("1"));
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(data(b"data: a\xffb\xe2\x82\n\n"), ["a\u{fffd}b\u{fffd}"]);
    }

    #[test]
    fn retry_takes_digits_only_and_at_most_a_minute() {
        let mut decoder = Decoder::new(100);
        for (line, expected) in
            [("retry: 20", 20), ("retry: 1x", 20), ("retry:", 20), ("retry: 70000", 60_000), ("retry: 99999999999999999999999", 60_000)]
        {
            decoder.feed(Bytes::from(format!("{line}\n\n"))).unwrap();
            assert_eq!(decoder.retry(), Some(Duration::from_millis(expected)), "{line}");
        }
    }

    #[test]
    fn a_frame_over_the_limit_is_refused() {
        let mut decoder = Decoder::new(10);
        decoder.feed(Bytes::from_static(b"data: 1234\n")).unwrap();
        assert!(decoder.feed(Bytes::from_static(b"data: 567890\n")).is_err());
        assert!(Decoder::new(10).feed(Bytes::from_static(b"data: 1234567890")).is_err());
    }

    proptest! {
        #[test]
        fn any_stream_in_any_chunks_is_read_as_the_standard_says(
            pieces in proptest::collection::vec(prop_oneof![
                Just("data: ".to_owned()), Just("data".to_owned()), Just("id:".to_owned()), Just("event: ".to_owned()),
                Just("\n".to_owned()), Just("\r".to_owned()), Just("\r\n".to_owned()), Just("\n\n".to_owned()),
                Just(": ping".to_owned()), Just("\u{feff}".to_owned()), Just("retry: 3".to_owned()), "[ -~\\x00é\u{2028}]{0,6}",
            ], 0..40),
            size in 1usize..9,
        ) {
            let stream = pieces.concat();
            let chunks: Vec<&[u8]> = stream.as_bytes().chunks(size).collect();
            compare(&chunks).map_err(TestCaseError::fail)?;
        }

        #[test]
        fn any_bytes_in_any_chunks_are_read_as_the_standard_says(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![
                Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), Just(0), Just(b'0'), any::<u8>(),
            ], 0..12), 0..12),
        ) {
            compare(&chunks.iter().map(Vec::as_slice).collect::<Vec<_>>()).map_err(TestCaseError::fail)?;
        }
    }
}
