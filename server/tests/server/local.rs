//! A server on a free port, computers without a browser, and a client.
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use lightcone_server::model::Models;
use lightcone_server::model::scripted::{NAME, Scripts};
use lightcone_server::{Server, ServerConfig};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::fake::FakeComputers;

pub(crate) const KEY: &str = "sk_test";

/// A server with scripts, and what talks to it.
pub(crate) struct Local {
    pub(crate) server: Server,
    pub(crate) computers: Arc<FakeComputers>,
    pub(crate) http: Client,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// An event stream and what of it has been read.
pub(crate) struct Events {
    response: reqwest::Response,
    pub(crate) text: String,
    read: usize,
}

impl Local {
    pub(crate) async fn with_scripts(scripts: &str) -> Self {
        Self::with(scripts, |_| {}).await
    }

    pub(crate) async fn with(scripts: &str, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let scripts = Scripts::parse(scripts).unwrap();
        let models = Models::new(NAME, move |brief| scripts.model(&brief));
        Self::with_models(models, change).await
    }

    pub(crate) async fn with_models(models: Models, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let computers = Arc::new(FakeComputers::default());
        let mut config = ServerConfig::new(KEY, Arc::clone(&computers) as Arc<_>, models);
        change(&mut config);
        let server = Server::start(config).await.unwrap();
        Self { server, computers, http: client() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.server.url())).bearer_auth(KEY)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// Starts a task and returns its id.
    pub(crate) async fn start(&self, body: Value) -> String {
        let answer = self.post("/agent/tasks", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["task_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn stream(&self, body: Value) -> Events {
        let response = self.request(Method::POST, "/agent/tasks/stream").json(&body).send().await.unwrap();
        Events::of(response)
    }

    /// Streams a task to its end.
    pub(crate) async fn run(&self, body: Value) -> Vec<Value> {
        self.stream(body).await.all().await
    }

    pub(crate) async fn call(&self, id: &str, what: &str) -> Answer {
        answer(self.request(Method::POST, &format!("/agent/tasks/{id}/{what}"))).await
    }

    pub(crate) async fn inject(&self, id: &str, message: &str) -> Answer {
        self.post(&format!("/agent/tasks/{id}/messages"), json!({"message": message})).await
    }

    pub(crate) async fn status(&self, id: &str) -> Value {
        let answer = self.get(&format!("/agent/tasks/{id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The status once the task has ended.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let status = self.status(id).await;
            if status.get("exit_code").is_some() {
                return status;
            }
            assert!(Instant::now() < deadline, "the task did not end: {status}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Events {
    pub(crate) fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        Self { response, text: String::new(), read: 0 }
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(length) = self.text[self.read..].find("\n\n") {
                let frame = &self.text[self.read..self.read + length];
                self.read += length + 2;
                let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
                return Some(serde_json::from_str(data).unwrap());
            }
            let piece = self.response.chunk();
            let Some(piece) = tokio::time::timeout(Duration::from_secs(10), piece).await.expect("no event came").unwrap() else {
                assert_eq!(&self.text[self.read..], "", "bytes after the last event");
                return None;
            };
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The next event of that type; those before it are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("no {kind} came: {}", self.text));
            if event["type"] == kind {
                return event;
            }
        }
    }

    pub(crate) async fn all(mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// The types of events, in order.
pub(crate) fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Polls until it is so.
pub(crate) async fn soon(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
