//! What a model is given as functions of its own, where no tool of its API does it.

use serde_json::{Map, Value, json};

/// A function that a model may call.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// For the model.
    pub(super) description: &'static str,
    /// The JSON schema of its arguments.
    pub(super) parameters: Value,
}

/// What a tool that is a mouse and a keyboard lacks: the screen shows the page alone, without
/// an address bar and buttons of a browser, and an end without success has to be told apart.
pub(super) fn beside_a_computer() -> Vec<Function> {
    vec![navigate(), back(), give_up()]
}

/// All that a model without a tool for computers needs. One that sees the screen may point at
/// places, others only at elements.
pub(super) fn instead_of_a_computer(sees: bool) -> Vec<Function> {
    let element = || json!({ "type": "integer", "description": "The number of an element, from the newest list" });
    let pixel = |side: &str| json!({ "type": "number", "description": format!("Pixels of the screenshot from its {side} edge; instead of an element") });
    let place = |element_name: &str, x: &str, y: &str| {
        let mut members = Map::from_iter([(element_name.to_owned(), element())]);
        if sees {
            members.extend([(x.to_owned(), pixel("left")), (y.to_owned(), pixel("upper"))]);
        }
        members
    };
    let with = |mut members: Map<String, Value>, more: Value| {
        members.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(members)
    };
    let flag = |description: &str| json!({ "type": "boolean", "description": description });
    let needed: &[&str] = if sees { &[] } else { &["element"] };
    let both: &[&str] = if sees { &[] } else { &["from_element", "to_element"] };
    let here = || place("element", "x", "y");
    vec![
        function(
            "click",
            "Click something.",
            with(
                here(),
                json!({
                    "button": { "type": "string", "enum": ["left", "right", "middle"], "description": "left unless it is said" },
                    "count": { "type": "integer", "enum": [1, 2, 3], "description": "2 is a double click; 1 unless it is said" },
                }),
            ),
            needed,
        ),
        function(
            "type",
            "Type text into a field: the one that is given, which is clicked first, or the one with the focus. To choose an option of a \
             combobox, type its name there and submit.",
            with(
                here(),
                json!({
                    "text": { "type": "string" },
                    "clear": flag("Replace what is in the field; false unless it is said"),
                    "submit": flag("Press Enter afterwards; false unless it is said"),
                }),
            ),
            &["text"],
        ),
        function(
            "press",
            "Press a key, or keys together.",
            json!({
                "keys": {
                    "type": "array", "items": { "type": "string" }, "minItems": 1,
                    "description": "Held in this order, such as [\"Control\", \"a\"] or [\"Enter\"]",
                },
            }),
            &["keys"],
        ),
        function(
            "scroll",
            "Scroll the page, or the part of it that an element is in.",
            with(
                here(),
                json!({
                    "direction": { "type": "string", "enum": ["up", "down", "left", "right"] },
                    "pages": { "type": "number", "description": "How many heights of the screen; about one half unless it is said" },
                }),
            ),
            &["direction"],
        ),
        function("hover", "Move the mouse onto something without a click.", Value::Object(here()), needed),
        function(
            "drag",
            "Drag something to somewhere with the left button.",
            with(place("from_element", "from_x", "from_y"), Value::Object(place("to_element", "to_x", "to_y"))),
            both,
        ),
        navigate(),
        back(),
        function(
            "wait",
            "Wait for the page.",
            json!({ "seconds": { "type": "number", "description": "At most 60; 1 unless it is said" } }),
            &[],
        ),
        function(
            "done",
            "End the task because it is done.",
            json!({ "answer": { "type": "string", "description": "All that was asked for, in plain words for the person" } }),
            &["answer"],
        ),
        give_up(),
    ]
}

fn navigate() -> Function {
    function(
        "navigate",
        "Open an address in the browser. There is no address bar on the screen.",
        json!({ "url": { "type": "string", "description": "A whole address, such as https://example.com/" } }),
        &["url"],
    )
}

fn back() -> Function {
    function("back", "Go back to the page before this one.", json!({}), &[])
}

fn give_up() -> Function {
    function(
        "give_up",
        "End the task because it cannot be done.",
        json!({ "reason": { "type": "string", "description": "Why, in plain words for the person" } }),
        &["reason"],
    )
}

/// One whose arguments are these members and no others.
fn function(name: &'static str, description: &'static str, members: Value, required: &[&str]) -> Function {
    let parameters = json!({ "type": "object", "properties": members, "required": required, "additionalProperties": false });
    Function { name, description, parameters }
}
