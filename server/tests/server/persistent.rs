//! What outlives a computer: saved states, restored and copied.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use lightcone_server::computer::chromium::Chromium;
use lightcone_server::model::Models;
use lightcone_server::model::scripted::Scripts;
use lightcone_server::net::Policy;
use lightcone_server::{Data, ServerConfig};
use serde_json::{Value, json};

use crate::fake::FakeComputers;
use crate::local::{Local, soon};

const SCRIPTS: &str = "
- {instruction: short, computer: true, steps: [{finish: done}]}
- {instruction: stay, computer: true, steps: [{wait_ms: 60000}]}
";

/// Streams a task with these fields to its end, and returns its computer.
async fn run(local: &Local, mut body: Value, fields: Value) -> String {
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let events = local.run(body).await;
    assert_eq!(events.last().unwrap()["type"], "completed", "{events:?}");
    events[0]["computer_id"].as_str().unwrap().to_owned()
}

async fn short(local: &Local, fields: Value) -> String {
    run(local, json!({"instruction": "short"}), fields).await
}

#[tokio::test]
async fn a_saved_state_is_copied_into_a_new_computer() {
    let local = Local::with_scripts(SCRIPTS).await;
    for flag in ["persistent", "save_session"] {
        let first = short(&local, json!({flag: true})).await;
        let second = short(&local, json!({"environment_id": first})).await;
        assert_ne!(first, second);
        assert_eq!(local.computers.memory(&second).restored, format!("{first};"));
        // The copy was not asked to be kept, and the state it came from is as it was.
        for (environment, status) in [(&second, 404), (&first, 200)] {
            let body = json!({"instruction": "short", "environment_id": environment});
            assert_eq!(local.post("/agent/tasks", body).await.status, status);
        }
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_saved_computer_is_restored_under_its_id() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = short(&local, json!({"persistent": true})).await;
    for fields in [json!({}), json!({"on_missing_computer": "restore"}), json!({"on_missing_computer": "create_new", "persistent": true})] {
        let mut body = json!({"computer_id": id});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_eq!(short(&local, body).await, id);
        assert_eq!(local.computers.memory(&id).restored, format!("{id};"));
    }
    // The last one was saved anew.
    short(&local, json!({"computer_id": id})).await;
    assert_eq!(local.computers.memory(&id).restored, format!("{id};{id};"));
    let never = json!({"instruction": "short", "computer_id": id, "on_missing_computer": "fail"});
    assert_eq!(local.post("/agent/tasks", never).await.status, 404);
    local.server.shutdown().await;
}

#[tokio::test]
async fn one_task_at_a_time_is_on_a_restored_computer() {
    let local = Local::with(SCRIPTS, |config| config.max_concurrent = 1).await;
    let id = short(&local, json!({"persistent": true})).await;
    let body = json!({"instruction": "stay", "computer_id": id});
    // All at once: whoever comes first has it, before it is launched.
    let answers = futures_util::future::join_all((0..5).map(|_| local.post("/agent/tasks", body.clone()))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409]);
    let first = answers.iter().find_map(|answer| answer.body["task_id"].as_str()).unwrap();
    // So it is with one that waits in line.
    local.call(first, "cancel").await;
    let blocker = local.start(json!({"instruction": "stay"})).await;
    let queued = local.post("/agent/tasks", body.clone()).await.body;
    assert_eq!(queued["status"], "queued");
    assert_eq!(local.post("/agent/tasks", body.clone()).await.status, 409);
    // And the computer is free again once that one is called off.
    local.call(queued["task_id"].as_str().unwrap(), "cancel").await;
    local.call(&blocker, "cancel").await;
    assert_eq!(short(&local, json!({"computer_id": id})).await, id);
    local.server.shutdown().await;
}

