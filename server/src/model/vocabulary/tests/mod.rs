//! What models say, and what is understood.

mod any;
mod keyboard;
mod lenient;
mod mouse;
mod others;
mod places;
mod wheel;

use serde_json::{Map, Value};

use super::{Coordinates, Dialect, Said, Wheel, read};
use crate::computer::{Action, Point, Viewport};

const SCREEN: Viewport = Viewport { width: 1280, height: 720 };
const MOUSE: Point = Point(600.0, 300.0);
/// Pixels of the screen itself.
const PLAIN: Dialect =
    Dialect { coordinates: Coordinates::Pixels(SCREEN), wheel: Wheel::PixelsDown, viewport: SCREEN, mouse: MOUSE, clicks_at_mouse: false };

fn members(members: Value) -> Map<String, Value> {
    let Value::Object(members) = members else { panic!("{members} is no object") };
    members
}

/// What is done at such a call.
fn done(dialect: &Dialect, name: &str, call: Value) -> Vec<Action> {
    match read(name, &members(call.clone()), dialect) {
        Ok(Said::Do(actions)) => actions,
        other => panic!("{name} {call}: {other:?}"),
    }
}

/// Why such a call is unclear.
fn unclear(name: &str, call: Value) -> String {
    match read(name, &members(call.clone()), &PLAIN) {
        Err(why) => why.to_string(),
        Ok(said) => panic!("{name} {call}: {said:?}"),
    }
}

fn keys(names: &[&str]) -> Action {
    Action::Keys { keys: names.iter().map(|name| (*name).to_owned()).collect() }
}

fn write(text: &str) -> Action {
    Action::Type { text: text.to_owned() }
}

fn open(url: &str) -> Action {
    Action::Navigate { url: url.to_owned() }
}
