//! Whether what the model does changes anything: who goes on without an effect is stuck.

use std::sync::Arc;

use crate::computer::{Action, Page};
use crate::model::picture::Picture;

/// The same, so often without an effect, brings the hint; once more the end.
const MOST_REPEATS: u32 = 3;

/// A smaller part of the screen may change by itself: a caret that blinks.
const NO_CHANGE: f64 = 0.0002;

/// What was done last, and what it changed.
#[derive(Clone, Default)]
pub(super) struct Effects {
    last: Vec<Action>,
    /// Whether it was done since the last look.
    acted: bool,
    /// How often it was done in a row without an effect.
    futile: u32,
    page: Option<Arc<Page>>,
    picture: Option<Picture>,
}

/// What a look comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Advice {
    None,
    /// To be told to the model.
    Hint(String),
    /// The end of the task; why.
    Stuck(String),
}

impl Effects {
    /// These are about to be done.
    pub(super) fn act<'a>(&mut self, actions: impl Iterator<Item = &'a Action>) {
        let actions: Vec<Action> = actions.cloned().collect();
        if actions != self.last {
            self.futile = 0;
        }
        // Waiting and looking are meant to change nothing.
        self.acted = actions.iter().any(|action| !matches!(action, Action::Wait { .. } | Action::Screenshot));
        self.last = actions;
    }

    /// The screen after that.
    pub(super) async fn look(&mut self, page: Option<&Arc<Page>>, picture: Option<&Picture>) -> Advice {
        let same_page = self.page.as_ref() == page;
        let same_picture = match (&self.picture, picture) {
            _ if !same_page => false,
            (Some(before), Some(now)) => before.difference(now).await < NO_CHANGE,
            (before, now) => before.is_none() && now.is_none(),
        };
        (self.page, self.picture) = (page.cloned(), picture.cloned());
        if !std::mem::take(&mut self.acted) {
            return Advice::None;
        }
        self.futile = if same_picture { self.futile + 1 } else { 0 };
        match self.futile {
            ..MOST_REPEATS => Advice::None,
            MOST_REPEATS => {
                let hint = format!(
                    "You did the same {MOST_REPEATS} times, and nothing changed. Do something else, or end the task and say why it cannot be done."
                );
                Advice::Hint(hint)
            }
            times => Advice::Stuck(format!("The model did the same {times} times, and nothing changed.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::computer::{Point, Viewport};

    fn page(title: &str) -> Arc<Page> {
        let viewport = Viewport { width: 1, height: 1 };
        Arc::new(Page { url: String::new(), title: title.into(), nodes: vec![], viewport, scroll: Point(0.0, 0.0), content: (1.0, 1.0) })
    }

    /// What each look says, after these actions on these pages.
    async fn advice(steps: &[(Action, &str)]) -> Vec<u8> {
        let mut effects = Effects::default();
        effects.look(Some(&page("start")), None).await;
        let mut told = Vec::new();
        for (action, title) in steps {
            effects.act([action].into_iter());
            told.push(match effects.look(Some(&page(title)), None).await {
                Advice::None => 0,
                Advice::Hint(_) => 1,
                Advice::Stuck(_) => 2,
            });
        }
        told
    }

    fn click(x: f64) -> Action {
        Action::Click { coordinates: Point(x, 1.0) }
    }

    #[tokio::test]
    async fn the_same_without_effect_brings_a_hint_and_then_the_end() {
        let same = [(click(1.0), "start"), (click(1.0), "start"), (click(1.0), "start"), (click(1.0), "start")];
        assert_eq!(advice(&same).await, [0, 0, 1, 2]);
    }

    #[tokio::test]
    async fn an_effect_or_something_else_begins_anew() {
        let changes = [(click(1.0), "start"), (click(1.0), "start"), (click(1.0), "other"), (click(1.0), "other"), (click(1.0), "other")];
        assert_eq!(advice(&changes).await, [0, 0, 0, 0, 0]);
        let others = [(click(1.0), "start"), (click(1.0), "start"), (click(2.0), "start"), (click(1.0), "start"), (click(1.0), "start")];
        assert_eq!(advice(&others).await, [0, 0, 0, 0, 0]);
    }

    #[tokio::test]
    async fn waiting_is_no_being_stuck() {
        let waits: Vec<_> = (0..6).map(|_| (Action::Wait { ms: 1 }, "start")).collect();
        assert_eq!(advice(&waits).await, [0; 6]);
    }
}
