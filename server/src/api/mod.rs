//! The HTTP surface: one route per operation of core's table, the page to look at, and
//! the screenshots.

mod body;
pub(crate) mod faults;
mod guard;
pub(crate) mod hosts;
mod page;
mod params;
mod problem;
mod read;
mod serve;
mod stream;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use axum::{Extension, Json, Router, middleware, routing};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use lightcone::operation::{self, Operation};
use lightcone::tasks::{CancelResponse, InjectMessageResponse, PauseResponse, ResumeResponse, StartParams, StartResponse};
use serde::Deserialize;
use serde_json::Value;

use crate::engine::{Engine, StartedTask, Status};
use crate::keys::Keys;
use crate::store::screenshots::{self, Denied};
use faults::Faults;
use hosts::{Base, Hosts};
use problem::Problem;
pub(crate) use serve::serve;

/// Tells whoever streams a task which one it is.
const X_TASK_ID: HeaderName = HeaderName::from_static("x-task-id");

/// What the routes work on.
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) keys: Keys,
    pub(crate) hosts: Hosts,
    pub(crate) faults: Faults,
}

/// All routes.
pub(crate) fn router(app: App) -> Router {
    let app = Arc::new(app);
    let mut router = Router::new();
    router = add(router, &operation::START, start);
    router = add(router, &operation::START_STREAM, start_stream);
    router = add(router, &operation::RETRIEVE_STATUS, read::retrieve_status);
    router = add(router, &operation::INJECT_MESSAGE, inject_message);
    router = add(router, &operation::PAUSE, pause);
    router = add(router, &operation::RESUME, resume);
    router = add(router, &operation::CANCEL, cancel);
    router = add(router, &operation::LIST, read::list);
    router = add(router, &operation::EVENTS, read::events);
    router
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), faults::spoil))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), guard::authenticate))
        .route("/", routing::get(page::page))
        // Signed by itself: an address in an event opens in any browser.
        .route(&format!("{}/{{task}}/{{name}}", screenshots::PREFIX), routing::get(screenshot))
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::meant))
        .layer(middleware::from_fn(guard::identify))
        .with_state(app)
}

fn add<H: Handler<T, Arc<App>>, T: 'static>(router: Router<Arc<App>>, operation: &Operation, handler: H) -> Router<Arc<App>> {
    let method = if operation.method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
    router.route(operation.path, routing::on(method, handler))
}

async fn start(State(app): State<Arc<App>>, body: Body) -> Result<Json<StartResponse>, Problem> {
    let (params, task) = start_task(&app, body).await?;
    let mut answer = StartResponse::default();
    answer.status = Some(task.status.as_str().to_owned());
    answer.task_id = Some(task.id);
    answer.reused = params.idempotency_key.is_some().then_some(task.reused);
    answer.idempotency_key = params.idempotency_key;
    Ok(Json(answer))
}

