//! Where places are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MOUSE, PLAIN, SCREEN, done, unclear};
use crate::computer::{Action, Point, Viewport};
use crate::model::vocabulary::{Coordinates, Dialect, Wheel, read};

fn clicked(dialect: &Dialect, call: Value) -> Point {
    match done(dialect, "click", call.clone()).as_slice() {
        [Action::Click { coordinates }] => *coordinates,
        other => panic!("{call}: {other:?}"),
    }
}

#[test]
fn a_place_is_written_in_many_ways() {
    for call in [
        json!({ "coordinate": [100, 200] }),
        json!({ "coordinates": [100.2, 199.8] }),
        json!({ "coordinate": ["100", "200"] }),
        json!({ "coordinate": [[100, 200]] }),
        json!({ "coordinate": { "x": 100, "y": 200 } }),
        json!({ "coordinate": { "y": 200, "x": 100 } }),
        json!({ "coordinate": [{ "x": 100, "y": 200 }] }),
        json!({ "coordinate": { "x": [100, 200] } }),
        json!({ "coordinate": "100,200" }),
        json!({ "coordinate": "(100, 200)" }),
        json!({ "coordinate": "[100, 200]" }),
        json!({ "coordinate": "x=100, y=200" }),
        json!({ "coordinate": [90, 190, 110, 210] }),
        json!({ "coordinate": [[90, 190], [110, 210]] }),
        json!({ "position": { "point": [100, 200] } }),
        json!({ "point": "<point>100 200</point>" }),
        json!({ "start_box": "<|box_start|>(100,200)<|box_end|>" }),
        json!({ "start_box": "<|box_start|>(90,190),(110,210)<|box_end|>" }),
        json!({ "start_box": "<bbox>90 190 110 210</bbox>" }),
        json!({ "startBox": "[90, 190, 110, 210]" }),
        json!({ "bbox": { "x1": 90, "y1": 190, "x2": 110, "y2": 210 } }),
        json!({ "box": { "left": 90, "top": 190, "right": 110, "bottom": 210 } }),
        json!({ "box": { "x": 90, "y": 190, "width": 20, "height": 20 } }),
        json!({ "x": 100, "y": 200 }),
        json!({ "X": "100", "Y": "200px" }),
        json!({ "x": [100, 200] }),
        json!({ "x": "100, 200" }),
        json!({ "x": [100, 200], "y": 200 }),
        json!({ "x1": 90, "y1": 190, "x2": 110, "y2": 210 }),
        json!({ "x1": 100, "y1": 200 }),
        json!({ "position": "top left", "x": 100, "y": 200 }),
        json!({ "location": "header", "point": [100, 200] }),
    ] {
        assert_eq!(clicked(&PLAIN, call.clone()), Point(100.0, 200.0), "{call}");
    }
}

#[test]
fn places_are_scaled_to_the_screen() {
    let picture = Coordinates::Pixels(Viewport { width: 640, height: 360 });
    for (coordinates, call, point) in [
        (picture, json!([100, 200]), Point(200.0, 400.0)),
        (picture, json!([0, 0]), Point(0.0, 0.0)),
        (picture, json!([640, 360]), Point(1279.0, 719.0)),
        (Coordinates::Parts(1000), json!([500, 500]), Point(640.0, 360.0)),
        (Coordinates::Parts(999), json!([999, 999]), Point(1279.0, 719.0)),
        (Coordinates::Parts(1000), json!([0.5, 0.25]), Point(640.0, 180.0)),
        (Coordinates::Parts(1), json!([1, 0]), Point(1279.0, 0.0)),
    ] {
        let dialect = Dialect { coordinates, ..PLAIN };
        assert_eq!(clicked(&dialect, json!({ "coordinate": call })), point, "{coordinates:?} {call}");
    }
}

