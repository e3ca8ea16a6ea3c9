//! Follows a task's events to its end: what `run` and `watch` have in common.

use std::pin::pin;

use futures_util::{FutureExt, StreamExt, future::Fuse};
use lightcone::{
    Client, Error,
    tasks::{Event, EventStream, EventsParams, StartParams},
};

use crate::{FAILED, INTERRUPTED, Stop, USAGE, interrupts::Interrupts, remote::stop, say, screen::Screen, screenshots::Screenshots};

/// Follows one task on one server.
pub(crate) struct Follow<'a> {
    client: &'a Client,
    screen: Screen,
    screenshots: Option<Screenshots>,
    interrupts: Interrupts,
    /// Whether the server is there after this command has ended.
    outlives_us: bool,
}

/// How the events of a task came to their end.
struct Told {
    task_id: Option<String>,
    last: Option<Event>,
}

impl<'a> Follow<'a> {
    /// Shows what comes on this screen; Ctrl-C is heard from now on.
    pub(crate) fn new(client: &'a Client, screen: Screen, screenshots: Option<Screenshots>, outlives_us: bool) -> Result<Self, Stop> {
        Ok(Self { client, screen, screenshots, interrupts: Interrupts::listen()?, outlives_us })
    }

    /// Starts a task, shows its events, and gives its exit code. The first Ctrl-C asks the
    /// server to cancel it, the second one leaves.
    pub(crate) async fn start(mut self, params: StartParams) -> Result<i32, Stop> {
        let tasks = self.client.agent().tasks();
        let mut starting = pin!(tasks.start_stream(params));
        let mut to_cancel = false;
        let events = loop {
            tokio::select! {
                events = &mut starting => break events.map_err(stop)?,
                () = self.interrupts.next() => self.cancel_or_leave(&mut to_cancel, None)?,
            }
        };
        let told = self.show_and_cancel(events, to_cancel).await?;
        self.end(told).await
    }

