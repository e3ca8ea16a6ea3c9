//! What a model is given as functions of its own, as no tool of its API does it.

use serde_json::{Value, json};

/// A function that a model may call.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// For the model.
    pub(crate) description: &'static str,
    /// The JSON schema of its arguments.
    pub(crate) parameters: Value,
}

/// What a tool that is a mouse and a keyboard lacks: the screen shows the page alone, without
/// an address bar and buttons of a browser, and an end without success has to be told apart.
pub(crate) fn beside_a_computer() -> Vec<Function> {
    vec![navigate(), back(), give_up()]
}

fn navigate() -> Function {
    Function {
        name: "navigate",
        description: "Open an address in the browser. There is no address bar on the screen.",
        parameters: members(
            json!({ "url": { "type": "string", "description": "A whole address, such as https://example.com/" } }),
            &["url"],
        ),
    }
}

fn back() -> Function {
    Function { name: "back", description: "Go back to the page before this one.", parameters: members(json!({}), &[]) }
}

fn give_up() -> Function {
    Function {
        name: "give_up",
        description: "End the task because it cannot be done.",
        parameters: members(json!({ "reason": { "type": "string", "description": "Why, in plain words for the person" } }), &["reason"]),
    }
}

/// The schema of an object with these members and no others.
fn members(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
