//! What goes into a recording comes out of it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Cassette, Player, Recorder};
use crate::model::adapter::Gather;
use crate::model::connection::Settings;
use crate::model::transport::{Failure, Transport};

/// Answers as it was told to, with two pieces of text where it is streamed.
struct Told(VecDeque<Result<Value, Failure>>);

#[async_trait]
impl Transport for Told {
    async fn exchange(&mut self, _: &Value, gather: Option<Box<dyn Gather>>, tell: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        if gather.is_some() {
            tell("one ".to_owned());
            tell("two".to_owned());
        }
        self.0.pop_front().unwrap()
    }
}

struct Nothing;

impl Gather for Nothing {
    fn push(&mut self, _: &Value) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn finish(self: Box<Self>) -> Result<Value, String> {
        Ok(Value::Null)
    }
}

/// Asks, and gives the texts that are told, too.
async fn ask(transport: &mut dyn Transport, body: &Value, streams: bool) -> (Result<Value, Failure>, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let gather = streams.then(|| Box::new(Nothing) as Box<dyn Gather>);
    let answer = transport.exchange(body, gather, &|text| told.lock().unwrap().push(text)).await;
    (answer, told.into_inner().unwrap())
}

/// Records one task for each list of (request, answer).
async fn record(file: &Path, tasks: Vec<Vec<(Value, Result<Value, Failure>)>>) {
    let recorder = Recorder::begin(file, "chat:m@http://a.test/", &Settings::default()).unwrap();
    for task in tasks {
        let (requests, answers): (Vec<_>, VecDeque<_>) = task.into_iter().unzip();
        let mut recording = recorder.clone().task(Box::new(Told(answers)));
        for request in &requests {
            let streams = request.get("stream").is_some();
            let _ = ask(&mut *recording, request, streams).await;
        }
    }
}

fn status(status: u16, message: &str) -> Failure {
    Failure::Status { endpoint: "http://a.test/".to_owned(), status, message: message.to_owned(), retry_after: None }
}

#[tokio::test]
async fn a_streamed_answer_is_told_in_one_piece() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    record(&file, vec![vec![(json!({ "a": 1, "stream": true }), Ok(json!({ "text": "one two" })))]]).await;
    let cassette = Cassette::open(&file).unwrap();
    assert_eq!(cassette.model(), "chat:m@http://a.test/");
    let (answer, told) = ask(&mut Player::new(cassette.clone()), &json!({ "a": 1, "stream": true }), true).await;
    assert_eq!((answer.unwrap(), told), (json!({ "text": "one two" }), vec!["one two".to_owned()]));
    // Whether it is streamed is no part of what is asked.
    let (answer, told) = ask(&mut Player::new(cassette), &json!({ "a": 1 }), false).await;
    assert_eq!((answer.unwrap(), told), (json!({ "text": "one two" }), vec![]));
}

#[tokio::test]
async fn refusals_that_change_what_is_asked_are_recorded_and_other_failures_are_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    let first = json!({ "a": 1, "temperature": 0.7 });
    let failures = [status(429, "slow down"), status(500, "broken"), Failure::Unreachable("away".to_owned())];
    let mut task: Vec<_> = failures.into_iter().map(|failure| (first.clone(), Err(failure))).collect();
    task.push((first.clone(), Err(status(400, "temperature is not supported"))));
    task.push((json!({ "a": 1 }), Ok(json!("so"))));
    task.push((json!({ "a": 2 }), Err(status(400, "prompt is too long"))));
    record(&file, vec![task]).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4);
    let mut player = Player::new(Cassette::open(&file).unwrap());
    assert!(ask(&mut player, &first, false).await.0.unwrap_err().is_about_temperature());
    assert_eq!(ask(&mut player, &json!({ "a": 1 }), false).await.0.unwrap(), json!("so"));
    assert!(ask(&mut player, &json!({ "a": 2 }), false).await.0.unwrap_err().is_too_long());
}

#[tokio::test]
async fn equal_requests_are_answered_in_order_and_as_one_task_was() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    let task = |name: &str| {
        let answer = |turn: u32| Ok(json!(format!("{name}{turn}")));
        vec![(json!({ "a": 1 }), answer(1)), (json!({ "b": name }), answer(2)), (json!({ "a": 1 }), answer(3))]
    };
    record(&file, vec![task("x"), task("y")]).await;
    let cassette = Cassette::open(&file).unwrap();
    for _ in 0..2 {
        let mut player = Player::new(cassette.clone());
        let mut said = Vec::new();
        for request in [json!({ "a": 1 }), json!({ "b": "x" }), json!({ "a": 1 })] {
            said.push(ask(&mut player, &request, false).await.0.unwrap());
        }
        assert_eq!(said, ["x1", "x2", "x3"]);
    }
    // One that turns to the other's way goes on with it.
    let mut player = Player::new(cassette);
    for (request, said) in [(json!({ "b": "y" }), "y2"), (json!({ "a": 1 }), "y1"), (json!({ "a": 1 }), "y3"), (json!({ "a": 1 }), "x1")] {
        assert_eq!(ask(&mut player, &request, false).await.0.unwrap(), said);
    }
    ask(&mut player, &json!({ "a": 1 }), false).await.0.unwrap();
    let why = ask(&mut player, &json!({ "a": 1 }), false).await.0.unwrap_err();
    assert!(matches!(&why, Failure::Final(why) if why.contains("has this request 4 times, and it is made once more")), "{why}");
}

#[tokio::test]
async fn a_server_under_test_may_have_another_port() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    let request = |port: u16| json!({ "text": format!("Open http://localhost:{port}/shop") });
    let reply = |port: u16| json!({ "call": format!("{{\"url\": \"http://localhost:{port}/shop\"}}") });
    record(&file, vec![vec![(request(4000), Ok(reply(4000)))]]).await;
    assert!(!std::fs::read_to_string(&file).unwrap().contains("4000"));
    let mut player = Player::new(Cassette::open(&file).unwrap());
    assert_eq!(ask(&mut player, &request(51234), false).await.0.unwrap(), reply(51234));
}

#[tokio::test]
async fn a_recording_without_answers_says_so() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    record(&file, vec![]).await;
    let why = ask(&mut Player::new(Cassette::open(&file).unwrap()), &json!({ "a": 1 }), false).await.0.unwrap_err();
    assert!(matches!(&why, Failure::Final(why) if why.contains("it has no answers at all")), "{why}");
}

#[test]
fn settings_that_requests_depend_on_come_from_the_recording() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c");
    let recorded =
        Settings { screenshots: Some(7), context_tokens: Some(900), allow_safety_checks: true, vision: false, ..Settings::default() };
    drop(Recorder::begin(&file, "chat:m@http://a.test/", &recorded).unwrap());
    let mut settings = Settings { screenshots: Some(1), max_cost: Some(2.0), ..Settings::default() };
    Cassette::open(&file).unwrap().settle(&mut settings);
    assert_eq!((settings.screenshots, settings.context_tokens, settings.max_cost), (Some(7), Some(900), Some(2.0)));
    assert!(settings.allow_safety_checks && !settings.vision);
}