    /// Shows the events of a task, from number `from` on, and gives its exit code. Ctrl-C
    /// leaves the task alone.
    pub(crate) async fn attach(mut self, task_id: &str, from: u64) -> Result<i32, Stop> {
        let mut params = EventsParams::new();
        params.last_event_id = from.checked_sub(1).map(|last| last.to_string());
        let tasks = self.client.agent().tasks();
        let mut opening = pin!(tasks.events(task_id, params));
        let mut events = tokio::select! {
            events = &mut opening => events.map_err(|error| not_from(from, error))?,
            () = self.interrupts.next() => return Err(left(task_id, from)),
        };
        let mut last = None;
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => last = Some(self.show(event, &events)?),
                    None => break,
                },
                () = self.interrupts.next() => return Err(left(task_id, next_number(&events).unwrap_or(from))),
            }
        }
        self.end(Told { task_id: Some(task_id.to_owned()), last }).await
    }

    /// Shows all events; after Ctrl-C, or at once if that is wanted already, asks the server
    /// to cancel the task.
    async fn show_and_cancel(&mut self, mut events: EventStream, mut to_cancel: bool) -> Result<Told, Stop> {
        let client = self.client;
        let mut cancelling = pin!(Fuse::terminated());
        let mut asked = false;
        let mut last = None;
        loop {
            if to_cancel
                && !asked
                && let Some(id) = events.task_id()
            {
                asked = true;
                cancelling.set(async move { client.agent().tasks().cancel(&id).await }.fuse());
            }
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => last = Some(self.show(event, &events)?),
                    None => break,
                },
                answer = &mut cancelling => if let Err(error) = answer {
                    say::aside(format!("the task could not be cancelled, and goes on: {error}"));
                },
                () = self.interrupts.next() => self.cancel_or_leave(&mut to_cancel, events.task_id().as_deref())?,
            }
        }
        Ok(Told { task_id: events.task_id(), last })
    }

    fn show(&self, event: Result<Event, Error>, events: &EventStream) -> Result<Event, Stop> {
        let event = event.map_err(|error| {
            let Stop { mut text, code } = stop(error);
            if let (true, Some(id), Some(next)) = (self.outlives_us, events.task_id(), next_number(events)) {
                text = format!("{text}\n`lightcone watch {id} --from {next}` goes on where this ended");
            }
            Stop { text, code }
        })?;
        self.screen.show(&event);
        if let (Some(screenshots), Event::Screenshot(shot)) = (&self.screenshots, &event)
            && let Some(source) = &shot.screenshot_url
        {
            let (task, number) = (events.task_id().unwrap_or_default(), events.last_event_id().unwrap_or_default());
            screenshots.save(&task, number, shot.step, source);
        }
        Ok(event)
    }

    /// After Ctrl-C while a task runs that this command started.
    fn cancel_or_leave(&self, to_cancel: &mut bool, task_id: Option<&str>) -> Result<(), Stop> {
        let which = task_id.map_or_else(|| "the task".to_owned(), |id| format!("task {id}"));
        if *to_cancel {
            let text =
                if self.outlives_us { format!("left; {which} may go on") } else { format!("left; {which} has ended with its server") };
            return Err(Stop::new(INTERRUPTED, text));
        }
        *to_cancel = true;
        say::aside(format!("asking the server to cancel {which}; Ctrl-C once more leaves at once"));
        Ok(())
    }

    /// The exit code of a task of which all events were shown.
    async fn end(mut self, Told { task_id, last }: Told) -> Result<i32, Stop> {
        drop(self.screen);
        if let Some(screenshots) = self.screenshots {
            tokio::select! {
                told = screenshots.finish() => say::aside(told),
                () = self.interrupts.next() => return Err(Stop::new(INTERRUPTED, "left; not all screenshots are saved")),
            }
        }
        // A server need not tell an exit code, nor have a task behind a wrong configuration.
        let by_event = last.as_ref().and_then(exit_code);
        let Some(id) = task_id else {
            return by_event.ok_or_else(|| Stop::new(FAILED, "the stream ended without naming its task"));
        };
        let status = match (self.client.agent().tasks().retrieve_status(&id).await, by_event) {
            (Ok(status), _) => status,
            (Err(_), Some(code)) => return Ok(code),
            (Err(error), None) => return Err(stop(error)),
        };
        let told = status.exit_code.and_then(|code| i32::try_from(code).ok());
        told.or(by_event).ok_or_else(|| {
            let word = status.status.unwrap_or_else(|| "of unknown status".to_owned());
            Stop::new(FAILED, format!("the stream ended, but task {id} is {word}"))
        })
    }
}

/// The exit code that a last event stands for, where a server tells none (contract, section 4).
fn exit_code(last: &Event) -> Option<i32> {
    match last {
        Event::Completed(_) => Some(0),
        Event::Failed(_) => Some(FAILED),
        Event::ConfigError(_) => Some(USAGE),
        Event::MaxSteps(_) => Some(3),
        Event::Cancelled(_) => Some(INTERRUPTED),
        _ => None,
    }
}

/// The number of the event after the one that was shown last.
fn next_number(events: &EventStream) -> Option<u64> {
    events.last_event_id()?.parse::<u64>().ok()?.checked_add(1)
}

fn not_from(from: u64, error: Error) -> Stop {
    let Stop { text, code } = stop(error);
    // The server speaks of the event before, which it was told.
    let text = if code == USAGE { format!("--from {from}: the task has not come that far: {text}") } else { text };
    Stop { text, code }
}

fn left(task_id: &str, next: u64) -> Stop {
    let text = format!(
        "no longer watching; task {task_id} goes on\n  lightcone watch {task_id} --from {next}   watches on\n  lightcone cancel {task_id}   ends it"
    );
    Stop::new(INTERRUPTED, text)
}
