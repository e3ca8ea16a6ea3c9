//! Any chat model with tools, over chat completions: `chat:MODEL@URL`.
//!
//! It needs no training for screens: the elements of the page come with numbers, and it acts
//! on them by number.

mod calls;
mod elements;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::elements::Elements;
use super::completions::{self, Answer, Pieces, without_thoughts};
use super::{Adapter, Call, Gather, Prose, Reply, Screen, Window, Wire, functions};
use crate::computer::{Point, Viewport};
use crate::model::driver::{Conversation, Shown, Turn};
use crate::model::picture;
use crate::model::vocabulary::{self, Coordinates, Dialect, Wheel};

/// Servers make larger pictures smaller, each in its own way, and places move with that.
const LARGEST_PICTURE: Viewport = Viewport { width: 1280, height: 800 };

/// One model of this API.
#[derive(Debug)]
pub(crate) struct Chat {
    model: String,
    /// Whether it is shown pictures.
    sees: bool,
}

impl Chat {
    pub(crate) fn new(model: &str, sees: bool) -> Self {
        Self { model: model.to_owned(), sees }
    }

    /// With the functions themselves, once the endpoint has refused to take them as tools.
    fn system(&self, talk: &Conversation<'_>, written: Option<&[Value]>) -> String {
        let Viewport { width, height } = talk.picture;
        let pointing = if self.sees {
            format!(" Where it has no number, point at it in the newest screenshot with `x` and `y`, in its {width} x {height} pixels.")
        } else {
            " You do not see the screen itself.".to_owned()
        };
        let mut text = format!(
            "{}\n\nAct by calling functions; a text alone does nothing. With each look you get a list of what is on the page, each line with its \
             number, as in [12] button \"Save\". Give that number as `element` to act on it; numbers hold for the newest list only.{pointing} \
             End the task with `done`, or with `give_up` if it cannot be done.",
            talk.instructions
        );
        if let Some(functions) = written {
            text.push_str(
                "\n\nCall a function by writing JSON as in {\"name\": \"click\", \"arguments\": {\"element\": 12}}. The functions:",
            );
            for function in functions {
                text.push_str(&format!("\n{function}"));
            }
        }
        text
    }

    /// The results of calls, then everything else as one message of the user.
    fn shown(&self, shown: &Shown, is_newest: bool) -> Vec<Value> {
        let (called, written): (Vec<_>, Vec<_>) = shown.outcomes.iter().partition(|outcome| !outcome.call.is_empty());
        let mut messages: Vec<Value> = called.into_iter().map(completions::tool_result).collect();
        let mut texts: Vec<String> = written.into_iter().map(|outcome| format!("{}: {}", outcome.name, outcome.text)).collect();
        texts.extend(shown.texts.iter().cloned());
        // Only the newest numbers mean anything.
        texts.extend(shown.page.as_deref().filter(|_| is_newest).map(|page| Elements::of(page).to_string().trim_end().to_owned()));
        match shown.picture.as_ref().filter(|_| self.sees) {
            Some(picture) => messages.extend(completions::user(texts.iter().map(String::as_str), Some(picture))),
            None if texts.is_empty() => {}
            // Servers of models that read text only know no parts.
            None => messages.push(json!({ "role": "user", "content": texts.join("\n\n") })),
        }
        messages
    }
}

impl Adapter for Chat {
    fn wire(&self) -> Wire {
        completions::WIRE
    }

    fn picture(&self, viewport: Viewport) -> Viewport {
        picture::within(viewport, LARGEST_PICTURE)
    }

    fn window(&self) -> Window {
        Window { most: 2, chunk: 1 }
    }

    fn prose(&self) -> Prose {
        Prose::Unclear
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        let functions: Vec<Value> = functions::instead_of_a_computer(self.sees)
            .into_iter()
            .map(|function| json!({ "name": function.name, "description": function.description, "parameters": function.parameters }))
            .collect();
        let takes_tools = talk.refused == 0;
        let mut messages = completions::opening(talk, &self.system(talk, (!takes_tools).then_some(&functions)));
        let newest = talk.turns.len().saturating_sub(1);
        for (at, turn) in talk.turns.iter().enumerate() {
            match &**turn {
                Turn::Shown(shown) => messages.extend(self.shown(shown, at == newest)),
                Turn::Said(spoken) => messages.push(spoken.echo.clone()),
            }
        }
        let mut body = completions::request(Some(&self.model), talk, messages);
        if takes_tools {
            // Whether to call one is left to the model: not every server can make it.
            let tools = functions.into_iter().map(|function| json!({ "type": "function", "function": function })).collect();
            body.insert("tools".to_owned(), tools);
        }
        Value::Object(body)
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let answer = Answer::read(answer)?;
        let elements = screen.page.map(Elements::of).unwrap_or_default();
        let dialect = Dialect {
            coordinates: Coordinates::Pixels(screen.picture),
            wheel: Wheel::PixelsDown,
            viewport: screen.viewport,
            // Only scrolling needs no place; in the middle it moves the page.
            mouse: Point(f64::from(screen.viewport.width) / 2.0, f64::from(screen.viewport.height) / 2.0),
            clicks_at_mouse: false,
        };
        let whole = without_thoughts(&answer.text).trim();
        let mut text = whole;
        let mut calls: Vec<Call> = answer
            .calls
            .iter()
            .map(|call| Call {
                id: call.id.clone(),
                name: call.name.clone(),
                said: vocabulary::object(&call.arguments).and_then(|members| calls::read(&call.name, members, &elements, &dialect)),
            })
            .collect();
        if calls.is_empty()
            && let Some(written) = calls::written(whole)
        {
            text = written.before;
            let said = calls::read(&written.name, written.members, &elements, &dialect);
            calls.push(Call { id: String::new(), name: written.name, said });
        }
        Ok(Reply { echo: answer.echo(whole), text: text.to_owned(), calls, stop: answer.stop, usage: answer.usage, ..Reply::default() })
    }

    fn gather(&self) -> Option<Box<dyn Gather>> {
        Some(Box::new(Pieces::new(without_thoughts)))
    }
}
