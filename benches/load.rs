//! What a server carries: many readers of one task, and a long line of tasks.
//!
//! The server is a process of its own, with its data on the disk and computers that cost
//! nothing, so that it is the server that is measured. Everything is checked, too: a rate
//! of wrong answers is none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a program to be looked at, which may fail loudly")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream;
use lightcone_server::computer::{Action, Computer, ComputerError, Computers, Page, Point, Viewport};
use lightcone_server::model::Models;
use lightcone_server::model::scripted::{NAME, Scripts};
use lightcone_server::{Data, Server, ServerConfig};
use reqwest::Client;
use serde_json::{Value, json};

const KEY: &str = "sk_load";
const READERS: usize = 200;
const EVENTS: usize = 5_000;
const EVENT_SIZE: usize = 200;
const TASKS: usize = 1_000;
const PLACES: usize = 8;
/// Requests on their way at a time.
const REQUESTS: usize = 32;
/// Nothing here may take longer.
const LIMIT: Duration = Duration::from_secs(120);

/// A computer that does what it is told at once, on an empty page.
struct Blank(String, Viewport);

#[async_trait]
impl Computer for Blank {
    fn id(&self) -> &str {
        &self.0
    }

    async fn act(&self, _: &Action) -> Result<(), ComputerError> {
        Ok(())
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        Ok(vec![0; 10_000])
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        let (width, height) = (f64::from(self.1.width), f64::from(self.1.height));
        let (url, title) = ("about:blank".into(), String::new());
        Ok(Page { url, title, nodes: Vec::new(), viewport: self.1, scroll: Point(0.0, 0.0), content: (width, height) })
    }

    async fn save(&self, _: &Path) -> Result<(), ComputerError> {
        Ok(())
    }

    async fn close(&self) {}
}

struct Blanks;

#[async_trait]
impl Computers for Blanks {
    async fn launch(&self, id: String, viewport: Viewport, _: Option<&Path>) -> Result<Box<dyn Computer>, ComputerError> {
        Ok(Box::new(Blank(id, viewport)))
    }
}

fn scripts() -> String {
    let event = json!({"event": {"type": "progress_update", "message": "x".repeat(EVENT_SIZE)}});
    let mut flood = vec![json!({"message": "begin"})];
    flood.resize(EVENTS + 1, event);
    let wait = json!({"type": "wait", "ms": 0});
    json!([
        {"instruction": "flood", "steps": flood},
        {"instruction": "hold a place", "computer": true, "steps": [{"message": "begin"}]},
        {"instruction": "work", "computer": true, "steps": [{"action": wait}, {"action": wait}, {"finish": "done"}]},
    ])
    .to_string()
}

/// The process that is measured: serves until its standard input ends.
async fn serve(data: &str) {
    let scripts = Scripts::parse(&scripts()).unwrap();
    let mut config = ServerConfig::new(KEY, Arc::new(Blanks), Models::new(NAME, move |brief| scripts.model(&brief)));
    (config.data, config.max_concurrent, config.max_queued) = (Data::Folder(data.into()), PLACES, TASKS);
    let server = Server::start(config).await.unwrap();
    println!("{}", server.url());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    server.shutdown().await;
}

struct Measured {
    process: Child,
    url: String,
    http: Client,
}

impl Measured {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process = command.arg("serve").arg(data).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        Self { process, url: url.trim().to_owned(), http: Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(KEY).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    async fn start_task(&self, instruction: &str) -> String {
        let answer = self.post("/agent/tasks", json!({"instruction": instruction})).await;
        answer["task_id"].as_str().unwrap().to_owned()
    }

    async fn begin(&self, task: &str) {
        self.post(&format!("/agent/tasks/{task}/messages"), json!({"message": "begin"})).await;
    }

