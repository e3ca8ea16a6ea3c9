//! What outlives a computer: saved states, restored and copied.

use std::sync::{Arc, Mutex};

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

use crate::local::Local;

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
    // One task at a time, restored or not.
    let mut stream = local.stream(json!({"instruction": "stay", "computer_id": id})).await;
    stream.until("started").await;
    let second = json!({"instruction": "short", "computer_id": id});
    assert_eq!(local.post("/agent/tasks", second).await.status, 409);
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
