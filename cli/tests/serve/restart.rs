//! A server that is killed at any moment of a task's life, and started again.

use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::serving::{KEY, Serving, soon};

const SCRIPTS: &str = "
- instruction: talk
  steps:
    - event: { type: progress_update, message: one }
    - event: { type: progress_update, message: two }
    - message: go on
    - finish: done
- instruction: chatter
  steps: [{chatter}]
- instruction: short
  steps:
    - finish: done
- instruction: end
  steps:
    - event: { type: progress_update, message: last }
    - finish: done
- instruction: browse
  computer: true
  steps:
    - action: { type: wait, ms: 1 }
    - action: { type: wait, ms: 60000 }
- instruction: listen
  computer: true
  steps:
    - message: go on
    - message: never
- instruction: save
  computer: true
  steps:
    - finish: done
";

type Seen = Vec<(u64, Value)>;

fn start(place: &Path) -> Serving {
    let chatter: Vec<String> = (0..2000).map(|n| format!("{{event: {{type: progress_update, message: '{n}'}}}}")).collect();
    Serving::start(place, &SCRIPTS.replace("{chatter}", &chatter.join(", ")), &["--max-concurrent", "1"])
}

/// What is true of a task after a restart, whatever moment its server died at.
fn check(server: &Serving, task: &str, seen: &[(u64, Value)]) -> (Value, Vec<Value>) {
    let status = server.ended(task);
    let events: Seen = server.events(task, None).collect();
    let ids: Vec<u64> = events.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, (0..events.len() as u64).collect::<Vec<_>>());
    assert!(events.starts_with(seen), "what a reader saw has changed");
    // Whoever was reading goes on with what comes next.
    let rest: Seen = server.events(task, seen.last().map(|(id, _)| *id)).collect();
    assert_eq!(rest, events[seen.len()..]);
    let events: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
    let ends = events.iter().filter(|event| ["completed", "failed", "cancelled"].iter().any(|end| event["type"] == *end)).count();
    assert_eq!(ends, 1, "{status}");
    if status["exit_code"] == 70 {
        let last = events.last().unwrap();
        assert_eq!((&last["type"], &last["error_code"], &last["retryable"]), (&"failed".into(), &"server_restarted".into(), &true.into()));
        assert_eq!((&status["status"], &status["error_code"]), (&"failed".into(), &"server_restarted".into()));
    } else {
        assert_eq!((&status["status"], &status["exit_code"]), (&"completed".into(), &0.into()));
    }
    (status, events)
}

/// Brings a task to a point of its life, where its server is killed: what a reader has seen
/// of it by then. After the restart the task has come to this end.
fn killed_at(reach: impl FnOnce(&Serving) -> (String, Seen), exit_code: i64) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let server = start(place.path());
    let (task, seen) = reach(&server);
    server.kill();
    let server = start(place.path());
    let (status, events) = check(&server, &task, &seen);
    assert_eq!(status["exit_code"], exit_code, "{events:?}");
    // Killed once more, nothing is told twice.
    server.kill();
    let server = start(place.path());
    assert_eq!(check(&server, &task, &seen), (status, events));
    place
}

const POST: &str = "POST";

#[test]
fn killed_at_the_answer_of_the_start() {
    for wait in [0, 1, 2, 4, 8, 16] {
        let place = tempfile::tempdir().unwrap();
        let server = start(place.path());
        let answer = server.send(POST, "/agent/tasks", "", &Serving::body("talk").to_string());
        std::thread::sleep(Duration::from_millis(wait));
        server.kill();
        drop(answer);
        let server = start(place.path());
        // Whether it came to be or not: sent again, it is one task.
        let task = server.start_task("talk");
        assert_eq!(server.start_task("talk"), task);
        assert_eq!(server.call("GET", "/agent/tasks", &Value::Null)["data"].as_array().unwrap().len(), 1);
        // One that comes to be now waits for its message.
        let known = server.call("GET", &format!("/agent/tasks/{task}"), &Value::Null);
        if known.get("exit_code").is_none() {
            server.call(POST, &format!("/agent/tasks/{task}/messages"), &json!({"message": "go on"}));
        }
        check(&server, &task, &[]);
    }
}

#[test]
fn killed_while_queued() {
    let reach = |server: &Serving| {
        let first = server.start_task("browse");
        server.events(&first, None).until("started");
        let task = server.start_task("save");
        let seen = server.events(&task, None).until("queued");
        (task, seen)
    };
    // It had not begun, so it begins now.
    killed_at(reach, 0);
}

#[test]
fn killed_before_the_first_event() {
    let reach = |server: &Serving| (server.start_task("browse"), Seen::new());
    killed_at(reach, 70);
}

#[test]
fn killed_while_the_browser_starts() {
    let reach = |server: &Serving| {
        let task = server.start_task("browse");
        soon("the browser", || (!server.browsers().is_empty()).then_some(()));
        (task, Seen::new())
    };
    killed_at(reach, 70);
}

#[test]
fn killed_after_the_first_event() {
    let reach = |server: &Serving| {
        let task = server.start_task("browse");
        let seen = server.events(&task, None).until("started");
        (task, seen)
    };
    killed_at(reach, 70);
}

