//! Lists of tasks, and their events once more: from the start, from the middle, by many.

use lightcone_server::{Data, prune_folder};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::local::{Events, KEY, Local, kinds};

const SCRIPTS: &str = "
- {instruction: count, steps: [{event: {type: progress_update, message: one}}, {event: {type: progress_update, message: two}}, {finish: done}]}
- {instruction: look, computer: true, steps: [{finish: done}]}
- {instruction: converse, steps: [{event: {type: progress_update, message: hi}}, {message: go on}, {event: {type: progress_update, message: on}}, {finish: done}]}
- {instruction: stay, steps: [{wait_ms: 60000}]}
";

async fn follow(local: &Local, id: &str, last: Option<&str>) -> Events {
    let mut request = local.request(Method::GET, &format!("/agent/tasks/{id}/events"));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    Events::of(request.send().await.unwrap())
}

#[tokio::test]
async fn a_stream_says_which_task_it_is_and_where_to_go_on() {
    let local = Local::with_scripts(SCRIPTS).await;
    let stream = local.stream(json!({"instruction": "count"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    let link = stream.headers()["link"].to_str().unwrap().to_owned();
    assert_eq!(link, format!("<{id}/events>; rel=\"events\""));
    for base in [local.server.url(), format!("{}/some/prefix", local.server.url())] {
        let request = reqwest::Url::parse(&format!("{base}/agent/tasks/stream")).unwrap();
        let found = request.join(link.strip_prefix('<').unwrap().split_once('>').unwrap().0).unwrap();
        assert_eq!(found.as_str(), format!("{base}/agent/tasks/{id}/events"));
    }
    let first = stream.all().await;
    assert_eq!(kinds(&first), ["started", "progress_update", "progress_update", "completed"]);
    assert_eq!(follow(&local, &id, None).await.all().await, first);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_reader_goes_on_after_the_event_it_saw_last() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "converse"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    stream.until("progress_update").await;
    // While it runs: what was, and then what comes.
    let mut middle = follow(&local, &id, Some("0")).await;
    assert_eq!(middle.next().await.unwrap()["message"], "hi");
    let newest = follow(&local, &id, Some("1")).await;
    local.inject(&id, "go on").await;
    let rest = ["message_injected", "progress_update", "completed"];
    assert_eq!(kinds(&middle.all().await), rest);
    assert_eq!(kinds(&newest.all().await), rest);
    assert_eq!(kinds(&stream.all().await), rest);
    // After its end.
    for (last, kinds_left) in [("2", &rest[1..]), ("3", &rest[2..]), ("4", &[])] {
        let mut events = follow(&local, &id, Some(last)).await;
        let first = events.next().await;
        assert_eq!(first.as_ref().map(|event| event["type"].as_str().unwrap()), kinds_left.first().copied());
        if first.is_some() {
            assert!(events.text.starts_with(&format!("id: {}\n", last.parse::<u32>().unwrap() + 1)), "{}", events.text);
        }
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_event_id_that_is_none_is_refused() {
    let local = Local::with_scripts(SCRIPTS).await;
    let stream = local.stream(json!({"instruction": "count"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    stream.all().await;
    for last in ["4", "99999999999999999999999", "-1", "1.0", "one", "", " "] {
        let request = local.request(Method::GET, &format!("/agent/tasks/{id}/events")).header("Last-Event-ID", last);
        let answer = crate::local::answer(request).await;
        assert_eq!(answer.status, 422, "{last:?}");
        assert_eq!(answer.body["errors"][0]["field"], "Last-Event-ID");
        assert!(answer.body["detail"].as_str().unwrap().contains("from 0 to 3"), "{answer:?}");
    }
    assert_eq!(local.get("/agent/tasks/task_1/events").await.status, 404);
    local.server.shutdown().await;
}

#[tokio::test]
async fn what_a_concise_task_leaves_out_is_left_out_of_its_events_too() {
    let local = Local::with_scripts(SCRIPTS).await;
    let stream = local.stream(json!({"instruction": "look", "stream_mode": "concise"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    let first = stream.all().await;
    assert_eq!(kinds(&first), ["started", "screenshot", "completed"]);
    assert_eq!(follow(&local, &id, None).await.all().await, first);
    assert_eq!(kinds(&follow(&local, &id, Some("1")).await.all().await), ["completed"]);
    local.server.shutdown().await;
}

/// A reader that has sent its request and reads nothing of the answer yet.
async fn lazy(local: &Local, id: &str) -> TcpStream {
    let address = local.server.url().strip_prefix("http://").unwrap().to_owned();
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /agent/tasks/{id}/events HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// The memory of this process that is in RAM, in bytes.
#[cfg(target_os = "linux")]
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_hold_up_nobody_and_cost_no_memory() {
    const EVENTS: usize = 400;
    const LAZY: usize = 20;
    let event = json!({"event": {"type": "progress_update", "message": "x".repeat(50_000)}});
    let mut steps = vec![json!({"message": "begin"})];
    steps.resize(EVENTS + 1, event);
    let local = Local::with_scripts(&json!([{"instruction": "flood", "steps": steps}]).to_string()).await;
    let mut stream = local.stream(json!({"instruction": "flood"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    stream.until("started").await;
    let mut readers = Vec::new();
    for _ in 0..LAZY {
        readers.push(lazy(&local, &id).await);
    }
    let before = memory();
    local.inject(&id, "begin").await;
    // The task goes on, and so does who reads.
    assert_eq!(local.ended(&id).await["status"], "completed");
    let events = stream.all().await;
    // 20 MB for each of them would be 400 MB.
    let grown = memory().saturating_sub(before);
    assert!(grown < 150_000_000, "{grown} bytes more");
    assert_eq!(events.len(), EVENTS + 2);
    // Once they read they have all of it, each event once and in order; from the middle, too.
    let middle = follow(&local, &id, Some("200")).await.all().await;
    assert_eq!(middle[..], events[events.len() - middle.len()..]);
    for mut reader in readers {
        let mut text = Vec::new();
        reader.read_to_end(&mut text).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        let ids: Vec<usize> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
        assert_eq!(ids, (0..EVENTS + 3).collect::<Vec<_>>());
    }
    local.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_readers_see_every_event_once_and_in_order() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "converse"})).await;
    let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
    stream.until("progress_update").await;
    let mut readers = Vec::new();
    for _ in 0..200 {
        readers.push(tokio::spawn(follow(&local, &id, None).await.all()));
    }
    local.inject(&id, "go on").await;
    let expected = ["started", "progress_update", "message_injected", "progress_update", "completed"];
    for reader in readers {
        assert_eq!(kinds(&reader.await.unwrap()), expected);
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn tasks_are_listed_in_pages_newest_first() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut ids = Vec::new();
    for nth in 0..5 {
        let instruction = if nth % 2 == 0 { "stay" } else { "count" };
        let id = local.start(json!({"instruction": instruction, "metadata": {"nth": nth.to_string()}})).await;
        if nth % 2 == 1 {
            local.ended(&id).await;
        }
        ids.push(id);
    }
    ids.reverse();
    let list = async |query: &str| {
        let answer = local.get(&format!("/agent/tasks{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let data = answer.body["data"].as_array().unwrap();
        let found: Vec<String> = data.iter().map(|task| task["task_id"].as_str().unwrap().to_owned()).collect();
        (found, answer.body["has_more"].as_bool().unwrap())
    };
    assert_eq!(list("").await, (ids.clone(), false));
    assert_eq!(list("?limit=2").await, (ids[..2].to_vec(), true));
    assert_eq!(list(&format!("?limit=3&after={}", ids[1])).await, (ids[2..].to_vec(), false));
    assert_eq!(list(&format!("?after={}", ids[4])).await, (vec![], false));
    assert_eq!(list("?status=completed").await, (vec![ids[1].clone(), ids[3].clone()], false));
    assert_eq!(list(&format!("?status=running&limit=1&after={}", ids[1])).await, (vec![ids[2].clone()], true));
    let newest = &local.get("/agent/tasks?limit=1").await.body["data"][0];
    assert_eq!(*newest, local.status(&ids[0]).await);
    assert_eq!(newest["metadata"], json!({"nth": "4"}));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_list_that_cannot_be_had_says_why() {
    let local = Local::with_scripts(SCRIPTS).await;
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=-1", "limit"),
        ("?limit=many", "limit"),
        ("?status=done", "status"),
        ("?status=", "status"),
        ("?after=task_1", "after"),
    ] {
        let answer = local.get(&format!("/agent/tasks{query}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!(field)), "{query}");
    }
    let every = local.get("/agent/tasks?limit=x&status=y&after=z").await;
    assert_eq!(every.body["errors"].as_array().unwrap().len(), 3);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_task_is_called_off_by_a_call() {
    let local = Local::with_scripts(SCRIPTS).await;
    for paused in [false, true] {
        let stream = local.stream(json!({"instruction": "stay"})).await;
        let id = stream.headers()["x-task-id"].to_str().unwrap().to_owned();
        if paused {
            local.call(&id, "pause").await;
        }
        for _ in 0..2 {
            let answer = local.call(&id, "cancel").await;
            assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"status": "cancelled"})));
        }
        assert_eq!(*stream.all().await.last().unwrap(), json!({"type": "cancelled", "reason": "call", "step": 0}));
        let status = local.status(&id).await;
        assert_eq!((&status["status"], &status["exit_code"]), (&json!("cancelled"), &json!(130)));
        assert_eq!(local.call(&id, "pause").await.status, 409);
    }
    let done = local.start(json!({"instruction": "count"})).await;
    local.ended(&done).await;
    let refused = local.call(&done, "cancel").await;
    assert_eq!((refused.status.as_u16(), refused.headers["x-should-retry"].as_bytes()), (409, &b"false"[..]));
    assert_eq!(local.call("task_1", "cancel").await.status, 404);
    local.server.shutdown().await;
}

#[tokio::test]
async fn another_server_on_the_same_data_knows_the_same() {
    let place = tempfile::tempdir().unwrap();
    let data = Data::Folder(place.path().join("data"));
    let before = Local::with(SCRIPTS, |config| config.data = data.clone()).await;
    let body = json!({"instruction": "look", "idempotency_key": "once"});
    let events = before.run(body.clone()).await;
    let id = events[0]["task_id"].as_str().unwrap();
    let running = before.start(json!({"instruction": "stay"})).await;
    let (status, url) = (before.status(id).await, before.server.url());
    before.server.shutdown().await;

    // On another port: links lead to where they are asked for.
    let after = Local::with(SCRIPTS, |config| config.data = data.clone()).await;
    assert_eq!(after.status(id).await, status);
    let again = follow(&after, id, None).await.all().await;
    assert_eq!(serde_json::to_string(&events).unwrap().replace(&url, &after.server.url()), serde_json::to_string(&again).unwrap());
    assert_eq!(after.run(body).await, again, "the key names the same task");
    let shot = again.iter().find(|event| event["type"] == "screenshot").unwrap();
    let png = after.http.get(shot["screenshot_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(png.status(), 200);
    assert_eq!(after.status(&running).await["error_code"], "server_stopped");
    after.server.shutdown().await;
}

#[tokio::test]
async fn old_tasks_are_forgotten_in_a_folder_that_no_server_uses() {
    let place = tempfile::tempdir().unwrap();
    let (folder, hour) = (place.path(), std::time::Duration::from_secs(3600));
    let data = Data::Folder(folder.to_owned());
    let refusal = prune_folder(folder, None, hour).await.unwrap_err().to_string();
    assert!(refusal.contains("no server has kept tasks here") && folder.read_dir().unwrap().next().is_none(), "{refusal}");

    let local = Local::with(SCRIPTS, |config| config.data = data.clone()).await;
    let events = local.run(json!({"instruction": "look"})).await;
    let id = events[0]["task_id"].as_str().unwrap();
    let refusal = prune_folder(folder, None, hour).await.unwrap_err().to_string();
    assert!(refusal.contains("a server uses this folder"), "{refusal}");
    local.server.shutdown().await;

    assert_eq!(prune_folder(folder, None, hour).await.unwrap(), 0);
    assert!(folder.join("screenshots").join(id).is_dir());
    assert_eq!(prune_folder(folder, None, std::time::Duration::ZERO).await.unwrap(), 1);
    assert!(!folder.join("screenshots").join(id).exists());
    let local = Local::with(SCRIPTS, |config| config.data = data).await;
    assert_eq!(local.get("/agent/tasks").await.body["data"], json!([]));
    local.server.shutdown().await;
}

#[tokio::test]
async fn old_tasks_are_forgotten_with_their_screenshots() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "look"})).await;
    let running = local.start(json!({"instruction": "stay"})).await;
    let id = events[0]["task_id"].as_str().unwrap();
    let url = events.iter().find_map(|event| event["screenshot_url"].as_str()).unwrap();
    assert_eq!(local.server.prune(std::time::Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(local.http.get(url).send().await.unwrap().status(), 200);
    assert_eq!(local.server.prune(std::time::Duration::ZERO).await.unwrap(), 1);
    assert_eq!(local.get(&format!("/agent/tasks/{id}")).await.status, 404);
    assert_eq!(local.http.get(url).send().await.unwrap().status(), 404);
    let left = local.get("/agent/tasks").await.body;
    let ids: Vec<&Value> = left["data"].as_array().unwrap().iter().map(|task| &task["task_id"]).collect();
    assert_eq!(ids, [&json!(running)]);
    local.server.shutdown().await;
}
