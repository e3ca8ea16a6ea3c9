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
            Ok(params) if state.waits() && !state.cancelling() => line_up(engine, id, Spec::from(params)).await?,
            _ if state.cancelling() => end(engine, &id, End::Cancelled).await?,
            _ => end(engine, &id, server_restarted()).await?,
        }
    }
    Ok(())
}

async fn line_up(engine: &Arc<Engine>, id: String, spec: Spec) -> Result<(), StoreError> {
    match engine.wanted_computer(&spec) {
        Ok(wanted) => {
            let model = runner::choose_model(engine, &spec);
            let turn = Turn::Later(engine.places.line_up());
            engine.tracker.spawn(runner::run(Arc::clone(engine), id, spec, model, wanted, Some(turn)));
            Ok(())
        }
        // Its saved state has gone meanwhile.
        Err(refusal) => {
            let error = refusal.to_string();
            end(engine, &id, End::Misconfigured { error_code: "unknown_environment", error }).await
        }
    }
}

async fn end(engine: &Engine, id: &str, end: End) -> Result<(), StoreError> {
    // Nobody else knows the task yet, so nobody can have ended it.
    engine.store.change(id, |task, log| task.end(end, log)).await.map(drop)
}

fn server_restarted() -> End {
    let result = "The server was restarted while the task was running.".to_owned();
    End::Died { error_code: "server_restarted", result, retryable: true }
}