#[tokio::test]
async fn the_state_of_a_cancelled_task_is_there_when_its_end_is_told() {
    let computers = Arc::new(FakeComputers { slow_save: Some(Duration::from_millis(300)), ..FakeComputers::default() });
    let local = Local::with(SCRIPTS, |config| config.computers = Arc::clone(&computers) as Arc<_>).await;
    for by_call in [true, false] {
        let mut stream = local.stream(json!({"instruction": "stay", "persistent": true})).await;
        let started = stream.until("started").await;
        let (task, computer) = (started["task_id"].as_str().unwrap(), started["computer_id"].as_str().unwrap());
        let cancelled = local.call(task, "cancel");
        if by_call {
            assert_eq!(cancelled.await.status, 200);
        } else {
            let (_, event) = tokio::join!(cancelled, stream.until("cancelled"));
            assert_eq!(event["reason"], "call");
        }
        let copy = short(&local, json!({"environment_id": computer})).await;
        assert_eq!(computers.memory(&copy).restored, format!("{computer};"));
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_task_that_ended_while_it_was_called_off_says_how() {
    let computers = Arc::new(FakeComputers { slow_save: Some(Duration::from_millis(300)), ..FakeComputers::default() });
    let local = Local::with(SCRIPTS, |config| config.computers = Arc::clone(&computers) as Arc<_>).await;
    let mut stream = local.stream(json!({"instruction": "short", "persistent": true})).await;
    let started = stream.until("started").await;
    let memory = computers.memory(started["computer_id"].as_str().unwrap());
    soon("its state is being saved", || memory.saving.load(Ordering::SeqCst)).await;
    let answer = local.call(started["task_id"].as_str().unwrap(), "cancel").await;
    assert_eq!(answer.status, 409);
    assert!(answer.body["detail"].as_str().unwrap().contains("completed"), "{answer:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn no_id_leads_out_of_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let data = Data::Folder(place.path().to_owned());
    let local = Local::with(SCRIPTS, |config: &mut ServerConfig| config.data = data).await;
    short(&local, json!({"persistent": true})).await;
    for id in ["..", ".", "../screenshots", "/tmp", "computer_1/..", ".new-x", "\u{0}"] {
        for field in ["environment_id", "computer_id"] {
            let answer = local.post("/agent/tasks", json!({"instruction": "short", field: id})).await;
            assert_eq!(answer.status, 404, "{field} {id:?}");
        }
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_kept_computer_is_saved_once_a_task_ends_it() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = short(&local, json!({"persistent": true, "keep_alive": true})).await;
    assert_eq!(short(&local, json!({"computer_id": id, "persistent": true})).await, id);
    assert_eq!(local.computers.count(), 1);
    let copy = short(&local, json!({"environment_id": id})).await;
    assert_eq!(local.computers.memory(&copy).restored, format!("{id};"));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_state_that_nobody_used_for_long_is_forgotten() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = short(&local, json!({"persistent": true})).await;
    local.server.prune(std::time::Duration::from_secs(3600)).await.unwrap();
    short(&local, json!({"environment_id": id})).await;
    local.server.prune(std::time::Duration::ZERO).await.unwrap();
    for field in ["environment_id", "computer_id"] {
        let answer = local.post("/agent/tasks", json!({"instruction": "short", field: id})).await;
        assert_eq!(answer.status, 404, "{field}");
    }
    local.server.shutdown().await;
}

/// What a site saw of each visit: the cookies, and what its script found stored.
type Visits = Arc<Mutex<Vec<(String, String)>>>;

async fn login(RawQuery(_): RawQuery) -> (HeaderMap, Html<&'static str>) {
    let mut headers = HeaderMap::new();
    // One of the session, as logins are, and one with a time.
    for cookie in ["session=ann; HttpOnly", "theme=dark; Max-Age=86400"] {
        headers.append("set-cookie", cookie.parse().unwrap());
    }
    (headers, Html("<script>localStorage.setItem('user', 'ann')</script>Welcome"))
}

async fn home() -> Html<&'static str> {
    Html("<script>fetch('/seen?' + localStorage.getItem('user'))</script>Home")
}

async fn seen(State(visits): State<Visits>, RawQuery(stored): RawQuery, headers: HeaderMap) {
    let cookies = headers.get("cookie").map(|cookies| cookies.to_str().unwrap().to_owned());
    visits.lock().unwrap().push((cookies.unwrap_or_default(), stored.unwrap_or_default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_in_stays_logged_in() {
    let visits = Visits::default();
    let router = Router::new().route("/login", get(login)).route("/", get(home)).route("/seen", get(seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router.with_state(Arc::clone(&visits))).into_future());

    let place = tempfile::tempdir().unwrap();
    let scripts = Scripts::parse(SCRIPTS).unwrap();
    let policy = Policy { allow_private: true, ..Policy::default() };
    let start = async || {
        let scripts = scripts.clone();
        let models = Models::new("scripted", move |brief| scripts.model(&brief));
        Local::with_models(models, |config| {
            config.computers = Arc::new(Chromium { policy: policy.clone(), ..Chromium::default() });
            config.data = Data::Folder(place.path().to_owned());
        })
        .await
    };
    let before = start().await;
    let first = short(&before, json!({"persistent": true, "start_url": format!("{site}/login")})).await;
    let second = short(&before, json!({"environment_id": first, "start_url": site})).await;
    assert_ne!(first, second);
    before.server.shutdown().await;
    // And with another server, under its own id.
    let after = start().await;
    assert_eq!(short(&after, json!({"computer_id": first, "start_url": site})).await, first);
    short(&after, json!({"start_url": site})).await;
    after.server.shutdown().await;

    let logged_in = ("session=ann; theme=dark".to_owned(), "ann".to_owned());
    let expected = [logged_in.clone(), logged_in, (String::new(), "null".to_owned())];
    let mut visits = visits.lock().unwrap().clone();
    for (cookies, _) in &mut visits {
        let mut each: Vec<&str> = cookies.split("; ").collect();
        each.sort_unstable();
        *cookies = each.join("; ");
    }
    assert_eq!(visits, expected);
}
