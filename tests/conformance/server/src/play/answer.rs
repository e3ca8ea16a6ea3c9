//! From a rule to what goes out, piece by piece.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{Request, encode};
use crate::{
    case::{Act, Case, End, Framing, Other, Rule},
    expand::{bytes_of, hex},
};

/// One thing to do while an answer goes out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// Seconds on the client's clock.
    Pause(f64),
    /// Seconds on the client's clock.
    Away(f64),
    Mark(String),
    Await(String),
    Flood {
        text: String,
        most: usize,
        mark: String,
    },
}

/// An answer, ready to go out.
#[derive(Debug)]
pub(super) struct Answer {
    /// `None` when there is none: `pieces` are then the bytes on the wire.
    pub(super) head: Option<(u16, Vec<(String, String)>)>,
    pub(super) framing: Framing,
    /// Of the whole body, also where it is cut.
    pub(super) length: usize,
    pub(super) pieces: Vec<Piece>,
    pub(super) end: End,
    /// What follows the head is not a body.
    pub(super) is_tunnel: bool,
}

impl Answer {
    pub(super) fn new(rule: &Rule, request: &Request, case: &Case) -> Self {
        let mut headers = header_pairs(rule);
        let mut name = |header: &str, value: &str| {
            if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(header)) {
                headers.push((header.to_owned(), value.to_owned()));
            }
        };
        let pieces = match (&rule.json, &rule.text, rule.stream.as_ref().or(rule.raw.as_ref())) {
            (Some(json), _, _) => {
                name("content-type", if rule.status < 400 { "application/json" } else { "application/problem+json" });
                vec![Piece::Bytes(json.to_string().into_bytes())]
            }
            (None, Some(text), _) => vec![Piece::Bytes(text.clone().into_bytes())],
            (None, None, acts) => {
                if rule.stream.is_some() {
                    name("content-type", "text/event-stream");
                }
                acts.into_iter().flatten().flat_map(|act| pieces_of(act, request, case)).collect()
            }
        };
        let pieces = match &rule.encoding {
            Some(encoding) => {
                name("content-encoding", encoding);
                encode::encoded(pieces, encoding)
            }
            None => pieces,
        };
        let pieces = split(pieces, &rule.split);
        let length = pieces.iter().map(size).sum();
        let pieces = match rule.cut {
            Some(most) => cut(pieces, most),
            None => pieces,
        };
        // An empty piece would seem to be sent after what was sent in truth.
        let pieces = pieces.into_iter().filter(|piece| *piece != Piece::Bytes(Vec::new())).collect();
        let by_default = if rule.cut.is_some() { End::Cut } else { End::Finish };
        Self {
            head: (rule.raw.is_none() && !rule.silent).then_some((rule.status, headers)),
            framing: rule.framing.unwrap_or(if rule.stream.is_some() { Framing::Chunked } else { Framing::Length }),
            length,
            pieces,
            end: rule.end.unwrap_or(by_default),
            is_tunnel: request.method == "CONNECT" && rule.status == 200,
        }
    }

    /// The answer to a request that no rule allows for.
    pub(super) fn unforeseen() -> Self {
        let text = "the case has no answer to this request";
        Self {
            head: Some((418, vec![("x-should-retry".to_owned(), "false".to_owned())])),
            framing: Framing::Length,
            length: text.len(),
            pieces: vec![Piece::Bytes(text.into())],
            end: End::Finish,
            is_tunnel: false,
        }
    }
}

/// Also those that come several times.
fn header_pairs(rule: &Rule) -> Vec<(String, String)> {
    let text = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // A date is so many seconds from now.
        match text.strip_prefix("@date+").and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds)),
            None => text,
        }
    };
    let pairs = rule.headers.iter().flat_map(|(name, value)| match value {
        Value::Array(values) => values.iter().map(|value| (name.clone(), text(value))).collect(),
        Value::Null => Vec::new(),
        value => vec![(name.clone(), text(value))],
    });
    pairs.collect()
}

fn pieces_of(act: &Act, request: &Request, case: &Case) -> Vec<Piece> {
    let Act::Other(other) = act else { return bytes_of(act, case).into_iter().map(Piece::Bytes).collect() };
    match other.clone() {
        Other::Hex(digits) => vec![Piece::Bytes(hex(&digits))],
        Other::Log(_) => {
            let last = request.header("last-event-id").and_then(|id| id.parse::<usize>().ok());
            let frames = case.frames().into_iter().skip(last.map_or(0, |last| last + 1));
            frames.map(|frame| Piece::Bytes(frame.into_bytes())).collect()
        }
        Other::Repeat { text, times, pause } if pause > 0.0 => {
            (0..times).flat_map(|_| [Piece::Bytes(text.clone().into_bytes()), Piece::Pause(pause)]).collect()
        }
        Other::Repeat { text, times, .. } => vec![Piece::Bytes(text.repeat(times).into_bytes())],
        Other::Pause(seconds) => vec![Piece::Pause(seconds)],
        Other::Away(seconds) => vec![Piece::Away(seconds)],
        Other::Mark(place) => vec![Piece::Mark(place)],
        Other::Await(place) => vec![Piece::Await(place)],
        Other::Flood { text, most, mark } => vec![Piece::Flood { text, most, mark }],
    }
}

fn size(piece: &Piece) -> usize {
    if let Piece::Bytes(bytes) = piece { bytes.len() } else { 0 }
}

/// Splits before each of those offsets in the whole body; a negative one is every offset.
fn split(pieces: Vec<Piece>, at: &[i64]) -> Vec<Piece> {
    if at.is_empty() {
        return pieces;
    }
    // Only where it is split: what stood in several texts is one body.
    let mut whole: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (whole.last_mut(), piece) {
            (Some(Piece::Bytes(before)), Piece::Bytes(bytes)) => before.extend(bytes),
            (_, piece) => whole.push(piece),
        }
    }
    let everywhere = at.iter().any(|offset| *offset < 0);
    let is_here = |offset: usize| everywhere || at.iter().any(|at| usize::try_from(*at) == Ok(offset));
    let mut split = Vec::new();
    let mut offset = 0;
    for piece in whole {
        let Piece::Bytes(bytes) = piece else {
            split.push(piece);
            continue;
        };
        let mut part = Vec::new();
        for byte in bytes {
            if is_here(offset) && !part.is_empty() {
                split.push(Piece::Bytes(std::mem::take(&mut part)));
            }
            part.push(byte);
            offset += 1;
        }
        split.push(Piece::Bytes(part));
    }
    split
}

fn cut(pieces: Vec<Piece>, most: usize) -> Vec<Piece> {
    let mut left = most;
    let mut kept = Vec::new();
    for piece in pieces {
        let Piece::Bytes(mut bytes) = piece else {
            kept.push(piece);
            continue;
        };
        let ends = bytes.len() > left;
        bytes.truncate(left);
        left -= bytes.len();
        if !bytes.is_empty() {
            kept.push(Piece::Bytes(bytes));
        }
        if ends {
            break;
        }
    }
    kept
}
