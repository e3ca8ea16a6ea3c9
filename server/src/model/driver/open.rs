//! The calls of the model's last turn, and what came of them.

use super::Outcome;
use crate::model::adapter::Call;
use crate::model::{Next, Observation};

/// What the model asked for last, and how far it came is not known yet.
#[derive(Clone, Default)]
pub(super) struct Open {
    /// The step that its first action was to be.
    pub(super) first_step: u64,
    pub(super) calls: Vec<OpenCall>,
    /// What is to be done once all of it is.
    pub(super) then: Option<Next>,
}

#[derive(Clone)]
pub(super) struct OpenCall {
    pub(super) id: String,
    pub(super) name: String,
    /// How many actions it is; or why it is none.
    pub(super) actions: Result<u64, String>,
}

impl Open {
    /// What came of the calls, seen from the step to come.
    pub(super) fn outcomes(&self, seen: &Observation<'_>) -> Vec<Outcome> {
        let mut done = seen.step.saturating_sub(self.first_step);
        let outcome = |call: &OpenCall| {
            let (text, failed) = match &call.actions {
                Err(why) => (why.clone(), true),
                Ok(count) => {
                    let here = done.min(*count);
                    done -= here;
                    match seen.last_error {
                        // The one that failed is the last one that was begun.
                        Some(error) if here > 0 && done == 0 => (format!("This could not be done: {error}"), true),
                        _ if here == *count => ("done".to_owned(), false),
                        Some(_) => ("Not done, as an action before it in this turn failed.".to_owned(), true),
                        None => ("Not done: something came in between. Look at the screen as it is now.".to_owned(), true),
                    }
                }
            };
            Outcome { call: call.id.clone(), name: call.name.clone(), text, failed }
        };
        self.calls.iter().map(outcome).collect()
    }

    /// The end that was to come after the actions, if all were done and nothing came in.
    pub(super) fn end(&self, seen: &Observation<'_>) -> Option<Next> {
        let planned: u64 = self.calls.iter().filter_map(|call| call.actions.as_ref().ok()).sum();
        let undisturbed = seen.messages.is_empty() && seen.last_error.is_none();
        self.then.clone().filter(|_| undisturbed && seen.step.saturating_sub(self.first_step) == planned)
    }
}

impl OpenCall {
    /// A call of a turn that could not be read as a whole, so that none of it is done.
    pub(super) fn not_read(Call { id, name, said }: Call) -> Self {
        let why = said.err().map_or_else(|| "Not done, as another call of this turn could not be read.".to_owned(), |unclear| unclear.0);
        Self { id, name, actions: Err(why) }
    }
}
