//! What becomes of the tasks that an earlier server left behind, however it ended.

use std::sync::Arc;

use lightcone::tasks::StartParams;

use super::queue::Turn;
use super::{End, Engine, Spec, runner};
use crate::store::{Record, StoreError};

/// Puts back in line what had not begun, and ends what had: its computer is gone, and
/// so is what its model knew.
pub(super) async fn take_up(engine: &Arc<Engine>) -> Result<(), StoreError> {
    for Record { id, body, state } in engine.store.unfinished().await? {
        match serde_json::from_value::<StartParams>(body) {
            Ok(params) if state.waits() => {
                let spec = Spec::from(params);
                let model = runner::choose_model(engine, &spec);
                let turn = Turn::Later(engine.places.line_up());
                engine.tracker.spawn(runner::run(Arc::clone(engine), id, spec, model, None, Some(turn)));
            }
            // Nobody else knows the task yet, so nobody can have ended it.
            _ => drop(engine.store.change(&id, |task, log| task.end(server_restarted(), log)).await?),
        }
    }
    Ok(())
}

fn server_restarted() -> End {
    let result = "The server was restarted while the task was running.".to_owned();
    End::Died { error_code: "server_restarted", result, retryable: true }
}
