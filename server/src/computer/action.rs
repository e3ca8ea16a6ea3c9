//! The one vocabulary of actions, as it stands in `action` events.

use serde::{Deserialize, Serialize};

/// A place on the screen in CSS pixels from its upper left corner; `[x, y]` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point(pub f64, pub f64);

/// Something done with the mouse, the keyboard or the address bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Open an address, as if typed into the address bar.
    Navigate {
        /// An absolute `http:` or `https:` URL.
        url: String,
    },
    /// Go back one page in the history.
    Back,
    /// Go forward one page in the history, after going back.
    Forward,
    /// Load the page again.
    Reload,
    /// Press and release the left button.
    Click {
        /// Where.
        coordinates: Point,
    },
    /// A click while modifier keys are held, as to select one more or all up to here.
    ClickHolding {
        /// Where.
        coordinates: Point,
        /// Of `Alt`, `Control`, `Meta`, `Shift`.
        keys: Vec<String>,
    },
    /// Two clicks that the page sees as a double click.
    DoubleClick {
        /// Where.
        coordinates: Point,
    },
    /// Three clicks in a row, which select a paragraph or all of a field.
    TripleClick {
        /// Where.
        coordinates: Point,
    },
    /// Press and release the right button.
    RightClick {
        /// Where.
        coordinates: Point,
    },
    /// Press and release the middle button, the wheel.
    MiddleClick {
        /// Where.
        coordinates: Point,
    },
    /// Press the left button at the first point, move over the others, release at the last.
    Drag {
        /// At least two points.
        path: Vec<Point>,
    },
    /// Move the mouse without pressing.
    Move {
        /// Where to.
        coordinates: Point,
    },
    /// Type text into whatever has the focus; a line break presses Enter.
    Type {
        /// The text.
        text: String,
    },
    /// Press keys together, held in order: `["Control", "a"]`, `["Enter"]`.
    Keys {
        /// Names of the UI Events `key` values, modifiers first.
        keys: Vec<String>,
    },
    /// Turn the mouse wheel; positive is down and right.
    Scroll {
        /// Where the mouse is while the wheel turns.
        coordinates: Point,
        /// CSS pixels across.
        #[serde(default)]
        delta_x: f64,
        /// CSS pixels down.
        #[serde(default)]
        delta_y: f64,
    },
    /// Do nothing for a while.
    Wait {
        /// Milliseconds.
        ms: u64,
    },
    /// Look again without doing anything.
    Screenshot,
}
