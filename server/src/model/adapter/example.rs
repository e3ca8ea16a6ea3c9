//! Conversations to test adapters with.

use std::sync::Arc;

use super::{Call, Reply, Screen};
use crate::computer::{Action, Point, Viewport};
use crate::model::Brief;
use crate::model::driver::{Conversation, Outcome, Shown, Spoken, Turn};
use crate::model::picture::Picture;
use crate::model::vocabulary::Said;

pub(super) const VIEWPORT: Viewport = Viewport { width: 1280, height: 720 };

pub(super) fn brief() -> Brief {
    Brief {
        instruction: "Buy the tea.".to_owned(),
        context: vec![("user".to_owned(), "Hello".to_owned()), ("assistant".to_owned(), "Hi".to_owned())],
        system_prompt: None,
        temperature: 0.5,
        stream_deltas: false,
        secrets: vec![],
        max_steps: 10,
        viewport: VIEWPORT,
    }
}

pub(super) fn screen() -> Screen<'static> {
    Screen { viewport: VIEWPORT, picture: VIEWPORT, mouse: Point(640.0, 360.0), page: None }
}

pub(super) async fn picture(Viewport { width, height }: Viewport) -> Picture {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut png, image::ImageFormat::Png).unwrap();
    Picture::scaled(&Arc::new(png.into_inner()), Viewport { width, height }).await.unwrap()
}

pub(super) fn conversation<'a>(brief: &'a Brief, turns: &'a [Arc<Turn>]) -> Conversation<'a> {
    Conversation { brief, instructions: "You are an agent.", picture: VIEWPORT, temperature: Some(0.5), refused: 0, stream: false, turns }
}

pub(super) fn shown(shown: Shown) -> Arc<Turn> {
    Arc::new(Turn::Shown(shown))
}

pub(super) fn said(reply: &Reply) -> Arc<Turn> {
    Arc::new(Turn::Said(Spoken::from(reply)))
}

/// That all calls were done.
pub(super) fn done(reply: &Reply) -> Vec<Outcome> {
    let outcome = |call: &Call| Outcome { call: call.id.clone(), name: call.name.clone(), text: "done".to_owned(), failed: false };
    reply.calls.iter().map(outcome).collect()
}

/// What the only call of a turn is.
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
