//! Starting and stopping a server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lightcone_server::model::Models;
use lightcone_server::model::scripted::{NAME, Scripts};
use lightcone_server::{Server, ServerConfig, StartError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fake::FakeComputers;
use crate::local::{KEY, Local};

const SCRIPTS: &str = "
- {instruction: stay, steps: [{wait_ms: 60000}]}
- {instruction: stay on a computer, computer: true, steps: [{wait_ms: 60000}]}
- {instruction: short, computer: true, steps: [{finish: done}]}
- {instruction: talk, steps: [{event: {type: progress_update, message: hi}}, {message: go on}, {finish: done}]}
";

fn config(key: &str) -> ServerConfig {
    let scripts = Scripts::parse(SCRIPTS).unwrap();
    ServerConfig::new(key, Arc::new(FakeComputers::default()), Models::new(NAME, move |brief| scripts.model(&brief)))
}

#[tokio::test]
async fn other_machines_need_an_allowed_host_and_everybody_a_real_key() {
    for listen in ["0.0.0.0:0", "192.168.1.5:80", "[::]:0"] {
        let mut config = config(KEY);
        config.listen = listen.parse().unwrap();
        let error = Server::start(config).await.unwrap_err();
        assert!(matches!(error, StartError::NoAllowedHost(_)), "{error:?}");
        assert!(error.to_string().contains("must be allowed"), "{error}");
    }
    for key in ["", "with space", "schl\u{fc}ssel", "line\n"] {
        let error = Server::start(config(key)).await.unwrap_err();
        assert!(matches!(error, StartError::BadKey), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut config = config(KEY);
    config.listen = local.server.url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = Server::start(config).await.unwrap_err().to_string();
    assert!(error.contains(local.server.url().strip_prefix("http://").unwrap()), "{error}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_place_for_screenshots_that_is_none_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = config(KEY);
    config.screenshots = Some(file.path().to_owned());
    let error = Server::start(config).await.unwrap_err().to_string();
    assert!(error.contains(&file.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn a_stop_ends_tasks_streams_and_computers_and_says_so() {
    let local = Local::with_scripts(SCRIPTS).await;
    let computers = Arc::clone(&local.computers);
    local.run(json!({"instruction": "short", "keep_alive": true})).await;
    let mut streams = Vec::new();
    for instruction in ["stay", "stay on a computer", "stay"] {
        let mut stream = local.stream(json!({"instruction": instruction})).await;
        let started = stream.until("started").await;
        if streams.len() == 2 {
            local.call(started["task_id"].as_str().unwrap(), "pause").await;
            stream.until("paused").await;
        }
        streams.push(stream);
    }
    assert_eq!(computers.open(), 2);
    let url = local.server.url();
    let began = Instant::now();
    local.server.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(computers.open(), 0);
    for mut stream in streams {
        let failed = stream.until("failed").await;
        assert_eq!((&failed["error_code"], &failed["retryable"]), (&json!("server_stopped"), &json!(true)));
        assert_eq!(stream.next().await, None);
    }
    assert!(local.http.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_slow_computers_or_silent_clients() {
    let computers = Arc::new(FakeComputers { slow_close: Some(Duration::from_secs(60)), ..FakeComputers::default() });
    let local = Local::with(SCRIPTS, |config| config.computers = Arc::clone(&computers) as Arc<_>).await;
    let mut stream = local.stream(json!({"instruction": "stay on a computer"})).await;
    stream.until("started").await;
    let address = local.server.url().strip_prefix("http://").unwrap().to_owned();
    // One says nothing, one stops within its headers, one within its body.
    let mut silent = Vec::new();
    for text in [
        String::new(),
        "GET /agent".to_owned(),
        format!("POST /agent/tasks HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 99\r\n\r\n{{"),
    ] {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        silent.push(socket);
    }
    let began = Instant::now();
    local.server.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(computers.open(), 0, "one that does not close in time is dropped");
    for mut socket in silent {
        // Closed: the end, or a reset.
        let _ = socket.read_to_end(&mut Vec::new()).await;
    }
}

#[tokio::test]
async fn a_dropped_server_stops_by_itself() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "stay"})).await;
    stream.until("started").await;
    drop(local.server);
    assert_eq!(stream.until("failed").await["error_code"], "server_stopped");
}

#[tokio::test]
async fn a_reader_that_leaves_does_not_end_the_task() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "talk"})).await;
    let started = stream.until("progress_update").await;
    let _ = started;
    let id = stream.text.split("\"task_id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    drop(stream);
    assert_eq!(local.inject(&id, "go on").await.status, 200);
    assert_eq!(local.ended(&id).await["status"], "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn the_key_is_in_no_debug_text() {
    let config = config("sk_secret");
    assert!(!format!("{:?}", config.keys).contains("sk_secret"));
    let server = Server::start(config).await.unwrap();
    assert!(!format!("{server:?}").contains("sk_secret"));
    server.shutdown().await;
}