#[test]
fn killed_in_the_middle_of_a_step() {
    let reach = |server: &Serving| {
        let task = server.start_task("browse");
        let mut events = server.events(&task, None);
        let mut seen = events.until("executed");
        seen.extend(events.until("action"));
        (task, seen)
    };
    let place = killed_at(reach, 70);
    // The profile of the browser goes with the next server, once it is not young any more.
    let left = std::fs::read_dir(place.path().join("tmp")).unwrap().flatten().map(|entry| entry.path());
    let locks: Vec<_> = left.map(|folder| folder.join(".lightcone-lock")).filter(|lock| lock.exists()).collect();
    assert_eq!(locks.len(), 1, "{locks:?}");
    let lock = File::options().write(true).open(&locks[0]).unwrap();
    lock.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let _server = start(place.path());
    soon("the profile has gone", || (!locks[0].parent().unwrap().exists()).then_some(()));
}

/// A paused task on a browser, what was seen of it, and its stream.
fn paused(server: &Serving) -> (String, Seen) {
    let task = server.start_task("listen");
    let mut events = server.events(&task, None);
    let mut seen = events.until("thinking");
    server.call(POST, &format!("/agent/tasks/{task}/pause"), &Value::Null);
    seen.extend(events.until("paused"));
    (task, seen)
}

#[test]
fn killed_while_paused() {
    killed_at(paused, 70);
}

#[test]
fn killed_just_after_a_message() {
    let reach = |server: &Serving| {
        let (task, seen) = paused(server);
        server.call(POST, &format!("/agent/tasks/{task}/messages"), &json!({"message": "go on"}));
        (task, seen)
    };
    let place = killed_at(reach, 70);
    // It was acknowledged, so it is there.
    let server = start(place.path());
    let task = server.call("GET", "/agent/tasks", &Value::Null)["data"][0]["task_id"].as_str().unwrap().to_owned();
    assert!(server.events(&task, None).any(|(_, event)| event["type"] == "message_injected" && event["message"] == "go on"));
}

#[test]
fn killed_while_the_state_is_saved() {
    let place = tempfile::tempdir().unwrap();
    let states = place.path().join("data").join("computers");
    let server = start(place.path());
    let task = server.start_task("save");
    soon("the state is being saved", || (states.read_dir().ok()?.count() > 0).then_some(()));
    server.kill();
    let server = start(place.path());
    let (status, events) = check(&server, &task, &[]);
    // Whole or not at all.
    let computer = events.iter().find_map(|event| event["computer_id"].as_str()).unwrap();
    let mut body = Serving::body("end");
    body["environment_id"] = computer.into();
    let answer = server.ask(POST, "/agent/tasks", &body);
    let saved: Vec<_> = states.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    match answer.0 {
        200 => assert_eq!(saved, [computer]),
        404 => assert!(saved.is_empty() && status["exit_code"] == 70, "{saved:?} {status}"),
        _ => panic!("{answer:?}"),
    }
}

#[test]
fn killed_just_before_and_just_after_the_end() {
    for (last, codes) in [("started", &[0, 70][..]), ("progress_update", &[0, 70]), ("completed", &[0])] {
        let place = tempfile::tempdir().unwrap();
        let server = start(place.path());
        let task = server.start_task("end");
        let mut events = server.events(&task, None);
        let mut seen = events.until(last);
        server.kill();
        seen.extend(events);
        let (status, _) = check(&start(place.path()), &task, &seen);
        assert!(codes.contains(&status["exit_code"].as_i64().unwrap()), "{last}: {status}");
    }
}

#[test]
fn what_had_ended_is_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let server = start(place.path());
    let ended = server.start_task("short");
    let before = server.ended(&ended);
    server.kill();
    let server = start(place.path());
    assert_eq!(check(&server, &ended, &[]).0, before);
    // The key names the same task.
    assert_eq!(server.start_task("short"), ended);
}

#[test]
fn no_event_is_lost_or_told_twice_at_whatever_moment() {
    // After so many events that a reader saw; the task writes on as fast as it can.
    let mut ends = BTreeMap::new();
    for moment in [0, 1, 2, 7, 30, 100, 300, 700, 1200, 1900] {
        let place = tempfile::tempdir().unwrap();
        let server = start(place.path());
        let task = server.start_task("chatter");
        let mut reader = server.events(&task, None);
        let mut seen: Seen = reader.by_ref().take(moment).collect();
        server.kill();
        seen.extend(reader);
        let server = start(place.path());
        let (status, _) = check(&server, &task, &seen);
        assert_eq!(server.start_task("chatter"), task);
        ends.insert(moment, status["exit_code"].clone());
    }
    assert!(ends.values().any(|code| *code == 70), "no server was killed in time: {ends:?}");
}

#[test]
fn two_servers_do_not_use_the_same_data() {
    let place = tempfile::tempdir().unwrap();
    let _server = start(place.path());
    let data = place.path().join("data");
    let second = Command::new(env!("CARGO_BIN_EXE_lightcone"))
        .args(["serve", "--port", "0", "--api-key", KEY, "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(error.contains("another server") && error.contains(data.to_str().unwrap()), "{error}");
}
