//! What was said between the server and a model, and how much of it is said again.

use std::sync::Arc;

use serde_json::Value;

use crate::computer::{Page, Viewport};
use crate::model::Brief;
use crate::model::adapter::{Reply, Window};
use crate::model::picture::Picture;

/// Pixels of a picture for each token it is taken for; APIs count about so.
const PIXELS_PER_TOKEN: u64 = 750;
/// Characters of text for each token.
const CHARACTERS_PER_TOKEN: usize = 4;
/// Turns that always stay: the task, and the last turn of each side.
const LEAST_TURNS: usize = 3;

/// All that a request is made of.
pub(crate) struct Conversation<'a> {
    /// The task. Its instruction stands in the first turn too.
    pub(crate) brief: &'a Brief,
    /// What the model is told of its part: the text of the system.
    pub(crate) instructions: &'a str,
    /// The size of the pictures, and so the frame of places in pixels.
    pub(crate) picture: Viewport,
    /// How freely to choose; `None` for a model that takes no temperature.
    pub(crate) temperature: Option<f64>,
    /// How many forms of a request the endpoint has refused: where an API knows plainer
    /// ones, which more endpoints take, it asks in the next.
    pub(crate) refused: u8,
    /// Whether the answer is to come in pieces.
    pub(crate) stream: bool,
    /// In turn [`Turn::Shown`] and [`Turn::Said`], first and last one that was shown.
    pub(crate) turns: &'a [Arc<Turn>],
}

/// One turn of a conversation.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// The server's.
    Shown(Shown),
    /// The model's.
    Said(Spoken),
}

/// What the model is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Number of the step to come, from 1.
    pub(crate) step: u64,
    /// What came of the calls of the turn before: one for each, in their order.
    pub(crate) outcomes: Vec<Outcome>,
    /// The task, messages, warnings, each a text of its own; may be none.
    pub(crate) texts: Vec<String>,
    /// The messages once more, as the person wrote them: for who is no reader of texts.
    pub(crate) messages: Vec<String>,
    /// The screen; `None` once it is left out.
    pub(crate) picture: Option<Picture>,
    /// The page; `None` once it is left out.
    pub(crate) page: Option<Arc<Page>>,
    /// Turns before it were left out: an API that keeps the conversation is told what is
    /// left of it.
    pub(crate) afresh: bool,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The call's id.
    pub(crate) call: String,
    /// The call's name.
    pub(crate) name: String,
    /// For the model: `done`, or why not.
    pub(crate) text: String,
    /// Whether it was not done, or not to its end.
    pub(crate) failed: bool,
}

/// What a model said, as far as it is needed later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken {
    /// [`Reply::id`].
    pub(crate) id: Option<String>,
    /// [`Reply::echo`].
    pub(crate) echo: Value,
}

impl From<&Reply> for Spoken {
    fn from(reply: &Reply) -> Self {
        Self { id: reply.id.clone(), echo: reply.echo.clone() }
    }
}

/// Leaves out the oldest screenshots when there are more than the window holds. The page
/// goes with its screenshot. `false` when nothing could be left out.
pub(super) fn leave_out_screenshots(turns: &mut [Arc<Turn>], window: Window) -> bool {
    let pictured = |turn: &Arc<Turn>| matches!(&**turn, Turn::Shown(shown) if shown.picture.is_some() || shown.page.is_some());
    let there = turns.iter().filter(|turn| pictured(turn)).count();
    let most = window.most.max(1);
    if there <= most {
        return false;
    }
    // In whole chunks, but never the newest.
    let too_many = (there - most).next_multiple_of(window.chunk.max(1)).min(there - 1);
    for turn in turns.iter_mut().filter(|turn| pictured(turn)).take(too_many) {
        if let Turn::Shown(shown) = Arc::make_mut(turn) {
            shown.picture = None;
            shown.page = None;
        }
    }
    too_many > 0
}