    /// Reads a task's events to their end; how many there were, each in its place.
    async fn read(&self, task: &str) -> usize {
        let request = self.http.get(format!("{}/agent/tasks/{task}/events", self.url)).bearer_auth(KEY);
        let mut answer = request.send().await.unwrap().error_for_status().unwrap();
        let (mut rest, mut next) = (Vec::new(), 0);
        while let Some(piece) = answer.chunk().await.unwrap() {
            rest.extend_from_slice(&piece);
            let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in rest[..whole].split(|byte| *byte == b'\n') {
                if let Some(id) = line.strip_prefix(b"id: ") {
                    assert_eq!(std::str::from_utf8(id).unwrap().parse::<usize>().unwrap(), next);
                    next += 1;
                }
            }
            rest.drain(..whole);
        }
        next
    }

    async fn count(&self, status: &str) -> usize {
        let (mut count, mut after) = (0, String::new());
        loop {
            let url = format!("{}/agent/tasks?status={status}&limit=100{after}", self.url);
            let page: Value = self.http.get(url).bearer_auth(KEY).send().await.unwrap().json().await.unwrap();
            let tasks = page["data"].as_array().unwrap();
            count += tasks.len();
            match tasks.last() {
                Some(last) if page["has_more"] == true => after = format!("&after={}", last["task_id"].as_str().unwrap()),
                _ => return count,
            }
        }
    }

    /// Its memory in MB, as the system counts it: now, and the most so far.
    fn memory(&self) -> String {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())) else { return "memory unknown".into() };
        let member = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
        };
        format!("{} MB, at most {} MB", member("VmRSS:"), member("VmHWM:"))
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

async fn many_readers(server: &Measured) {
    let task = server.start_task("flood").await;
    let readers = stream::iter(0..READERS).map(|_| server.read(&task)).buffer_unordered(READERS).collect::<Vec<_>>();
    let began = async {
        // The readers are there first.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        server.begin(&task).await;
        began
    };
    let (counts, began) = tokio::join!(readers, began);
    let time = began.elapsed().as_secs_f64();
    assert!(counts.iter().all(|count| *count == EVENTS + 3), "{counts:?}");
    let all = (READERS * EVENTS) as f64;
    println!(
        "{READERS} readers of one task with {EVENTS} events of {EVENT_SIZE} B: {time:.2} s, {:.0} events/s to all of them",
        all / time
    );
}

async fn long_line(server: &Measured) {
    let done = server.count("completed").await;
    let holders: Vec<String> = stream::iter(0..PLACES).then(|_| server.start_task("hold a place")).collect().await;
    let began = Instant::now();
    let tasks: Vec<String> = stream::iter(0..TASKS).map(|_| server.start_task("work")).buffer_unordered(REQUESTS).collect().await;
    let time = began.elapsed().as_secs_f64();
    assert_eq!(server.count("queued").await, TASKS);
    println!("{TASKS} tasks put in line: {time:.2} s, {:.0} starts/s; {}", TASKS as f64 / time, server.memory());
    let began = Instant::now();
    stream::iter(&holders).for_each_concurrent(PLACES, |task| server.begin(task)).await;
    stream::iter(&tasks)
        .for_each_concurrent(REQUESTS, |task| async move {
            server.read(task).await;
        })
        .await;
    let time = began.elapsed().as_secs_f64();
    assert_eq!(server.count("completed").await, done + TASKS + PLACES);
    println!(
        "{TASKS} tasks of three looks and two actions on {PLACES} computers, each read: {time:.2} s, {:.0} tasks/s",
        TASKS as f64 / time
    );
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [what, data] = &arguments[..]
        && what == "serve"
    {
        return serve(data).await;
    }
    let data = tempfile::tempdir().unwrap();
    let load = async {
        let server = Measured::start(data.path());
        println!("a server that has just started: {}", server.memory());
        many_readers(&server).await;
        println!("after them: {}", server.memory());
        long_line(&server).await;
        println!("after them: {}", server.memory());
    };
    tokio::time::timeout(LIMIT, load).await.unwrap();
}
