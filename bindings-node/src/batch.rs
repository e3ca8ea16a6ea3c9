//! Many events in few strings: making a string costs more than finding the end of an event in
//! a long one.
//!
//! Data crosses as it is. Parsing it, event by event, and what to say of data that cannot be
//! parsed, is JavaScript's part: it takes what `JSON.parse` takes.

use lightcone::sse::Frame;
use napi::{Env, JsString, bindgen_prelude::Result};
use napi_derive::napi;
use serde::Serialize;

/// Ends an event in a string where another follows. No data has a carriage return: lines end at it.
const END: char = '\r';

/// Data of this size and more has a string to itself, so that it is not copied to be joined.
const ALONE: usize = 4 << 10;

/// No more data than this is joined.
const LONGEST: usize = 64 << 10;

/// Events that cross together, one at least.
#[napi(object, object_from_js = false)]
pub struct Batch<'env> {
    /// The data of the events, in their order; where a text has more than one, a carriage return
    /// is between two, and nowhere else.
    pub texts: Vec<JsString<'env>>,
    /// As JSON: `ids` has the event id in force event by event, `names` the `event:` names, or
    /// nothing if there are none.
    pub positions: String,
    /// The place of the first event after which a task has ended.
    pub terminal: Option<u32>,
}

impl<'env> Batch<'env> {
    /// The frames made ready to cross; none of none.
    pub(crate) fn new(env: &'env Env, frames: &[Frame]) -> Result<Option<Self>> {
        if frames.is_empty() {
            return Ok(None);
        }
        let terminal = frames.iter().position(Frame::is_terminal).and_then(|place| u32::try_from(place).ok());
        Ok(Some(Self { texts: texts(env, frames)?, positions: positions(frames), terminal }))
    }
}

/// Text, until somebody asks: few programs do, and not of each event.
fn positions(frames: &[Frame]) -> String {
    #[derive(Serialize)]
    struct Positions<'a> {
        ids: Vec<Option<&'a str>>,
        names: Vec<Option<&'a str>>,
    }
    let named = if frames.iter().any(|frame| frame.event.is_some()) { frames } else { &[] };
    let positions = Positions {
        ids: frames.iter().map(|frame| frame.id.as_deref()).collect(),
        names: named.iter().map(|frame| frame.event.as_deref()).collect(),
    };
    // Strings always serialize.
    serde_json::to_string(&positions).unwrap_or_default()
}

fn texts<'env>(env: &'env Env, mut frames: &[Frame]) -> Result<Vec<JsString<'env>>> {
    let mut texts = Vec::new();
    while let Some((first, rest)) = frames.split_first() {
        if !is_joined(first) {
            texts.push(env.create_string(&*first.data)?);
            frames = rest;
            continue;
        }
        let mut joined = first.data.to_string();
        frames = rest;
        while let Some((next, rest)) = frames.split_first()
            && is_joined(next)
            && joined.len() < LONGEST
        {
            joined.push(END);
            joined.push_str(&next.data);
            frames = rest;
        }
        texts.push(env.create_string(joined)?);
    }
    Ok(texts)
}

fn is_joined(frame: &Frame) -> bool {
    frame.data.len() < ALONE
}
