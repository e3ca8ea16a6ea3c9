//! Conversations for the tests of adapters.

use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, ImageFormat};

use crate::computer::{Action, Point, Viewport};
use crate::model::Brief;
use crate::model::adapter::{Adapter, Reply, Screen};
use crate::model::driver::{Conversation, Outcome, Shown, Spoken, Turn};
use crate::model::picture::Picture;
use crate::model::vocabulary::Said;

/// What a task begins with: a screen of 1600 x 1000.
pub(super) fn brief() -> Brief {
    Brief {
        instruction: "Buy milk.".to_owned(),
        context: vec![],
        system_prompt: None,
        temperature: 1.5,
        stream_deltas: false,
        secrets: vec![],
        max_steps: 10,
        viewport: Viewport { width: 1600, height: 1000 },
    }
}

pub(super) fn conversation<'a>(adapter: &dyn Adapter, brief: &'a Brief, turns: &'a [Arc<Turn>]) -> Conversation<'a> {
    Conversation {
        brief,
        instructions: "Be quick.",
        picture: adapter.picture(brief.viewport),
        temperature: Some(brief.temperature),
        refused: 0,
        stream: brief.stream_deltas,
        turns,
    }
}

/// The turns of a conversation as a request.
pub(super) fn request(adapter: &dyn Adapter, brief: &Brief, turns: &[Arc<Turn>]) -> serde_json::Value {
    adapter.request(&conversation(adapter, brief, turns))
}

pub(super) fn screen(adapter: &dyn Adapter, brief: &Brief) -> Screen<'static> {
    Screen { viewport: brief.viewport, picture: adapter.picture(brief.viewport), mouse: Point(7.0, 8.0), page: None }
}

/// A turn that shows a picture.
pub(super) async fn shown(outcomes: &[(&str, &str, bool)], texts: &[&str]) -> Arc<Turn> {
    let size = Viewport { width: 4, height: 2 };
    let mut png = Vec::new();
    DynamicImage::new_rgb8(size.width, size.height).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
    let picture = Picture::scaled(&Arc::new(png), size).await.unwrap();
    let outcome = |(call, text, failed): &(&str, &str, bool)| Outcome {
        call: (*call).to_owned(),
        name: "computer".to_owned(),
        text: (*text).to_owned(),
        failed: *failed,
    };
    Arc::new(Turn::Shown(Shown {
        outcomes: outcomes.iter().map(outcome).collect(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        picture: Some(picture),
        ..Shown::default()
    }))
}

/// The same turn once its screenshot is left out.
pub(super) fn without_picture(turn: &Arc<Turn>) -> Arc<Turn> {
    let mut turn = Turn::clone(turn);
    if let Turn::Shown(shown) = &mut turn {
        (shown.picture, shown.page) = (None, None);
    }
    Arc::new(turn)
}

/// What the model answered, as it is kept.
pub(super) fn said(adapter: &dyn Adapter, answer: &serde_json::Value) -> Arc<Turn> {
    let reply = adapter.reply(answer, &screen(adapter, &brief())).unwrap();
    Arc::new(Turn::Said(Spoken::from(&reply)))
}

/// The address of the picture that a turn shows.
pub(super) fn picture_of(turn: &Turn) -> String {
    match turn {
        Turn::Shown(Shown { picture: Some(picture), .. }) => picture.data_url(),
        _ => panic!("it shows no picture: {turn:?}"),
    }
}

/// What the only call of a turn is, or why it cannot be read.
pub(super) fn only(reply: Reply) -> Result<Said, String> {
    let count = reply.calls.len();
    let only = reply.calls.into_iter().next().filter(|_| count == 1);
    only.ok_or(format!("{count} calls"))?.said.map_err(|unclear| unclear.0)
}

pub(super) fn click(x: f64, y: f64) -> Result<Said, String> {
    Ok(Said::Do(vec![Action::Click { coordinates: Point(x, y) }]))
}

pub(super) fn typed(text: &str) -> Result<Said, String> {
    Ok(Said::Do(vec![Action::Type { text: text.to_owned() }]))
}

pub(super) fn keys(keys: &[&str]) -> Result<Said, String> {
    Ok(Said::Do(vec![Action::Keys { keys: keys.iter().map(|key| (*key).to_owned()).collect() }]))
}
