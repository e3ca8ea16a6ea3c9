//! A server that is killed at any moment of a task's life, and started again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const KEY: &str = "sk_test";

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
";

/// A running `lightcone serve`; killed at its end.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(data: &Path) -> Self {
        let scripts = data.join("agent.yaml");
        let chatter: Vec<String> = (0..2000).map(|n| format!("{{event: {{type: progress_update, message: '{n}'}}}}")).collect();
        std::fs::write(&scripts, SCRIPTS.replace("{chatter}", &chatter.join(", "))).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_lightcone"))
            .args(["serve", "--port", "0", "--api-key", KEY, "--data"])
            .arg(data)
            .arg("--scripts")
            .arg(scripts)
            .env_remove("LIGHTCONE_LOG")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = said.find_map(|line| line.split_once("LIGHTCONE_BASE_URL=http://").map(|(_, address)| address.to_owned()));
        Self { process, address: address.unwrap() }
    }

    /// Like the loss of the machine, as far as a program can tell.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let (host, length) = (&self.address, body.len());
        let head = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {length}\r\n\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(body.as_bytes()).unwrap();
        socket
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut text = String::new();
        self.send(method, path, &body).read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.0 200"), "{text}");
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn start_task(&self, instruction: &str) -> String {
        let body = json!({"instruction": instruction, "model": "scripted", "idempotency_key": instruction});
        self.call("POST", "/agent/tasks", &body)["task_id"].as_str().unwrap().to_owned()
    }

    fn events(&self, task: &str) -> Events {
        let mut lines = BufReader::new(self.send("GET", &format!("/agent/tasks/{task}/events"), ""));
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "no answer");
        }
        Events { lines }
    }

    fn ended(&self, task: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let status = self.call("GET", &format!("/agent/tasks/{task}"), &Value::Null);
            if status.get("exit_code").is_some() {
                return status;
            }
            assert!(Instant::now() < deadline, "{status}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails when it is dead already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Events {
    lines: BufReader<TcpStream>,
}

/// The next event with its id; `None` once the stream has ended or was cut.
impl Iterator for Events {
    type Item = (u64, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut id, mut data) = (None, None);
        loop {
            let mut line = String::new();
            match self.lines.read_line(&mut line) {
                Ok(1..) if line.ends_with('\n') => {}
                _ => return None,
            }
            match line.trim_end() {
                "" => return Some((id?, data?)),
                line => match line.split_once(": ")? {
                    ("id", value) => id = value.parse().ok(),
                    ("data", value) => data = serde_json::from_str(value).ok(),
                    _ => {}
                },
            }
        }
    }
}

/// What is true of a task after a restart, whatever moment its server died at.
fn check(server: &Serving, task: &str, seen: &[(u64, Value)]) -> (Value, Vec<Value>) {
    let status = server.ended(task);
    let events: Vec<(u64, Value)> = server.events(task).collect();
    let ids: Vec<u64> = events.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, (0..events.len() as u64).collect::<Vec<_>>());
    assert!(events.starts_with(seen), "what a reader saw has changed");
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

#[test]
fn a_task_ends_whatever_it_was_doing_when_its_server_was_killed() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path();

    // Ended: as it was.
    let server = Serving::start(data);
    let ended = server.start_task("short");
    let before = server.ended(&ended);
    // Waiting, paused, with a message it has not read.
    let waiting = server.start_task("talk");
    let mut reader = server.events(&waiting);
    let mut seen: Vec<(u64, Value)> = reader.by_ref().take(3).collect();
    server.call("POST", &format!("/agent/tasks/{waiting}/pause"), &Value::Null);
    seen.push(reader.next().unwrap());
    assert_eq!(seen[3].1["type"], "paused");
    server.call("POST", &format!("/agent/tasks/{waiting}/messages"), &json!({"message": "go on"}));
    seen.push(reader.next().unwrap());
    server.kill();
    assert_eq!(reader.next(), None);

    let server = Serving::start(data);
    let (status, events) = check(&server, &waiting, &seen);
    assert_eq!((&status["exit_code"], events.len()), (&70.into(), 6));
    let (after, _) = check(&server, &ended, &[]);
    assert_eq!(after, before);
    // The keys name the same tasks.
    assert_eq!(server.start_task("short"), ended);
    assert_eq!(server.start_task("talk"), waiting);
    // Killed once more, nothing is told twice.
    server.kill();
    let server = Serving::start(data);
    assert_eq!(check(&server, &waiting, &seen), (status, events));
}

#[test]
fn no_event_is_lost_or_told_twice_at_whatever_moment() {
    // After so many events that a reader saw; the task writes on as fast as it can.
    let mut ends = BTreeMap::new();
    for moment in [0, 1, 2, 7, 30, 100, 300, 700, 1200, 1900] {
        let place = tempfile::tempdir().unwrap();
        let server = Serving::start(place.path());
        let task = server.start_task("chatter");
        let mut reader = server.events(&task);
        let mut seen: Vec<(u64, Value)> = reader.by_ref().take(moment).collect();
        server.kill();
        seen.extend(reader);
        let server = Serving::start(place.path());
        let (status, _) = check(&server, &task, &seen);
        assert_eq!(server.start_task("chatter"), task);
        ends.insert(moment, status["exit_code"].clone());
    }
    assert!(ends.values().any(|code| *code == 70), "no server was killed in time: {ends:?}");
}

#[test]
fn two_servers_do_not_use_the_same_data() {
    let place = tempfile::tempdir().unwrap();
    let _server = Serving::start(place.path());
    let second = Command::new(env!("CARGO_BIN_EXE_lightcone"))
        .args(["serve", "--port", "0", "--api-key", KEY, "--data"])
        .arg(place.path())
        .output()
        .unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(error.contains("another server") && error.contains(place.path().to_str().unwrap()), "{error}");
}
