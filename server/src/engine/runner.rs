//! One task from its start to its end: the frame around the [`agent`](super::agent)'s work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;
use uuid::Uuid;

use super::agent::{Agent, Halt};
use super::computers::{Claim, Lease, Wanted};
use super::queue::{InLine, Place, Turn};
use super::{End, Engine, Spec, State};
use crate::computer::{Computer, ComputerError};
use crate::model::{Brief, Model};
use crate::secrets::Guarded;
use crate::store::StoreError;

/// How long an end that could not be stored waits for the next try.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What a task decides with, or how it ends without.
pub(super) type Chosen = Result<Box<dyn Model>, End>;

/// Runs a task until it has ended, whoever ends it, and sees to its computer.
pub(super) async fn run(engine: Arc<Engine>, id: String, spec: Spec, model: Chosen, mut wanted: Wanted, turn: Option<Turn>) {
    let place = match turn {
        None => None,
        Some(Turn::Now(place)) => Some(place),
        Some(Turn::Later(line)) => match wait(&engine, &id, line).await {
            Ok(place) => Some(place),
            Err(end) => {
                // Free before the end is told.
                drop(wanted);
                if let Some(end) = end {
                    tell_end(&engine, &id, end).await;
                }
                return;
            }
        },
    };
    if !model.as_ref().is_ok_and(|model| model.needs_computer()) {
        wanted.give_back();
    }
    let (mut lease, claim) = match wanted {
        Wanted::Fresh => (None, None),
        Wanted::Live(lease) => (Some(lease), None),
        Wanted::Saved(claim) => (None, Some(claim)),
    };
    // A limit too far away for the clock is none.
    let deadline = spec.max_duration.and_then(|limit| Instant::now().checked_add(limit));
    let halt = {
        let work = AssertUnwindSafe(work(&engine, &id, &spec, model, &mut lease, claim, place)).catch_unwind();
        tokio::select! {
            biased;
            () = engine.store.until(&id, State::cancelling) => Halt::End(End::Cancelled),
            () = engine.closing.cancelled() => Halt::End(server_stopped()),
            () = passed(deadline) => Halt::End(End::OutOfTime),
            done = work => done.unwrap_or_else(|_| Halt::End(broken(&id))),
        }
    };
    let (end, usable) = match halt {
        Halt::Ended => (None, true),
        Halt::End(end) => {
            let usable = !matches!(end, End::Died { .. });
            (Some(end), usable)
        }
        Halt::ComputerGone(result) => (Some(computer_gone(result)), false),
    };
    // A computer that is to be kept is free before the end is told, so that whoever
    // hears of the end can use it at once.
    if spec.keep_computer && usable {
        lease.take().into_iter().for_each(Lease::keep);
    }
    if spec.persistent
        && let Some(lease) = lease.take()
    {
        // Saved before the end is told: whoever hears of the end can go on from it at once.
        lease.close().await;
    }
    if let Some(end) = end {
        tell_end(&engine, &id, end).await;
    }
    if let Some(lease) = lease {
        lease.close().await;
    }
}

/// The place of a task that waits for one, or how it ends instead: not at all when it
/// waits on for the next server.
async fn wait(engine: &Engine, id: &str, line: InLine) -> Result<Place, Option<End>> {
    tokio::select! {
        biased;
        () = engine.store.until(id, State::cancelling) => Err(Some(End::Cancelled)),
        () = engine.closing.cancelled() => Err((!engine.store.outlives_server()).then(server_stopped)),
        place = line.wait(engine, id) => place.map_err(|halt| match halt {
            Halt::End(end) => Some(end),
            Halt::Ended | Halt::ComputerGone(_) => None,
        }),
    }
}