/// Leaves out the oldest turns after the task until the rest is within so many tokens.
/// `false` when nothing could be left out.
pub(super) fn leave_out_turns(turns: &mut Vec<Arc<Turn>>, tokens: u64) -> bool {
    let mut left_out = false;
    while turns.len() > LEAST_TURNS && turns.iter().map(|turn| size(turn)).sum::<u64>() > tokens {
        // A turn of the model goes with what came of it.
        turns.drain(1..3);
        left_out = true;
    }
    if left_out {
        if let Some(Turn::Shown(first)) = turns.first_mut().map(Arc::make_mut) {
            // What the first turn showed is long gone; its texts are the task.
            first.picture = None;
            first.page = None;
        }
        if let Some(Turn::Shown(last)) = turns.last_mut().map(Arc::make_mut) {
            last.afresh = true;
        }
    }
    left_out
}

/// About how many tokens a whole conversation takes.
pub(super) fn tokens(turns: &[Arc<Turn>]) -> u64 {
    turns.iter().map(|turn| size(turn)).sum()
}

fn size(turn: &Turn) -> u64 {
    let text = |characters: usize| (characters / CHARACTERS_PER_TOKEN) as u64;
    match turn {
        Turn::Said(spoken) => text(spoken.echo.to_string().len()),
        Turn::Shown(shown) => {
            let words =
                shown.texts.iter().map(String::len).sum::<usize>() + shown.outcomes.iter().map(|outcome| outcome.text.len()).sum::<usize>();
            let names = shown.page.iter().flat_map(|page| &page.nodes).map(|node| node.name.len()).sum::<usize>();
            let pixels = shown.picture.as_ref().map_or(0, |picture| u64::from(picture.size().width) * u64::from(picture.size().height));
            text(words + names) + pixels / PIXELS_PER_TOKEN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::computer::Point;

    fn turns(count: usize) -> Vec<Arc<Turn>> {
        let viewport = Viewport { width: 1, height: 1 };
        let page = Page { url: String::new(), title: String::new(), nodes: vec![], viewport, scroll: Point(0.0, 0.0), content: (1.0, 1.0) };
        let shown = Turn::Shown(Shown { texts: vec!["x".repeat(400)], page: Some(Arc::new(page)), ..Shown::default() });
        let said = Turn::Said(Spoken::default());
        (0..count).map(|at| Arc::new(if at % 2 == 0 { shown.clone() } else { said.clone() })).collect()
    }

    fn pages(turns: &[Arc<Turn>]) -> Vec<usize> {
        let shown = turns.iter().enumerate().filter(|(_, turn)| matches!(&***turn, Turn::Shown(Shown { page: Some(_), .. })));
        shown.map(|(at, _)| at).collect()
    }

    #[test]
    fn old_screenshots_are_left_out_in_chunks() {
        for (count, most, chunk, left) in
            [(5, 3, 1, vec![0, 2, 4]), (7, 3, 1, vec![2, 4, 6]), (7, 3, 2, vec![4, 6]), (3, 0, 1, vec![2]), (9, 2, 10, vec![8])]
        {
            let mut turns = turns(count);
            leave_out_screenshots(&mut turns, Window { most, chunk });
            assert_eq!(pages(&turns), left, "{count} {most} {chunk}");
        }
    }

    #[test]
    fn old_turns_are_left_out_in_pairs_and_the_task_stays() {
        let mut turns = turns(9);
        assert!(leave_out_turns(&mut turns, 250));
        assert_eq!(turns.len(), 3);
        assert!(matches!(&*turns[0], Turn::Shown(_)) && matches!(&*turns[1], Turn::Said(_)) && matches!(&*turns[2], Turn::Shown(_)));
        assert_eq!(pages(&turns), [2]);
        assert!(matches!(&*turns[2], Turn::Shown(shown) if shown.afresh), "whoever keeps the conversation is to be told");
        assert!(!leave_out_turns(&mut turns, 250));
        assert!(!leave_out_turns(&mut turns, 0), "the task and the last turns stay");
    }
}
