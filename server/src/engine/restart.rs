//! What becomes of the tasks that an earlier server left behind, however it ended.

use super::{End, Engine};
use crate::store::StoreError;

/// Ends what had begun: its computer is gone, and so is what its model knew.
pub(super) async fn take_up(engine: &Engine) -> Result<(), StoreError> {
    for left in engine.store.unfinished().await? {
        // Nobody else knows the task yet, so nobody can have ended it.
        let _ = engine.store.change(&left.id, |task, log| task.end(server_restarted(), log)).await?;
    }
    Ok(())
}

fn server_restarted() -> End {
    let result = "The server was restarted while the task was running.".to_owned();
    End::Died { error_code: "server_restarted", result, retryable: true }
}
