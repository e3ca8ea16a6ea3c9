//! A `lightcone serve` in a process of its own, and what of it is seen from outside.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::common::{self, without_settings};

pub(crate) const KEY: &str = "sk_test";

/// How long anything may take, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(40);

/// Polls until there is something.
pub(crate) fn soon<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A running server. All of its data, its temporary files too, are in one folder.
pub(crate) struct Serving {
    server: common::Serving,
    place: PathBuf,
}

impl Serving {
    /// One that plays these scripts.
    pub(crate) fn start(place: &Path, scripts: &str, options: &[&str]) -> Self {
        Self::by(Command::new(env!("CARGO_BIN_EXE_lightcone")), place, scripts, options)
    }

    /// The same by another command, which runs the arguments it is given.
    pub(crate) fn by(mut command: Command, place: &Path, scripts: &str, options: &[&str]) -> Self {
        let file = place.join("agent.yaml");
        std::fs::write(&file, scripts).unwrap();
        let temporary = place.join("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        command
            .args(["serve", "--port", "0", "--api-key", KEY, "--data"])
            .arg(place.join("data"))
            .arg("--scripts")
            .arg(file)
            .args(options)
            .env("TMPDIR", temporary);
        without_settings(&mut command);
        Self { server: common::Serving::of(command), place: place.to_owned() }
    }

    /// Like the loss of the machine, as far as a program can tell. No browser is left.
    pub(crate) fn kill(mut self) {
        let browsers = self.browsers();
        self.server.process.kill().unwrap();
        self.server.process.wait().unwrap();
        soon("every browser has gone", || (!browsers.iter().any(|id| runs(*id)) && self.browsers().is_empty()).then_some(()));
    }

    /// Does something while the server stands still, with the filesystem as the server sees it.
    pub(crate) fn paused(&self, work: impl FnOnce(&Path)) {
        let id = self.server.process.id();
        let signal = |name| Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
        signal("STOP");
        work(Path::new(&format!("/proc/{id}/root")));
        signal("CONT");
    }

    /// The processes of its browsers.
    pub(crate) fn browsers(&self) -> BTreeSet<u32> {
        let all: Vec<(u32, u32)> = processes().filter_map(|id| Some((id, parent(id)?))).collect();
        let profile = self.place.join("tmp");
        let profile = profile.to_str().unwrap();
        let mut found: BTreeSet<u32> = all.iter().map(|(id, _)| *id).filter(|id| command_line(*id).contains(profile)).collect();
        found.extend(all.iter().filter(|(_, parent)| *parent == self.server.process.id()).map(|(id, _)| *id));
        loop {
            let before = found.len();
            found.extend(all.iter().filter(|(_, parent)| found.contains(parent)).map(|(id, _)| *id).collect::<Vec<_>>());
            if found.len() == before {
                found.remove(&self.server.process.id());
                return found;
            }
        }
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.server.address()).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        let (host, length) = (self.server.address(), body.len());
        let head =
            format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n{headers}Content-Length: {length}\r\n\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(body.as_bytes()).unwrap();
        socket
    }

    /// The status code and the body of an answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut text = String::new();
        self.send(method, path, "", &body).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// What is sent to start a task; its instruction is its idempotency key.
    pub(crate) fn body(instruction: &str) -> Value {
        json!({"instruction": instruction, "model": "scripted", "idempotency_key": instruction, "persistent": instruction == "save"})
    }

    pub(crate) fn start_task(&self, instruction: &str) -> String {
        self.call("POST", "/agent/tasks", &Self::body(instruction))["task_id"].as_str().unwrap().to_owned()
    }

    /// The events of a task, from the one after `last` on.
    pub(crate) fn events(&self, task: &str, last: Option<u64>) -> Events {
        let header = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        let mut lines = BufReader::new(self.send("GET", &format!("/agent/tasks/{task}/events"), &header, ""));
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "no answer");
        }
        Events { lines, base: self.server.url.clone() }
    }

    pub(crate) fn ended(&self, task: &str) -> Value {
        soon("the task's end", || {
            let status = self.call("GET", &format!("/agent/tasks/{task}"), &Value::Null);
            status.get("exit_code").is_some().then_some(status)
        })
    }
}

pub(crate) struct Events {
    lines: BufReader<TcpStream>,
    /// Links begin with the server that was asked, which has another port after a restart.
    base: String,
}

impl Events {
    /// All up to the first of that type, with their ids.
    pub(crate) fn until(&mut self, kind: &str) -> Vec<(u64, Value)> {
        let mut seen = Vec::new();
        loop {
            seen.push(self.next().unwrap_or_else(|| panic!("no {kind}: {seen:?}")));
            if seen.last().unwrap().1["type"] == kind {
                return seen;
            }
        }
    }
}

/// The next event with its id, its link without the server; `None` once the stream has ended or was cut.
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
                    ("data", value) => data = serde_json::from_str(&value.replace(&self.base, "")).ok(),
                    _ => {}
                },
            }
        }
    }
}

/// The files of a folder, without those in folders within it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn processes() -> impl Iterator<Item = u32> {
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The parent of a process; `None` once it does not run any more.
fn parent(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // "id (name) state parent ..."; a name may hold anything.
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X").then(|| fields.next()?.parse().ok()).flatten()
}

pub(crate) fn runs(id: u32) -> bool {
    parent(id).is_some()
}

/// How a process was started, its arguments parted by zero bytes.
pub(crate) fn command_line(id: u32) -> String {
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default()).into_owned()
}