/// Stores how the task ends, as soon as there is room for it. A server that stops
/// before leaves it to the next one.
async fn tell_end(engine: &Engine, id: &str, end: End) {
    // Somebody may have ended the task in between; theirs was first.
    while let Err(error) = engine.store.change(id, |task, log| task.end(end.clone(), log)).await {
        if error == StoreError::Full && engine.store.spend_reserve() {
            continue;
        }
        tracing::error!(task = id, %error, "the end of a task could not be stored");
        if engine.closing.is_cancelled() {
            return;
        }
        tokio::time::sleep(STORE_PAUSE).await;
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// What a panic in a model or a computer comes to: the end of its task only.
fn broken(id: &str) -> End {
    tracing::error!(task = id, "the task's worker panicked");
    let result = "The server has a fault: the task's worker panicked. The server's log says where.".to_owned();
    End::Died { error_code: "internal_error", result, retryable: true }
}

fn server_stopped() -> End {
    End::Died { error_code: "server_stopped", result: "The server was stopped.".to_owned(), retryable: true }
}

fn computer_gone(result: String) -> End {
    End::GaveUp { error_code: "computer_gone".to_owned(), result, retryable: true }
}

/// The task's own work; returns how it stopped.
async fn work(
    engine: &Engine,
    id: &str,
    spec: &Spec,
    model: Chosen,
    lease: &mut Option<Lease>,
    claim: Option<Claim>,
    place: Option<Place>,
) -> Halt {
    let model = match model {
        Ok(model) => model,
        Err(end) => return Halt::End(end),
    };
    if model.needs_computer() && lease.is_none() {
        match launch(engine, spec, claim, place).await {
            Ok(launched) => *lease = Some(launched),
            Err(end) => return Halt::End(end),
        }
    }
    if let (Some(lease), true) = (&lease, spec.persistent) {
        lease.persist();
    }
    let guarded = |lease: &Lease| Arc::new(Guarded::new(lease.computer(), engine.parts.secrets.clone())) as Arc<dyn Computer>;
    let computer = lease.as_ref().map(guarded);
    match Agent::new(engine, id, spec, model, computer).work().await {
        Ok(never) => match never {},
        Err(halt) => halt,
    }
}

/// The model a task asks for.
pub(super) fn choose_model(engine: &Engine, spec: &Spec) -> Chosen {
    let models = &engine.parts.models;
    let brief = Brief { secrets: engine.parts.secrets.placeholders(), ..spec.brief.clone() };
    let Some(model) = models.make(spec.model.as_deref(), brief) else {
        let asked = spec.model.as_deref().unwrap_or_default();
        let error = format!("there is no model {asked:?} here; leave it out, or use one of: {}", models.names().join(", "));
        return Err(End::Misconfigured { error_code: "unknown_model", error });
    };
    if spec.desktop && model.needs_computer() {
        let error = "kind \"desktop\" was asked for, and this server has browsers only; use \"browser\" or leave kind out".to_owned();
        return Err(End::Misconfigured { error_code: "desktop_unavailable", error });
    }
    Ok(model)
}

async fn launch(engine: &Engine, spec: &Spec, claim: Option<Claim>, place: Option<Place>) -> Result<Lease, End> {
    let saved = |id: &str| engine.live.saved().restore(id).map(Some).ok_or_else(|| missing(id));
    let (id, state) = match (&claim, &spec.environment_id) {
        (Some(claim), _) => (claim.id().to_owned(), saved(claim.id())?),
        (None, Some(environment)) => (new_id(), saved(environment)?),
        (None, None) => (new_id(), None),
    };
    match engine.parts.computers.launch(id, spec.brief.viewport, state.as_deref()).await {
        Ok(computer) => Ok(engine.live.enter(computer, place)),
        Err(ComputerError::Unavailable(error)) => Err(End::Misconfigured { error_code: "computer_unavailable", error }),
        Err(ComputerError::Action(result) | ComputerError::Gone(result)) => Err(computer_gone(result)),
    }
}

fn new_id() -> String {
    format!("computer_{}", Uuid::new_v4().simple())
}

fn missing(id: &str) -> End {
    End::Misconfigured { error_code: "unknown_environment", error: format!("the state saved under {id:?} is not there any more") }
}
