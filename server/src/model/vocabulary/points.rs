//! Places: how models write them, and where on the screen they are.

use serde_json::Value;

use super::members::{Members, shown, squashed};
use super::{Coordinates, Dialect, Unclear};
use crate::computer::{Point, Viewport};

/// The place of an action that has one.
const PLACE: &[&str] = &[
    "coordinate",
    "coordinates",
    "position",
    "point",
    "location",
    "startbox",
    "box",
    "bbox",
    "boundingbox",
    "startpoint",
    "startcoordinate",
    "coord",
    "coords",
    "pos",
    "xy",
    "center",
    "at",
    "start",
];
const START: &[&str] = &[
    "startcoordinate",
    "startcoordinates",
    "start",
    "startbox",
    "startpoint",
    "startposition",
    "from",
    "fromcoordinate",
    "source",
    "origin",
];
const END: &[&str] = &[
    "endcoordinate",
    "endcoordinates",
    "end",
    "endbox",
    "endpoint",
    "endposition",
    "to",
    "tocoordinate",
    "destination",
    "target",
    "targetcoordinate",
];
const PLACE_PAIRS: &[(&str, &str)] = &[("x", "y"), ("x1", "y1"), ("startx", "starty"), ("fromx", "fromy")];
const START_PAIRS: &[(&str, &str)] = &[("startx", "starty"), ("x1", "y1"), ("fromx", "fromy"), ("sourcex", "sourcey")];
const END_PAIRS: &[(&str, &str)] =
    &[("endx", "endy"), ("x2", "y2"), ("tox", "toy"), ("destinationx", "destinationy"), ("destx", "desty"), ("targetx", "targety")];
/// The place of a drag that is called neither its start nor its end.
const PLAIN_PLACE: &[&str] = &["coordinate", "coordinates", "position", "point", "location"];
const PATH: &[&str] = &["path", "points", "trajectory", "waypoints"];
/// Names for parts of a page, which a screen does not have.
const ELEMENT: &[&str] =
    &["index", "element", "elementid", "elementindex", "ref", "selector", "xpath", "uid", "nodeid", "label", "target", "mark", "markid"];

/// Numbers looked at in one value; a path may be long.
const MOST_NUMBERS: usize = 1000;
const DEPTH: u8 = 6;
/// So far off the screen a place may be, as a part of the side, and still be meant on its edge.
const HAIR: f64 = 0.02;

impl Dialect {
    /// The place of a call, `None` when it has none.
    pub(super) fn place(&self, members: &Members) -> Result<Option<Point>, Unclear> {
        if let (Some(Point(left, top)), Some(Point(right, bottom))) = (self.pair(members, "x1", "y1")?, self.pair(members, "x2", "y2")?) {
            return Ok(Some(Point(f64::midpoint(left, right), f64::midpoint(top, bottom))));
        }
        let place = self.called(members, PLACE, PLACE_PAIRS)?;
        if place.is_none() && members.first(ELEMENT).is_some() {
            let right = self.right_place();
            return Err(Unclear(format!("the screen is a picture, without elements to name: say where with `coordinate`, as {right}")));
        }
        Ok(place)
    }

    /// The places that a drag leads over.
    pub(super) fn path(&self, members: &Members) -> Result<Vec<Point>, Unclear> {
        if let Some(path) = self.long_path(members, PATH)? {
            return Ok(path);
        }
        let plain = || self.called(members, PLAIN_PLACE, &[("x", "y")]);
        let (start, end) = match (self.called(members, START, START_PAIRS)?, self.called(members, END, END_PAIRS)?) {
            (Some(start), None) => (start, plain()?),
            (None, Some(end)) => (plain()?.unwrap_or(self.mouse), Some(end)),
            (None, None) => match self.long_path(members, PLAIN_PLACE)? {
                Some(path) => return Ok(path),
                None => (self.mouse, plain()?),
            },
            (Some(start), end) => (start, end),
        };
        let missing = || Unclear(format!("a drag needs `start` and `end`, each as {}", self.right_place()));
        Ok(vec![start, end.ok_or_else(missing)?])
    }

