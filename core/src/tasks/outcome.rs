//! How a task ended (contract, sections 4 and 8.5).

use serde::Serialize;
use serde_json::Value;

use super::{RetrieveStatusResponse, api};
use crate::{
    client::Client,
    config::CallOptions,
    error::{Error, ErrorKind},
    operation,
    sse::Frame,
};

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TaskResult {
    /// `completed`, `failed` or `cancelled`.
    pub status: String,
    /// 0 on success; null where the server does not tell.
    pub exit_code: Option<i64>,
    /// The answer, or what there is to say of the failure; null where the server does not tell.
    pub result: Option<String>,
    /// The task; null where it could not be started as it was asked for, and so has no id.
    pub task_id: Option<String>,
    /// How many steps there have been; null where the server does not tell.
    pub steps: Option<i64>,
    /// The model that really ran; null where the server does not tell.
    pub model: Option<String>,
}

impl TaskResult {
    /// Whether the task was completed.
    pub fn is_completed(&self) -> bool {
        self.status == COMPLETED
    }

    /// The same, if the task was completed.
    ///
    /// # Errors
    /// `task_failed` if it failed or was cancelled.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if self.is_completed() {
            return Ok(self);
        }
        let task = self.task_id.as_ref().map_or_else(|| "The task".to_owned(), |id| format!("Task {id}"));
        let code = self.exit_code.map_or_else(String::new, |code| format!(" (exit code {code})"));
        let why = self.result.as_ref().filter(|result| !result.is_empty()).map_or_else(String::new, |result| format!(": {result}"));
        let verb = if self.status == CANCELLED { "was " } else { "" };
        let mut error = Error::new(ErrorKind::TaskFailed, format!("{task} {verb}{}{code}{why}", self.status));
        error.record_mut().task_id = self.task_id;
        Err(error)
    }

    /// What the status of a task that has ended tells.
    pub(super) fn of_status(id: &str, status: RetrieveStatusResponse) -> Self {
        let RetrieveStatusResponse { exit_code, result, steps, model, .. } = status;
        let by_code = || if exit_code == Some(0) { COMPLETED } else { FAILED }.to_owned();
        let ended = |status: &String| [COMPLETED, FAILED, CANCELLED].contains(&status.as_str());
        let status = status.status.filter(ended).unwrap_or_else(by_code);
        Self { status, exit_code, result, task_id: Some(id.to_owned()), steps, model }
    }

    /// What the event that ended a task tells. Of the exit codes only those that go with one
    /// kind of end alone.
    fn of_event(terminal: &Frame) -> Self {
        let members: Value = serde_json::from_str(&terminal.data).unwrap_or_default();
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let (status, exit_code) = match terminal.kind().as_deref() {
            Some("completed") => (COMPLETED, Some(0)),
            Some("cancelled") => (CANCELLED, None),
            Some("config_error") => (FAILED, Some(2)),
            Some("max_steps") => (FAILED, Some(3)),
            _ => (FAILED, None),
        };
        Self {
            status: status.to_owned(),
            exit_code,
            result: text("result").or_else(|| text("error")),
            task_id: None,
            steps: members.get("step").and_then(Value::as_i64),
            model: None,
        }
    }

    /// As JSON, as a binding reads it; every member is there.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and numbers always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

const COMPLETED: &str = "completed";
const FAILED: &str = "failed";
const CANCELLED: &str = "cancelled";

/// How a task ended whose last event has come. The event says what became of it; its status,
/// which is asked for once, fills in the rest, and is not missed if it does not come.
pub(crate) async fn outcome(
    client: &Client,
    options: &CallOptions,
    id: Option<String>,
    terminal: &Frame,
    model: Option<String>,
) -> TaskResult {
    let told = TaskResult::of_event(terminal);
    let status = match &id {
        Some(id) => client.call(&operation::RETRIEVE_STATUS, Some(id), None, options).await.ok(),
        None => None,
    };
    let status = status.and_then(|answer| api::read::<RetrieveStatusResponse>(&operation::RETRIEVE_STATUS, &answer).ok());
    let status = status.filter(RetrieveStatusResponse::has_ended).unwrap_or_default();
    TaskResult {
        exit_code: status.exit_code.or(told.exit_code),
        result: told.result.or(status.result),
        task_id: id,
        steps: status.steps.or(told.steps),
        model: status.model.or(model),
        status: told.status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_status(text: &str) -> TaskResult {
        TaskResult::of_status("t1", serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_status_tells_the_result() {
        let whole = of_status(r#"{"status":"failed","exit_code":3,"result":"no","steps":7,"model":"rules","new":1}"#);
        let json = r#"{"status":"failed","exit_code":3,"result":"no","task_id":"t1","steps":7,"model":"rules"}"#;
        assert_eq!(String::from_utf8(whole.to_json()).unwrap(), json);
        let bare = of_status(r#"{"status":"completed"}"#);
        assert_eq!((bare.status.as_str(), bare.exit_code, bare.result), ("completed", None, None));
        // An exit code ends a task whatever its status is called.
        assert_eq!(of_status(r#"{"status":"done","exit_code":0}"#).status, "completed");
        assert_eq!(of_status(r#"{"exit_code":1}"#).status, "failed");
    }

    #[test]
    fn a_task_that_was_not_completed_can_be_an_error() {
        assert!(of_status(r#"{"status":"completed"}"#).error_for_status().is_ok());
        for (status, text) in [
            (r#"{"status":"failed","exit_code":1,"result":"no such page"}"#, "Task t1 failed (exit code 1): no such page"),
            (r#"{"status":"cancelled","result":""}"#, "Task t1 was cancelled"),
        ] {
            let error = of_status(status).error_for_status().unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::TaskFailed, text.to_owned()));
            assert_eq!(error.record().task_id.as_deref(), Some("t1"));
        }
    }
}
