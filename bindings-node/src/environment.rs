//! The JavaScript environment that work is done for: the process's main thread, or a worker.
//!
//! The runtime is shared by all environments of a process. When one of them ends, as a worker
//! does that is terminated, its work would go on: a connection would stay open until an answer
//! came that nobody is left to take.

use napi::Env;
use tokio_util::sync::CancellationToken;

/// Cancelled when this environment has ended.
pub(crate) fn ended(env: &Env) -> napi::Result<CancellationToken> {
    if let Some(ended) = env.get_instance_data::<CancellationToken>()? {
        return Ok(ended.clone());
    }
    let ended = CancellationToken::new();
    env.set_instance_data(ended.clone(), (), |environment| environment.value.cancel())?;
    Ok(ended)
}