async fn start_stream(State(app): State<Arc<App>>, Extension(base): Extension<Base>, body: Body) -> Result<Response, Problem> {
    let (_, StartedTask { id, .. }) = start_task(&app, body).await?;
    let mut response = stream::respond(Arc::clone(&app.engine), &id, None, base).await?;
    // Relative to the request's own address, so that it is right under any path prefix.
    let link = format!("<{id}/events>; rel=\"events\"");
    for (name, value) in [(X_TASK_ID, id), (header::LINK, link)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn start_task(app: &App, body: Body) -> Result<(StartParams, StartedTask), Problem> {
    let body = body::read_object(body).await?;
    let params = params::start(&body)?;
    let task = app.engine.start(params.clone(), Value::Object(body)).await?;
    Ok((params, task))
}

async fn inject_message(State(app): State<Arc<App>>, TaskId(id): TaskId, body: Body) -> Result<Json<InjectMessageResponse>, Problem> {
    let params = params::message(&body::read_object(body).await?)?;
    app.engine.inject(&id, params.message).await?;
    let mut answer = InjectMessageResponse::default();
    answer.status = Some("queued".to_owned());
    Ok(Json(answer))
}

async fn pause(State(app): State<Arc<App>>, TaskId(id): TaskId) -> Result<Json<PauseResponse>, Problem> {
    app.engine.pause(&id).await?;
    let mut answer = PauseResponse::default();
    answer.status = Some(Status::Paused.as_str().to_owned());
    Ok(Json(answer))
}

async fn resume(State(app): State<Arc<App>>, TaskId(id): TaskId) -> Result<Json<ResumeResponse>, Problem> {
    let status = app.engine.resume(&id).await?;
    let mut answer = ResumeResponse::default();
    answer.status = Some(status.as_str().to_owned());
    Ok(Json(answer))
}

async fn cancel(State(app): State<Arc<App>>, TaskId(id): TaskId) -> Result<Json<CancelResponse>, Problem> {
    app.engine.cancel(&id).await?;
    let mut answer = CancelResponse::default();
    answer.status = Some(Status::Cancelled.as_str().to_owned());
    Ok(Json(answer))
}

#[derive(Deserialize)]
struct Signed {
    #[serde(default)]
    expires: u64,
    #[serde(default)]
    signature: String,
}

async fn screenshot(
    State(app): State<Arc<App>>,
    uri: Uri,
    parts: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let forged =
        || Problem::new(StatusCode::FORBIDDEN, "the address is not one this server gave out; take it whole from a screenshot event");
    let (Ok(Path((task, name))), Ok(Query(Signed { expires, signature }))) = (parts, Query::try_from_uri(&uri)) else {
        return Err(forged());
    };
    match app.engine.screenshots().open(&task, &name, expires, &signature).await {
        Ok(png) => Ok(([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, immutable")], png).into_response()),
        Err(Denied::Forged) => Err(forged()),
        Err(Denied::Expired) => {
            let detail = format!("the address has expired; it was good for {} days", screenshots::DAYS);
            Err(Problem::new(StatusCode::GONE, detail))
        }
        Err(Denied::Missing) => Err(Problem::new(StatusCode::NOT_FOUND, "the screenshot is not there any more")),
    }
}

async fn unknown_route(method: Method, uri: Uri) -> Problem {
    let routes: Vec<String> = operation::OPERATIONS.iter().map(|known| format!("{} {}", known.method, known.path)).collect();
    let detail = format!("there is no {method} {}; there are {}", uri.path(), routes.join(", "));
    Problem::new(StatusCode::NOT_FOUND, detail)
}

async fn unknown_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}; the Allow header says what it takes", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// The id in a path. One that cannot be read names no task.
struct TaskId(String);

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let detail = match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if !id.is_empty() => return Ok(Self(id)),
            Ok(_) => "the task id in the path is empty; use the task_id that the start answered",
            Err(_) => "the task id in the path is not UTF-8 text; use the task_id that the start answered",
        };
        Err(Problem::new(StatusCode::NOT_FOUND, detail))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::engine::tests::{Stubborn, engine};

    #[tokio::test]
    async fn an_address_that_has_expired_is_gone_and_a_good_one_of_nothing_is_not_found() {
        let engine = engine(|_| -> Stubborn { unreachable!("no task runs here") }).await;
        let keys = Keys::new(&["sk_test".into()]).unwrap();
        let hosts = Hosts::new(Ipv4Addr::LOCALHOST.into(), Vec::new());
        let router = router(App { engine: Arc::clone(&engine), keys, hosts, faults: Faults::default() });
        for (expires, status, words) in [(1, StatusCode::GONE, "7 days"), (u64::MAX, StatusCode::NOT_FOUND, "not there any more")] {
            let address = engine.screenshots().address("task_1", "000001.png", expires);
            let request = Request::get(address).header("host", "localhost").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status);
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            assert!(str::from_utf8(&body).unwrap().contains(words), "{body:?}");
        }
    }
}
