//! How far the wheel is turned.

use super::members::{Members, shown, squashed};
use super::names::Axis;
use super::{Dialect, Unclear, Wheel};

const DIRECTION: &[&str] = &["direction", "scrolldirection", "dir"];
const ACROSS: &[&str] = &["scrollx", "deltax", "dx", "xscroll", "horizontal"];
const DOWN: &[&str] = &["scrolly", "deltay", "dy", "yscroll", "vertical"];
const PIXELS: &[&str] = &["pixels", "px", "distance", "scrollpixels", "numpixels"];
/// The name of pyautogui, where the wheel turns up.
const CLICKS: &[&str] = &["clicks"];
const NOTCHES: &[&str] = &["ticks", "notches", "numclicks", "wheelclicks", "scrollclicks", "steps", "times"];
const PAGES: &[&str] = &["pages", "numpages"];
/// In the units of places.
const PLACES: &[&str] = &["magnitude"];
const AMOUNT: &[&str] = &["amount", "scrollamount", "value", "by", "delta", "offset", "wheelamount", "step", "length", "units"];

/// CSS pixels of a notch.
const NOTCH: f64 = 100.0;
/// Notches, if nothing is said.
const USUAL: f64 = 5.0;
/// Nobody scrolls so few pixels, or so many notches: the other unit is meant.
const FEWEST_PIXELS: f64 = 20.0;
const MOST_NOTCHES: f64 = 100.0;
/// CSS pixels; more is the end of any page.
const FARTHEST: f64 = 100_000.0;

/// CSS pixels to the right and down.
pub(super) fn way(axis: Axis, members: &Members, dialect: &Dialect) -> Result<(f64, f64), Unclear> {
    let (across, down) = match direction(axis, members)? {
        Some((right, down)) => {
            let amount = amount(members, dialect).map_or(USUAL * NOTCH, |(amount, _)| amount.abs());
            (right * amount, down * amount)
        }
        None => without_direction(axis, members, dialect)?,
    };
    if across == 0.0 && down == 0.0 {
        return Err(Unclear("a scroll of 0 does nothing: give `direction` (up, down, left, right) and `amount`".to_owned()));
    }
    // No zero with a sign, which would be seen in the event.
    let limited = |way: f64| way.round().clamp(-FARTHEST, FARTHEST) + 0.0;
    Ok((limited(across), limited(down)))
}

fn direction(axis: Axis, members: &Members) -> Result<Option<(f64, f64)>, Unclear> {
    let Some(direction) = members.text(DIRECTION).filter(|text| !text.trim().is_empty()) else {
        return Ok(match axis {
            Axis::Way(right, down) => Some((right, down)),
            Axis::Vertical | Axis::Horizontal => None,
        });
    };
    match squashed(&direction).trim_start_matches("scroll").trim_end_matches('s').trim_end_matches("ward") {
        "up" => Ok(Some((0.0, -1.0))),
        "down" => Ok(Some((0.0, 1.0))),
        "left" => Ok(Some((-1.0, 0.0))),
        "right" => Ok(Some((1.0, 0.0))),
        _ => Err(Unclear(format!("there is no direction {}: right are up, down, left, right", shown(&direction)))),
    }
}

fn without_direction(axis: Axis, members: &Members, dialect: &Dialect) -> Result<(f64, f64), Unclear> {
    let (across, down) = (members.number(ACROSS), members.number(DOWN));
    if across.is_some() || down.is_some() {
        let (across, down) = (across.unwrap_or_default(), down.unwrap_or_default());
        return Ok(match dialect.wheel {
            Wheel::PixelsDown => dialect.in_pixels(across, down),
            Wheel::PixelsUp => dialect.in_pixels(across, -down),
            Wheel::Notches if across.abs().max(down.abs()) < MOST_NOTCHES => (across * NOTCH, down * NOTCH),
            Wheel::Notches => dialect.in_pixels(across, down),
        });
    }
    let missing = || Unclear("how far to scroll is not said: give `direction` (up, down, left, right) and `amount`".to_owned());
    let (amount, is_up) = amount(members, dialect).ok_or_else(missing)?;
    Ok(match axis {
        Axis::Horizontal => (amount, 0.0),
        _ if is_up => (0.0, -amount),
        _ => (0.0, amount),
    })
}

/// CSS pixels, and whether a positive number is up.
fn amount(members: &Members, dialect: &Dialect) -> Option<(f64, bool)> {
    let is_up = dialect.wheel == Wheel::PixelsUp;
    let pixels = |number: f64| (dialect.in_pixels(0.0, number).1, is_up);
    if let Some(number) = members.number(PIXELS) {
        return Some(pixels(number));
    }
    if let Some(number) = members.number(CLICKS) {
        return Some((number * NOTCH, true));
    }
    if let Some(number) = members.number(NOTCHES) {
        return Some((number * NOTCH, is_up));
    }
    if let Some(number) = members.number(PAGES) {
        return Some((number * f64::from(dialect.viewport.height), is_up));
    }
    if let Some(number) = members.number(PLACES) {
        return Some((dialect.in_places(0.0, number).1, is_up));
    }
    let number = members.number(AMOUNT)?;
    let most_notches = if dialect.wheel == Wheel::Notches { MOST_NOTCHES } else { FEWEST_PIXELS };
    Some(if number.abs() < most_notches { (number * NOTCH, is_up) } else { pixels(number) })
}
