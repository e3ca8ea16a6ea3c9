//! A conversation as the messages of this API.

use serde_json::{Value, json};

use super::member;
use crate::model::driver::{Conversation, Outcome, Shown, Turn};
use crate::model::picture::Picture;

/// So many of the newest messages end with a mark up to which the cache reaches. With the one
/// after the system there may be four.
const CACHED_TURNS: usize = 3;

const USER: &str = "user";
const ASSISTANT: &str = "assistant";

/// Messages in turn, the first one of the user.
#[derive(Default)]
struct Messages(Vec<(&'static str, Vec<Value>)>);

impl Messages {
    /// Blocks that follow blocks of the same role go into one message with them.
    fn push(&mut self, role: &'static str, blocks: Vec<Value>) {
        match self.0.last_mut() {
            _ if blocks.is_empty() => {}
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => self.0.push((role, blocks)),
        }
    }
}

/// The messages of a request.
pub(super) fn of(talk: &Conversation<'_>) -> Vec<Value> {
    let mut messages = Messages::default();
    for (role, content) in talk.brief.context.iter().filter(|(_, content)| !content.trim().is_empty()) {
        let role = if role == ASSISTANT { ASSISTANT } else { USER };
        if messages.0.is_empty() && role == ASSISTANT {
            messages.push(USER, vec![text("(What was said before is not known.)")]);
        }
        messages.push(role, vec![text(content)]);
    }
    // A thought holds only with all that was before it. Once something of that is left out, no
    // thoughts are sent back: the API takes them unchanged or not at all.
    let is_whole = matches!(talk.turns.first().map(|turn| &**turn), Some(Turn::Shown(Shown { picture: Some(_), .. })));
    let mut before = &Value::Null;
    for turn in talk.turns {
        match &**turn {
            Turn::Shown(shown) => messages.push(USER, blocks(shown, before)),
            Turn::Said(spoken) => {
                let said = spoken.echo.as_array().map(Vec::as_slice).unwrap_or_default();
                // Thoughts alone are no turn.
                if !said.iter().all(is_thought) {
                    messages.push(ASSISTANT, said.iter().filter(|block| is_whole || !is_thought(block)).cloned().collect());
                }
                before = &spoken.echo;
            }
        }
    }
    let last = messages.0.iter_mut().rev().filter(|(role, _)| *role == USER).take(CACHED_TURNS);
    for block in last.filter_map(|(_, blocks)| blocks.last_mut()?.as_object_mut()) {
        block.insert("cache_control".to_owned(), cached());
    }
    messages.0.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

/// The mark of a block up to which the cache reaches.
pub(super) fn cached() -> Value {
    json!({ "type": "ephemeral" })
}

/// The API gives such blocks but does not take them.
pub(super) fn is_empty_text(block: &Value) -> bool {
    member(block, "type") == Some("text") && member(block, "text").is_none_or(|text| text.trim().is_empty())
}

fn is_thought(block: &Value) -> bool {
    matches!(member(block, "type"), Some("thinking" | "redacted_thinking"))
}

/// The results of calls stand first, then texts. The picture belongs to the last result, but
/// a failed one may hold text only.
fn blocks(shown: &Shown, before: &Value) -> Vec<Value> {
    let picture = shown.picture.as_ref().map(image);
    let into_result = shown.outcomes.last().is_some_and(|outcome| !outcome.failed);
    let (in_result, beside) = if into_result { (picture, None) } else { (None, picture) };
    let mut blocks: Vec<Value> = shown.outcomes.iter().map(|outcome| result(outcome, before)).collect();
    if let Some(content) = blocks.last_mut().and_then(|last| last.get_mut("content")?.as_array_mut()) {
        content.extend(in_result);
    }
    // What is asked for is read before the picture in which it is looked for.
    blocks.extend(shown.texts.iter().filter(|words| !words.trim().is_empty()).map(|words| text(words)));
    blocks.extend(beside);
    blocks
}

fn result(outcome: &Outcome, before: &Value) -> Value {
    let mut result = json!({ "type": "tool_result", "tool_use_id": outcome.call, "content": [text(&outcome.text)] });
    let asked = before.as_array().and_then(|blocks| blocks.iter().find(|block| member(block, "id") == Some(&outcome.call)));
    if let Some(result) = result.as_object_mut() {
        if outcome.failed {
            result.insert("is_error".to_owned(), json!(true));
        }
        // A call of a tool of a set is answered with the name of the set.
        if let Some(set) = asked.and_then(|block| block.get("toolset_name")).filter(|name| !name.is_null()) {
            result.insert("toolset_name".to_owned(), set.clone());
        }
    }
    result
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn image(picture: &Picture) -> Value {
    json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": picture.base64() } })
}