#[test]
fn a_place_off_the_screen_by_a_hair_is_on_its_edge() {
    assert_eq!(clicked(&PLAIN, json!({ "coordinate": [1285, -3] })), Point(1279.0, 0.0));
    let parts = Dialect { coordinates: Coordinates::Parts(999), ..PLAIN };
    assert_eq!(clicked(&parts, json!({ "coordinate": [1000, 1000] })), Point(1279.0, 719.0));
    for (call, why) in [
        (json!({ "coordinate": [1500, 20] }), "[1500, 20] is off the screen: right is [x, y] with x from 0 to 1280 and y from 0 to 720"),
        (json!({ "x": 5, "y": -100 }), "off the screen"),
        (json!({ "coordinate": [1e300, 1e300] }), "off the screen"),
        (json!({ "coordinate": [f64::MAX, f64::MAX, f64::MAX, f64::MAX] }), "off the screen"),
        (json!({ "coordinate": ["NaN", "inf"] }), "cannot be read"),
        (json!({ "coordinate": [1] }), "the place in \"coordinate\" cannot be read: right is [x, y] with"),
        (json!({ "coordinate": [1, 2, 3] }), "cannot be read"),
        (json!({ "coordinate": "the button" }), "cannot be read"),
        (json!({ "coordinate": true }), "cannot be read"),
        (json!({ "x": 1 }), "the place in \"y\" cannot be read"),
        (json!({ "y": 1 }), "the place in \"x\" cannot be read"),
        (json!({ "x": "left", "y": 1 }), "the place in \"x\" cannot be read"),
    ] {
        let text = unclear("click", call.clone());
        assert!(text.contains(why), "{call}: {text}");
    }
}

#[test]
fn a_screen_of_no_size_harms_nothing() {
    let none = Viewport { width: 0, height: 0 };
    for coordinates in [Coordinates::Pixels(none), Coordinates::Parts(0)] {
        let dialect = Dialect { coordinates, viewport: none, ..PLAIN };
        assert_eq!(clicked(&dialect, json!({ "coordinate": [0, 0] })), Point(0.0, 0.0));
    }
}

proptest! {
    /// What is asked for and what is clicked is the same place, as exactly as both can tell it.
    #[test]
    fn places_survive_the_way_to_the_screen(
        (width, height) in (1_u32..4000, 1_u32..4000),
        (across, down) in (1_u32..4000, 1_u32..4000),
        in_pixels: bool,
        (x, y) in (0.0..=1.0_f64, 0.0..=1.0_f64),
    ) {
        let coordinates = if in_pixels { Coordinates::Pixels(Viewport { width: across, height: down }) } else { Coordinates::Parts(across) };
        let (across, down) = (f64::from(across), f64::from(if in_pixels { down } else { across }));
        let viewport = Viewport { width, height };
        let dialect = Dialect { coordinates, wheel: Wheel::Notches, viewport, mouse: MOUSE, clicks_at_mouse: false };
        let (x, y) = ((x * across).round(), (y * down).round());
        let Point(at_x, at_y) = clicked(&dialect, json!({ "coordinate": [x, y] }));
        prop_assert!((0.0..f64::from(width)).contains(&at_x) && (0.0..f64::from(height)).contains(&at_y));
        let back = (at_x * across / f64::from(width), at_y * down / f64::from(height));
        // A pixel of the screen, in units of the model: half of it is rounded off, or all at the edge.
        let exact = (across / f64::from(width), down / f64::from(height));
        prop_assert!((back.0 - x).abs() <= exact.0 * 1.0001 && (back.1 - y).abs() <= exact.1 * 1.0001, "{x},{y} {back:?} {exact:?}");
    }

    #[test]
    fn every_place_that_is_clicked_is_on_the_screen(numbers in prop::collection::vec(prop::num::f64::ANY, 0..6)) {
        if let Ok(said) = read("click", &super::members(json!({ "coordinate": numbers })), &PLAIN) {
            let text = format!("{said:?}");
            let super::Said::Do(actions) = said else { panic!("{text}") };
            let [Action::Click { coordinates: Point(x, y) }] = actions[..] else { panic!("{text}") };
            prop_assert!((0.0..f64::from(SCREEN.width)).contains(&x) && (0.0..f64::from(SCREEN.height)).contains(&y), "{text}");
        }
    }
}
