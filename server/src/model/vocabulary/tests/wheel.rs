//! Turns of the wheel.

use serde_json::{Value, json};

use super::{MOUSE, PLAIN, done, unclear};
use crate::computer::{Action, Point, Viewport};
use crate::model::vocabulary::{Coordinates, Dialect, Wheel};

fn scrolled(wheel: Wheel, name: &str, call: &Value) -> (Point, f64, f64) {
    match done(&Dialect { wheel, ..PLAIN }, name, call.clone()).as_slice() {
        [Action::Scroll { coordinates, delta_x, delta_y }] => (*coordinates, *delta_x, *delta_y),
        other => panic!("{name} {call}: {other:?}"),
    }
}

#[test]
fn names_and_dialects_say_which_way_and_in_what() {
    use Wheel::{Notches, PixelsDown, PixelsUp};
    for (wheel, name, call, way) in [
        (PixelsDown, "scroll", json!({ "scroll_x": 0, "scroll_y": 300 }), (0.0, 300.0)),
        (PixelsDown, "scroll", json!({ "scrollX": -5, "scrollY": 300 }), (-5.0, 300.0)),
        (PixelsDown, "scroll", json!({ "delta_x": 0, "delta_y": -300 }), (0.0, -300.0)),
        (PixelsDown, "mouse_wheel", json!({ "dx": 30, "dy": 40 }), (30.0, 40.0)),
        (PixelsUp, "scroll", json!({ "dy": 300 }), (0.0, -300.0)),
        (Notches, "scroll", json!({ "dy": -3 }), (0.0, -300.0)),
        (Notches, "scroll", json!({ "dy": 300 }), (0.0, 300.0)),
        (PixelsUp, "scroll", json!({ "pixels": 300 }), (0.0, -300.0)),
        (PixelsUp, "scroll", json!({ "pixels": -300 }), (0.0, 300.0)),
        (PixelsUp, "scroll", json!({ "pixels": "-300px" }), (0.0, 300.0)),
        (PixelsUp, "hscroll", json!({ "pixels": 300 }), (300.0, 0.0)),
        (PixelsDown, "scroll", json!({ "pixels": 300 }), (0.0, 300.0)),
        (PixelsUp, "scroll", json!({ "pixels": -300, "direction": "down" }), (0.0, 300.0)),
        (Notches, "scroll", json!({ "scroll_direction": "down", "scroll_amount": 3 }), (0.0, 300.0)),
        (Notches, "scroll", json!({ "scroll_direction": "UP", "scroll_amount": "2" }), (0.0, -200.0)),
        (Notches, "scroll", json!({ "direction": "left", "amount": 1 }), (-100.0, 0.0)),
        (Notches, "scroll", json!({ "direction": "right", "clicks": 1 }), (100.0, 0.0)),
        (Notches, "scroll", json!({ "direction": "scroll_down", "ticks": 1 }), (0.0, 100.0)),
        (Notches, "scroll", json!({ "direction": "downwards", "amount": 500 }), (0.0, 500.0)),
        (Notches, "scroll", json!({ "clicks": -5 }), (0.0, 500.0)),
        (Notches, "scroll", json!({ "amount": -5 }), (0.0, -500.0)),
        (Notches, "scroll", json!({ "pixels": 50 }), (0.0, 50.0)),
        (PixelsDown, "scroll", json!({ "direction": "down", "amount": 400 }), (0.0, 400.0)),
        (PixelsDown, "scroll", json!({ "direction": "down", "amount": 3 }), (0.0, 300.0)),
        (PixelsDown, "scroll", json!({ "direction": "down", "pages": 1 }), (0.0, 720.0)),
        (PixelsDown, "scroll", json!({ "direction": "down" }), (0.0, 500.0)),
        (PixelsDown, "scroll_document", json!({ "direction": "up" }), (0.0, -500.0)),
        (PixelsDown, "scroll_down", json!({}), (0.0, 500.0)),
        (PixelsDown, "scrollUp", json!({ "amount": 200 }), (0.0, -200.0)),
        (PixelsDown, "scroll", json!({ "dy": 1e300 }), (0.0, 100_000.0)),
    ] {
        assert_eq!(scrolled(wheel, name, &call), (MOUSE, way.0, way.1), "{wheel:?} {name} {call}");
    }
}

#[test]
fn pixels_are_those_of_the_picture_and_magnitudes_parts_of_the_screen() {
    let half = Dialect { coordinates: Coordinates::Pixels(Viewport { width: 640, height: 360 }), ..PLAIN };
    let place = json!({ "x": 10, "y": 20, "scroll_x": 5, "scroll_y": 100 });
    let action = Action::Scroll { coordinates: Point(20.0, 40.0), delta_x: 10.0, delta_y: 200.0 };
    assert_eq!(done(&half, "scroll", place), [action]);
    let parts = Dialect { coordinates: Coordinates::Parts(1000), ..PLAIN };
    let far = json!({ "x": 500, "y": 500, "direction": "down", "magnitude": 500 });
    let action = Action::Scroll { coordinates: Point(640.0, 360.0), delta_x: 0.0, delta_y: 360.0 };
    assert_eq!(done(&parts, "scroll_at", far), [action]);
    let pixels = json!({ "coordinate": [500, 500], "scroll_y": 100 });
    let action = Action::Scroll { coordinates: Point(640.0, 360.0), delta_x: 0.0, delta_y: 100.0 };
    assert_eq!(done(&parts, "scroll", pixels), [action]);
}

#[test]
fn a_scroll_that_leads_nowhere_says_so() {
    for (call, why) in [
        (json!({}), "how far to scroll is not said: give `direction` (up, down, left, right) and `amount`"),
        (json!({ "direction": "sideways" }), "no direction \"sideways\": right are up, down, left, right"),
        (json!({ "scroll_y": 0 }), "a scroll of 0 does nothing"),
        (json!({ "direction": "down", "amount": 0 }), "a scroll of 0 does nothing"),
        (json!({ "scroll_y": "far" }), "how far to scroll"),
        (json!({ "scroll_y": 10, "coordinate": [9999, 1] }), "off the screen"),
    ] {
        let text = unclear("scroll", call.clone());
        assert!(text.contains(why), "{call}: {text}");
    }
}