    /// The first of these members that holds more than one place.
    fn long_path(&self, members: &Members, names: &[&'static str]) -> Result<Option<Vec<Point>>, Unclear> {
        let read = members.first(names).map(|(name, value)| (name, numbers(value)));
        let Some((name, numbers)) = read.filter(|(_, numbers)| numbers.len() > 2) else { return Ok(None) };
        if numbers.len() > MOST_NUMBERS {
            return Err(Unclear(format!("the path is too long: at most {} places", MOST_NUMBERS / 2)));
        }
        numbers.chunks(2).map(|pair| self.point(name, pair)).collect::<Result<_, _>>().map(Some)
    }

    /// The place that has one of these names, or is a pair of members with some of those. Others
    /// of the names may hold words.
    fn called(&self, members: &Members, names: &[&'static str], pairs: &[(&'static str, &'static str)]) -> Result<Option<Point>, Unclear> {
        let there = names.iter().filter_map(|name| Some((*name, numbers(members.get(name)?))));
        let unreadable = match there.clone().find(|(_, numbers)| numbers.len() > 1) {
            Some((name, numbers)) => return self.point(name, &numbers).map(Some),
            None => there.map(|(name, _)| self.unreadable(name)).next(),
        };
        match pairs.iter().find(|(x, y)| members.get(x).or(members.get(y)).is_some()) {
            Some((x, y)) => self.pair(members, x, y),
            None => unreadable.map_or(Ok(None), Err),
        }
    }

    /// A place whose sides are members of their own.
    fn pair(&self, members: &Members, x: &'static str, y: &'static str) -> Result<Option<Point>, Unclear> {
        let (across, down) = (members.get(x).map(numbers), members.get(y).map(numbers));
        match (across.as_deref(), down.as_deref()) {
            (None, None) => Ok(None),
            // A slip of some: `"x": [x, y]`.
            (Some(both @ [_, _, ..]), _) => self.point(x, both).map(Some),
            (Some(&[across]), Some(&[down])) => self.point(x, &[across, down]).map(Some),
            (Some(_), Some([_])) => Err(self.unreadable(x)),
            (Some(_), _) => Err(self.unreadable(y)),
            (None, Some(_)) => Err(self.unreadable(x)),
        }
    }

    /// Two numbers, or the four of a box, of which the middle is meant.
    fn point(&self, name: &str, numbers: &[f64]) -> Result<Point, Unclear> {
        match *numbers {
            [x, y] => self.on_screen(x, y),
            [left, top, right, bottom] => self.on_screen(f64::midpoint(left, right), f64::midpoint(top, bottom)),
            _ => Err(self.unreadable(name)),
        }
    }

    fn on_screen(&self, x: f64, y: f64) -> Result<Point, Unclear> {
        let (across, down) = self.sides();
        let Viewport { width, height } = self.viewport;
        // Parts of 1, whatever was asked for.
        let are_parts = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) && (x.fract() != 0.0 || y.fract() != 0.0);
        let (x, y) = if are_parts { (x * across, y * down) } else { (x, y) };
        let scaled = |value: f64, side: f64, screen: u32| {
            let part = value / side;
            let last = f64::from(screen.max(1) - 1);
            (-HAIR..=1.0 + HAIR).contains(&part).then(|| (part * f64::from(screen)).round().clamp(0.0, last) + 0.0)
        };
        match (scaled(x, across, width), scaled(y, down, height)) {
            (Some(x), Some(y)) => Ok(Point(x, y)),
            _ => Err(Unclear(format!("the place [{x}, {y}] is off the screen: right is {}", self.right_place()))),
        }
    }

    /// What places go up to, across and down.
    fn sides(&self) -> (f64, f64) {
        let (across, down) = match self.coordinates {
            Coordinates::Pixels(Viewport { width, height }) => (width, height),
            Coordinates::Parts(parts) => (parts, parts),
        };
        (f64::from(across.max(1)), f64::from(down.max(1)))
    }

    /// A way in units of places, in CSS pixels.
    pub(super) fn in_places(&self, across: f64, down: f64) -> (f64, f64) {
        let sides = self.sides();
        (across * f64::from(self.viewport.width) / sides.0, down * f64::from(self.viewport.height) / sides.1)
    }

    /// A way in pixels, in CSS pixels.
    pub(super) fn in_pixels(&self, across: f64, down: f64) -> (f64, f64) {
        match self.coordinates {
            Coordinates::Pixels(_) => self.in_places(across, down),
            Coordinates::Parts(_) => (across, down),
        }
    }

    fn unreadable(&self, name: &str) -> Unclear {
        Unclear(format!("the place in {} cannot be read: right is {}", shown(name), self.right_place()))
    }

    /// How a place is written.
    pub(super) fn right_place(&self) -> String {
        let (across, down) = self.sides();
        format!("[x, y] with x from 0 to {across} and y from 0 to {down}")
    }
}

/// The numbers of a place or a path, however they are nested and wrapped in text.
fn numbers(value: &Value) -> Vec<f64> {
    let mut found = Vec::new();
    collect(value, DEPTH, &mut found);
    found
}

fn collect(value: &Value, depth: u8, found: &mut Vec<f64>) {
    if depth == 0 || found.len() > MOST_NUMBERS {
        return;
    }
    match value {
        Value::Number(number) => found.extend(number.as_f64().filter(|number| number.is_finite())),
        Value::String(text) => in_text(text, found),
        Value::Array(values) => values.iter().for_each(|value| collect(value, depth - 1, found)),
        Value::Object(members) => {
            let get = |names: &[&str]| members.iter().find(|(name, _)| names.contains(&squashed(name).as_str())).map(|(_, value)| value);
            let sides = [get(&["x", "x1", "left", "xmin"]), get(&["y", "y1", "top", "ymin"])];
            let far = [get(&["x2", "right", "xmax"]), get(&["y2", "bottom", "ymax"])];
            let before = found.len();
            sides.into_iter().chain(far).flatten().for_each(|value| collect(value, depth - 1, found));
            if let (&[x, y], Some(size)) = (found.get(before..).unwrap_or_default(), get(&["width", "w"]).zip(get(&["height", "h"]))) {
                let mut size_found = Vec::new();
                collect(size.0, depth - 1, &mut size_found);
                collect(size.1, depth - 1, &mut size_found);
                if let [width, height] = size_found[..] {
                    found.extend([x + width, y + height]);
                }
            }
            if before == found.len() {
                members.values().for_each(|value| collect(value, depth - 1, found));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// `(1, 2)`, `<point>1 2</point>`, `<|box_start|>(1,2)<|box_end|>`, `x=1, y=2`.
fn in_text(text: &str, found: &mut Vec<f64>) {
    let parts = text.split(|character: char| !(character.is_ascii_digit() || matches!(character, '.' | '-')));
    let numbers = parts.filter_map(|part| part.trim_end_matches('.').parse().ok()).filter(|number: &f64| number.is_finite());
    found.extend(numbers.take(MOST_NUMBERS));
}
