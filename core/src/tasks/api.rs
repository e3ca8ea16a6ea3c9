//! The operations as methods.

use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    CancelResponse, Event, EventStream, EventsParams, InjectMessageParams, InjectMessageResponse, ListParams, PauseResponse,
    ResumeResponse, RetrieveStatusResponse, StartParams, StartResponse, TaskPage, TaskResult, WaitParams,
};
use crate::{
    client::Client,
    config::CallOptions,
    error::{Error, ErrorKind},
    http::Answer,
    operation::{self, Operation},
    sse::excerpt,
};

/// Everything about agents.
#[derive(Clone, Copy, Debug)]
pub struct Agent<'a> {
    client: &'a Client,
}

impl<'a> Agent<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Agent tasks.
    pub fn tasks(&self) -> Tasks<'a> {
        Tasks { client: self.client, options: CallOptions::default() }
    }
}

/// Agent tasks: start them, watch them, steer them.
///
/// Every method sends again what may be sent again (contract, section 6), and fails
/// with one of the kinds of [`ErrorKind`].
#[derive(Clone, Debug)]
pub struct Tasks<'a> {
    client: &'a Client,
    options: CallOptions,
}

impl Tasks<'_> {
    /// The same, with other headers, timeouts and so on for the calls made through it.
    #[must_use]
    pub fn with(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Starts a task and returns at once.
    ///
    /// # Errors
    /// `unprocessable_entity` when the server refuses a parameter; the kinds that every call has.
    pub async fn start(&self, params: StartParams) -> Result<StartResponse, Error> {
        self.call(&operation::START, None, Some(body(&params, params.temperature)?)).await
    }

    /// Starts a task and gives its events as they come.
    ///
    /// # Errors
    /// As [`Tasks::start`]; what goes wrong later comes out of the stream.
    pub async fn start_stream(&self, params: StartParams) -> Result<EventStream, Error> {
        let body = body(&params, params.temperature)?;
        let frames = self.client.open(&operation::START_STREAM, None, Some(body), &self.options).await?;
        Ok(EventStream::new(frames))
    }

    /// Asks where a task is.
    ///
    /// # Errors
    /// `not_found` for an unknown task; `invalid_argument` for an id that is none.
    pub async fn retrieve_status(&self, id: &str) -> Result<RetrieveStatusResponse, Error> {
        self.call(&operation::RETRIEVE_STATUS, Some(id), None).await
    }

    /// Tells a running task something; the agent reads it before its next step.
    /// It is not sent again when it may have arrived, so that no message comes twice.
    ///
    /// # Errors
    /// `conflict` when the task has ended; `not_found` for an unknown task.
    pub async fn inject_message(&self, id: &str, message: impl Into<String>) -> Result<InjectMessageResponse, Error> {
        let body = body(&InjectMessageParams::new(message), None)?;
        self.call(&operation::INJECT_MESSAGE, Some(id), Some(body)).await
    }

    /// Holds a task: the step under way finishes, and the next waits for resume.
    ///
    /// # Errors
    /// `conflict` when the task has ended; `not_found` for an unknown task.
    pub async fn pause(&self, id: &str) -> Result<PauseResponse, Error> {
        self.call(&operation::PAUSE, Some(id), None).await
    }

    /// Lets a paused task go on.
    ///
    /// # Errors
    /// `conflict` when the task has ended; `not_found` for an unknown task.
    pub async fn resume(&self, id: &str) -> Result<ResumeResponse, Error> {
        self.call(&operation::RESUME, Some(id), None).await
    }

    /// Ends a task before its time. Harmless when it is cancelled already.
    ///
    /// # Errors
    /// `conflict` when the task has ended otherwise; `not_found` for an unknown task;
    /// `not_supported` where the server cannot cancel, such as the hosted service.
    pub async fn cancel(&self, id: &str) -> Result<CancelResponse, Error> {
        self.call(&operation::CANCEL, Some(id), None).await
    }

    /// Lists tasks, the newest first: the first page, which leads to the others.
    ///
    /// # Errors
    /// `not_supported` where the server does not list tasks, such as the hosted service;
    /// `unprocessable_entity` when it refuses a parameter.
    pub async fn list(&self, params: ListParams) -> Result<TaskPage, Error> {
        TaskPage::fetch(self.client.clone(), params, self.options.clone()).await
    }

    /// Gives the events of any task: from the first one, or after the one that another
    /// stream saw last. It goes on after a cut as the stream of [`Tasks::start_stream`] does.
    ///
    /// # Errors
    /// `unprocessable_entity` when there is no event of that id; `not_found` for an unknown
    /// task; `not_supported` where the server does not keep events, such as the hosted service.
    pub async fn events(&self, id: &str, params: EventsParams) -> Result<EventStream, Error> {
        let body = body(&params, None)?;
        let frames = self.client.open(&operation::EVENTS, Some(id), Some(body), &self.options).await?;
        Ok(EventStream::new(frames))
    }

    /// Waits for the end of a task: asks for its status until it has ended, seldomer as time goes by.
    ///
    /// # Errors
    /// `timeout` when the task has not ended by the time limit of `params`, which holds whatever
    /// happens; `not_found` for an unknown task. A task that failed is none: see
    /// [`TaskResult::error_for_status`].
    pub async fn wait(&self, id: &str, params: WaitParams) -> Result<TaskResult, Error> {
        super::wait(self.client, id, params, &self.options).await.map(|(result, _)| result)
    }

    /// Does a whole task: starts it, follows it to its end, and tells how it ended.
    ///
    /// Where its stream breaks off and cannot be taken up again, the end is waited for as by
    /// [`Tasks::wait`], no longer than the event timeout if there is one. Dropping the future
    /// leaves the task running.
    ///
    /// ```no_run
    /// # async fn example(client: lightcone::Client) -> Result<(), lightcone::Error> {
    /// use lightcone::tasks::StartParams;
    ///
    /// let params = StartParams::new("Search for 'machine learning' on Wikipedia and summarize the first paragraph");
    /// let result = client.agent().tasks().run(params).await?.error_for_status()?;
    /// println!("{}", result.result.unwrap_or_default());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Tasks::start`]; `stream_interrupted` where a server that cannot resume ended the
    /// stream in good order and left its task running. Every error after the start names the
    /// task. A task that failed is none: see [`TaskResult::error_for_status`].
    pub async fn run(&self, params: StartParams) -> Result<TaskResult, Error> {
        self.run_with(params, |_| {}).await
    }

    /// As [`Tasks::run`], and gives each event to `on_event` as it comes.
    ///
    /// # Errors
    /// As [`Tasks::run`].
    pub async fn run_with(&self, params: StartParams, mut on_event: impl FnMut(Event)) -> Result<TaskResult, Error> {
        let body = body(&params, params.temperature)?;
        let mut events = EventStream::new(self.client.open(&operation::RUN, None, Some(body), &self.options).await?);
        while let Some(event) = events.next().await {
            on_event(event?);
        }
        events.outcome().await
    }

    async fn call<T: DeserializeOwned>(&self, operation: &'static Operation, id: Option<&str>, params: Option<Bytes>) -> Result<T, Error> {
        read(operation, &self.client.call(operation, id, params, &self.options).await?)
    }
}

/// The answer as its type.
pub(super) fn read<T: DeserializeOwned>(operation: &Operation, answer: &Answer) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let text = format!("the answer to {} is not what it should be ({error}): {}", operation.name, excerpt(&answer.body));
        answer.head.error(ErrorKind::Response, text, &answer.body)
    })
}

pub(super) fn body(params: &impl Serialize, temperature: Option<f64>) -> Result<Bytes, Error> {
    // JSON has no such numbers, and null would mean something else.
    if let Some(value) = temperature.filter(|value| !value.is_finite()) {
        return Err(Error::new(ErrorKind::InvalidArgument, format!("temperature is {value}; it must be a finite number, such as 0.2")));
    }
    serde_json::to_vec(params)
        .map(Bytes::from)
        .map_err(|error| Error::new(ErrorKind::InvalidArgument, format!("the parameters cannot be sent as JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_task_can_move_between_threads() {
        fn movable(_: impl Send) {}
        let client = Client::builder().api_key("k").build().unwrap();
        let tasks = client.agent().tasks();
        movable(tasks.run(StartParams::new("x")));
        movable(tasks.wait("t1", WaitParams::new()));
        movable(tasks.list(ListParams::new()));
    }
}
