//! What models call their actions, and where they put them: every spelling onto [`Action`].
//!
//! An adapter gives a call as the model wrote it, and a [`Dialect`] for its numbers.

mod deeds;
mod keys;
mod lenient;
mod members;
mod names;
mod points;
mod scroll;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

use self::members::Members;
use crate::computer::{Action, Point, Viewport};

/// Units and frame of the numbers that a model gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dialect {
    /// What places are counted in.
    pub(crate) coordinates: Coordinates,
    /// What turns of the wheel are counted in.
    pub(crate) wheel: Wheel,
    /// The screen that places are meant for.
    pub(crate) viewport: Viewport,
    /// Where the mouse is, in CSS pixels: for calls without a place. Before it has moved, the
    /// middle of the screen serves.
    pub(crate) mouse: Point,
    /// Whether a click without a place is one where the mouse is; else its place is missing.
    pub(crate) clicks_at_mouse: bool,
}

/// What places are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coordinates {
    /// Pixels of a picture of this size, which shows the whole viewport.
    Pixels(Viewport),
    /// Parts of each side, from 0 to this: 999, 1000.
    Parts(u32),
}

/// What turns of the wheel are counted in, where their name does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wheel {
    /// Pixels of the picture (CSS pixels, if places are in parts); positive is down.
    PixelsDown,
    /// The same; positive is up.
    PixelsUp,
    /// Notches of a wheel, each 100 CSS pixels; positive is down.
    Notches,
}

/// What a call says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Do these, in order; at least one.
    Do(Vec<Action>),
    /// The task is done; the answer may be empty.
    Done(String),
    /// The task cannot be done; why may be empty.
    Failed(String),
}

/// Why a call cannot be read, for the model: what was wrong, where, what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unclear(pub(crate) String);

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a call. `name` is that of the function or action; where it is none of an action
/// (`computer`, an empty one), the members say which.
pub(crate) fn read(name: &str, members: &Map<String, Value>, dialect: &Dialect) -> Result<Said, Unclear> {
    let members = Members::new(members);
    deeds::said(names::verb(name, &members)?, &members, dialect)
}

/// One object out of text that a model wrote, however it is wrapped and spelled: the first
/// that has members. Blank text is an empty object, as some models call without arguments.
pub(crate) fn object(text: &str) -> Result<Map<String, Value>, Unclear> {
    lenient::object(text)
}
