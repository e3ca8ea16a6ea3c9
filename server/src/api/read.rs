//! What can be read of tasks: one, a page of them, and the events of one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use http::{HeaderMap, HeaderName, Uri};
use lightcone::tasks::{RetrieveStatusResponse, TaskUsage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hosts::Base;
use super::problem::FieldError;
use super::{App, Problem, TaskId, stream};
use crate::engine::{Millis, STATUSES, Status};
use crate::model::Usage;
use crate::store::Record;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How many tasks a page has when nobody says, and at most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

pub(super) async fn retrieve_status(State(app): State<Arc<App>>, TaskId(id): TaskId) -> Result<Json<RetrieveStatusResponse>, Problem> {
    Ok(Json(describe(app.engine.task(&id).await?)))
}

/// A task as `GET` tells it.
fn describe(Record { id, body, state }: Record) -> RetrieveStatusResponse {
    let mut answer = RetrieveStatusResponse::default();
    answer.status = Some(state.status().as_str().to_owned());
    answer.task_id = Some(id);
    answer.exit_code = state.exit_code();
    // So that a list can be read by people.
    answer.instruction = body.get("instruction").and_then(Value::as_str).map(str::to_owned);
    answer.result = state.result().map(str::to_owned);
    answer.steps = Some(state.steps());
    answer.model = state.model().map(str::to_owned);
    answer.error_code = state.error_code().map(str::to_owned);
    answer.usage = state.usage().map(told);
    answer.created_at = Some(rfc3339(state.created_at()));
    answer.started_at = state.started_at().map(rfc3339);
    answer.ended_at = state.ended_at().map(rfc3339);
    answer.metadata = body.get("metadata").and_then(|metadata| BTreeMap::deserialize(metadata).ok());
    answer
}

fn told(usage: Usage) -> TaskUsage {
    let count = |tokens: u64| Some(i64::try_from(tokens).unwrap_or(i64::MAX));
    let mut told = TaskUsage::default();
    told.input_tokens = count(usage.input_tokens);
    told.cached_tokens = count(usage.cached_tokens);
    told.output_tokens = count(usage.output_tokens);
    told.cost = usage.cost;
    told
}

fn rfc3339(millis: Millis) -> String {
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_string()
}

/// A page of tasks, newest first.
#[derive(Serialize)]
pub(super) struct TaskPage {
    data: Vec<RetrieveStatusResponse>,
    /// Whether there are older ones: ask for those after the last one here.
    has_more: bool,
}

pub(super) async fn list(State(app): State<Arc<App>>, uri: Uri) -> Result<Json<TaskPage>, Problem> {
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|error| Problem::fields(vec![FieldError { field: "query".to_owned(), message: format!("cannot be read: {error}") }]))?;
    let given = |name: &str| query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });

    let status = given("status");
    if let Some(status) = status
        && !STATUSES.iter().any(|known| known.as_str() == status)
    {
        let words: Vec<&str> = STATUSES.iter().copied().map(Status::as_str).collect();
        wrong("status", format!("is {status:?}; it must be one of {}", words.join(", ")));
    }
    let limit = match given("limit").map(|limit| (limit, limit.parse())) {
        None => PAGE,
        Some((_, Ok(limit @ 1..=LARGEST_PAGE))) => limit,
        Some((limit, _)) => {
            wrong("limit", format!("is {limit:?}; it must be a whole number from 1 to {LARGEST_PAGE}"));
            PAGE
        }
    };
    let after = given("after");
    if let Some(after) = after
        && app.engine.store.record(after).await?.is_none()
    {
        wrong("after", format!("is {after:?}, and there is no such task; it must be the last task_id of the page before"));
    }
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    // One more than asked for tells whether there are more.
    let mut tasks = app.engine.store.list(status, after, limit + 1).await?;
    let has_more = tasks.len() > limit;
    tasks.truncate(limit);
    Ok(Json(TaskPage { data: tasks.into_iter().map(describe).collect(), has_more }))
}

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Extension(base): Extension<Base>,
    TaskId(id): TaskId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    stream::respond(Arc::clone(&app.engine), &id, headers.get(LAST_EVENT_ID), base).await
}
