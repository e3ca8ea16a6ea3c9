//! Where in its events a stream stands, so that over several connections each event is
//! given out exactly once (contract, section 8.1).

use http::HeaderValue;
use smol_str::SmolStr;

use super::{Decoder, Frame};

/// Where a stream stands.
#[derive(Debug)]
pub(super) struct Position {
    /// What the server is told to go on after.
    id: Option<SmolStr>,
    /// The id, if it is a number.
    number: Option<u64>,
    /// The id names the exact place: nothing has come since it that has none.
    exact: bool,
    /// An event has come.
    began: bool,
    /// Every event so far had a number greater than the one before.
    ordered: bool,
    /// The connection is not the first, and nothing new has come on it yet.
    may_repeat: bool,
}

impl Position {
    /// At the beginning, or right after the event with this id.
    pub(super) fn after(id: Option<SmolStr>) -> Self {
        Self { number: number(id.as_ref()), id, exact: true, began: false, ordered: true, may_repeat: false }
    }

    /// Whether an event has come.
    pub(super) fn began(&self) -> bool {
        self.began
    }

    /// Whether the stream can go on from here with nothing lost and nothing doubled.
    pub(super) fn can_go_on(&self) -> bool {
        self.exact && (self.header().is_some() || (!self.began && self.named().is_none()))
    }

    /// The value of `Last-Event-ID`.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        self.named().and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok())
    }

    /// The id, if it names anything: an empty one takes the name back (WHATWG HTML, 9.2.6).
    fn named(&self) -> Option<&SmolStr> {
        self.id.as_ref().filter(|id| !id.is_empty())
    }

    /// A decoder for the next connection.
    pub(super) fn decoder(&self, limit: usize) -> Decoder {
        Decoder::after(self.id.clone(), limit)
    }

    /// Another connection begins, on which what is known already may come again.
    pub(super) fn reconnect(&mut self) {
        self.may_repeat = true;
    }

    /// Whether the frame is new; moves on to it if so.
    pub(super) fn admit(&mut self, frame: &Frame) -> bool {
        let (last, this) = (self.number, number(frame.id.as_ref()));
        let goes_up = match (last, this) {
            (Some(last), Some(this)) => this > last,
            (None, this) => this.is_some() && !self.began,
            (Some(_), None) => false,
        };
        if self.may_repeat && frame.own_id {
            let behind = self.ordered && last.is_some() && this.is_some() && !goes_up;
            if self.named().is_some() && (self.id == frame.id || behind) {
                return false;
            }
        }
        self.ordered &= goes_up && frame.own_id;
        self.may_repeat = false;
        self.began = true;
        self.id.clone_from(&frame.id);
        self.number = this;
        self.exact = frame.own_id;
        true
    }

    /// The connection has ended: an id that came without an event counts too.
    pub(super) fn leave(&mut self, decoder: &Decoder) {
        if !self.may_repeat {
            self.id = decoder.id().cloned();
            self.number = number(self.id.as_ref());
            self.exact = decoder.at_id();
        }
    }
}

fn number(id: Option<&SmolStr>) -> Option<u64> {
    id?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    /// What is new on one connection that brings these bytes and then ends.
    fn connection(position: &mut Position, bytes: &[u8]) -> Vec<String> {
        let mut decoder = position.decoder(1 << 20);
        decoder.feed(Bytes::copy_from_slice(bytes)).unwrap();
        let frames: Vec<Frame> = decoder.ready().drain(..).collect();
        let new = frames.into_iter().filter(|frame| position.admit(frame));
        let new = new.map(|frame| frame.data.to_string()).collect();
        position.leave(&decoder);
        position.reconnect();
        new
    }

    fn after(bytes: &str) -> Position {
        let mut position = Position::after(None);
        connection(&mut position, bytes.as_bytes());
        position
    }

    #[test]
    fn a_place_is_known_by_the_id_of_the_last_event() {
        for (bytes, can_go_on, header) in [
            ("", true, None),
            ("id: 3\ndata: a\n", true, None),
            ("data: a\n\n", false, None),
            ("id: 3\ndata: a\n\n", true, Some("3")),
            ("id: 3\ndata: a\n\ndata: b\n\n", false, Some("3")),
            ("id: 3\ndata: a\n\nid: 4\n\n", true, Some("4")),
            ("data: a\n\nid: 4\n\n: ping\n\n", true, Some("4")),
            ("id: 3\ndata: a\n\nid\n\n", false, None),
            ("id: a\u{1}b\ndata: a\n\n", false, None),
        ] {
            let position = after(bytes);
            assert_eq!(position.can_go_on(), can_go_on, "{bytes:?}");
            assert_eq!(position.header().as_ref().and_then(|value| value.to_str().ok()), header, "{bytes:?}");
        }
    }

    #[test]
    fn a_stream_can_begin_after_an_event() {
        let mut position = Position::after(Some("3".into()));
        assert!(position.can_go_on());
        assert_eq!(connection(&mut position, b": ping\n"), [""; 0]);
        assert_eq!(position.header().unwrap(), "3");
        assert_eq!(connection(&mut position, b"id: 3\ndata: a\n\nid: 4\ndata: b\n\n"), ["b"]);
    }

    #[test]
    fn what_is_known_is_not_new() {
        let mut position = after("id: 3\ndata: a\n\nid: 5\ndata: b\n\n");
        assert_eq!(connection(&mut position, b"id: 3\ndata: a\n\n"), [""; 0]);
        assert_eq!(position.header().unwrap(), "5");
        assert_eq!(connection(&mut position, b"id: 3\ndata: a\n\nid: 5\ndata: b\n\nid: 6\ndata: c\n\nid: 2\ndata: d\n\n"), ["c", "d"]);
        // Ids that are no rising numbers are only compared for being the same.
        let mut position = after("id: 9\ndata: a\n\nid: 5\ndata: b\n\n");
        assert_eq!(connection(&mut position, b"id: 5\ndata: b\n\nid: 4\ndata: c\n\n"), ["c"]);
        let mut position = after("id: x\ndata: a\n\n");
        assert_eq!(connection(&mut position, b"id: x\ndata: a\n\nid: y\ndata: c\n\n"), ["c"]);
    }

    proptest! {
        /// A server keeps a log and cuts each connection anywhere; after its own fashion it
        /// goes on after the id, repeats the last event, or begins anew.
        #[test]
        fn each_event_comes_once_whatever_is_cut(
            gaps in proptest::collection::vec(1u64..4, 1..12),
            cuts in proptest::collection::vec((0usize..400, 0usize..3), 0..30),
        ) {
            let mut next = 0;
            let log: Vec<(u64, String)> = gaps.iter().map(|gap| { next += gap; (next, format!("id: {next}\ndata: {{\"n\":{next}}}\n\n")) }).collect();
            let mut position = Position::after(None);
            let mut seen = Vec::new();
            for (cut, fashion) in cuts.into_iter().chain([(usize::MAX, 0)]) {
                prop_assert!(position.can_go_on());
                let last: Option<u64> = position.header().map(|id| id.to_str().unwrap().parse().unwrap());
                let sends = |id: u64| last.is_none_or(|last| match fashion { 0 => id > last, 1 => id >= last, _ => true });
                let bytes: String = log.iter().filter(|(id, _)| sends(*id)).map(|(_, frame)| frame.as_str()).collect();
                seen.extend(connection(&mut position, &bytes.as_bytes()[..cut.min(bytes.len())]));
            }
            let all: Vec<String> = log.iter().map(|(id, _)| format!("{{\"n\":{id}}}")).collect();
            prop_assert_eq!(seen, all);
        }
    }
}
