//! UI-TARS behind chat completions: it writes a thought and calls of actions as text, and
//! they are read here as text; nothing is evaluated.

mod calls;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::completions::{self, Answer, Pieces, WIRE, user, without_thoughts};
use super::{Adapter, Call, Gather, Prose, Reply, Screen, Window, Wire};
use crate::computer::Viewport;
use crate::model::driver::{Conversation, Shown, Turn};
use crate::model::vocabulary::{Coordinates, Dialect, Unclear, Wheel, read};

/// Seconds of a wait, as the model knows it.
const WAIT: u64 = 5;

#[derive(Debug)]
pub(crate) struct UiTars {
    model: Option<String>,
    /// Whether places are pixels of the picture, as of version 1.5, or thousandths.
    pixels: bool,
}

impl UiTars {
    /// Places are pixels where the model is named as version 1.5, or not named at all; the
    /// versions before and those of Doubao count thousandths.
    pub(crate) fn new(model: Option<String>) -> Self {
        let pixels = model.as_ref().is_none_or(|name| name.contains("1.5") && !name.to_lowercase().contains("doubao"));
        Self { model, pixels }
    }
}

impl Adapter for UiTars {
    fn wire(&self) -> Wire {
        WIRE
    }

    fn picture(&self, viewport: Viewport) -> Viewport {
        // In a size that the model leaves as it is, so that its pixels are those of the picture.
        if self.pixels { whole_patches(viewport) } else { viewport }
    }

    fn window(&self) -> Window {
        Window { most: 5, chunk: 1 }
    }

    fn prose(&self) -> Prose {
        Prose::Unclear
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        let mut messages = completions::opening(talk, &format!("{}\n\n{PART}", talk.instructions));
        messages.extend(talk.turns.iter().map(|turn| match &**turn {
            Turn::Said(spoken) => spoken.echo.clone(),
            Turn::Shown(shown) => show(shown),
        }));
        completions::request(self.model.as_deref(), talk, messages).into()
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let dialect = Dialect {
            coordinates: if self.pixels { Coordinates::Pixels(screen.picture) } else { Coordinates::Parts(1000) },
            wheel: Wheel::Notches,
            viewport: screen.viewport,
            mouse: screen.mouse,
            clicks_at_mouse: false,
        };
        let answer = Answer::read(answer)?;
        let written = without_thoughts(&answer.text).trim();
        let call = |call: Result<(String, Map<String, Value>), Unclear>| match call {
            Ok((name, mut members)) => {
                if name == "wait" {
                    members.entry("seconds").or_insert_with(|| WAIT.into());
                }
                Call { id: String::new(), said: read(&name, &members, &dialect), name }
            }
            Err(unclear) => Call { id: String::new(), name: String::new(), said: Err(unclear) },
        };
        let calls: Vec<Call> = calls::read(written).into_iter().map(call).collect();
        // A call alone says nothing.
        let text = if calls.is_empty() || calls::label(written).is_some() { for_people(written) } else { "" };
        Ok(Reply {
            echo: answer.echo(&with_box_tokens(written)),
            text: text.to_owned(),
            calls,
            stop: answer.stop,
            usage: answer.usage,
            ..Reply::default()
        })
    }

    fn gather(&self) -> Option<Box<dyn Gather>> {
        Some(Box::new(Pieces::new(for_people)))
    }
}

const PART: &str = r#"Answer each screenshot in this form, and with nothing else:
Thought: what you see, what you plan, and in one sentence what you do next and to what
Action: one of the actions

These are the actions. Places are x and y on the screenshot.
click(start_box='(x,y)')
left_double(start_box='(x,y)')
right_single(start_box='(x,y)')
drag(start_box='(x,y)', end_box='(x,y)')
scroll(start_box='(x,y)', direction='down') # or up, left, right
hotkey(key='ctrl a') # at most three keys, in lower case, with spaces between them
type(content='text') # where the caret is; with \n at the end it is submitted; write \', \" and \n within a text
navigate(content='https://example.com/') # opens an address; there is no address bar
wait() # five seconds
finished(content='the answer for the person') # the task is done
call_user(content='why') # the task cannot be done"#;

/// What went wrong with the actions, the texts, the picture.
fn show(shown: &Shown) -> Value {
    let failures = shown.outcomes.iter().filter(|outcome| outcome.failed).map(|outcome| &outcome.text);
    let message = user(failures.chain(&shown.texts).map(String::as_str), shown.picture.as_ref());
    message.unwrap_or_else(|| json!({ "role": "user", "content": "This screenshot is left out." }))
}

/// What the model thinks, without its labels, as far as it is written.
fn for_people(text: &str) -> &str {
    const LABEL: &str = "Thought:";
    let text = without_thoughts(text).trim_start();
    let end = calls::label(text).map_or(text.len(), |(begin, _)| begin);
    let text = text.get(..end).unwrap_or_default();
    // The last line may become the label of the action.
    let last = text.rfind('\n').map_or(0, |newline| newline + 1);
    let may_be_label = text.get(last..).is_some_and(|line| !line.is_empty() && calls::LABEL.starts_with(line.trim_start()));
    let text = if may_be_label { text.get(..last).unwrap_or_default() } else { text };
    if LABEL.starts_with(text) { "" } else { text.strip_prefix(LABEL).unwrap_or(text).trim() }
}

/// As the model wrote it: servers leave out the special tokens around places.
fn with_box_tokens(text: &str) -> String {
    const BEGIN: &str = "_box='";
    let mut whole = String::new();
    let mut parts = text.split(BEGIN);
    whole.push_str(parts.next().unwrap_or_default());
    for part in parts {
        whole.push_str(BEGIN);
        match part.split_once('\'') {
            Some((place, after)) if place.starts_with('(') && place.ends_with(')') => {
                whole.extend(["<|box_start|>", place, "<|box_end|>'", after]);
            }
            _ => whole.push_str(part),
        }
    }
    whole
}

/// The size that the model gives to a picture of this one: sides of whole patches, and
/// neither too many nor too few of them.
fn whole_patches(Viewport { width, height }: Viewport) -> Viewport {
    const PATCH: f64 = 28.0;
    const FEWEST: f64 = 100.0;
    const MOST: f64 = 16384.0;
    let (across, down) = (f64::from(width.max(1)) / PATCH, f64::from(height.max(1)) / PATCH);
    let patches = across.round().max(1.0) * down.round().max(1.0);
    let (across, down) = if patches > MOST {
        let scale = (across * down / MOST).sqrt();
        ((across / scale).floor(), (down / scale).floor())
    } else if patches < FEWEST {
        let scale = (FEWEST / (across * down)).sqrt();
        ((across * scale).ceil(), (down * scale).ceil())
    } else {
        (across.round(), down.round())
    };
    let pixels = |patches: f64| (patches.max(1.0) * PATCH) as u32;
    Viewport { width: pixels(across), height: pixels(down) }
}
