//! What the engine makes of what a model says, and of models that fail.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lightcone_server::computer::{Action, Node, States};
use lightcone_server::model::scripted::Scripts;
use lightcone_server::model::{Model, ModelError, Models, Next, Note, Notes, Observation, Planned, Usage};
use serde_json::{Value, json};

use crate::fake::CANNOT;
use crate::local::{Local, kinds};

type Said = Result<(Vec<Note>, Next), ModelError>;
type Shown = (u64, Vec<String>, Option<String>);

/// Says what it was given, and remembers what it was shown.
struct Parrot {
    says: Arc<Mutex<VecDeque<Said>>>,
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[async_trait]
impl Model for Parrot {
    fn name(&self) -> &str {
        "parrot"
    }

    fn needs_computer(&self) -> bool {
        true
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        assert!(seen.page.is_some() && seen.screenshot.is_some());
        self.shown.lock().unwrap().push((seen.step, seen.messages.to_vec(), seen.last_error.map(str::to_owned)));
        let (told, next) = self.says.lock().unwrap().pop_front().expect("nothing left to say")?;
        told.into_iter().for_each(|note| notes.tell(note));
        Ok(next)
    }
}

fn say(next: Next) -> Said {
    Ok((Vec::new(), next))
}

fn broken(retryable: bool) -> Said {
    Err(ModelError { message: "the model is away".into(), retryable, retry_after: None })
}

fn plan(actions: impl IntoIterator<Item = Action>) -> Said {
    say(Next::Act(actions.into_iter().map(|action| Planned { action, description: "so".into() }).collect()))
}

fn scroll(delta_y: f64) -> Action {
    Action::Scroll { coordinates: lightcone_server::computer::Point(0.0, 0.0), delta_x: 0.0, delta_y }
}

/// Runs one task with a model that says these things.
async fn run(says: impl IntoIterator<Item = Said>) -> (Vec<Value>, Vec<Shown>) {
    run_as(says, json!({"instruction": "talk", "stream_mode": "concise"})).await
}

async fn run_as(says: impl IntoIterator<Item = Said>, body: Value) -> (Vec<Value>, Vec<Shown>) {
    let (says, shown) = (Arc::new(Mutex::new(says.into_iter().collect())), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&shown);
    let models = Models::new("parrot", move |_| Parrot { says: Arc::clone(&says), shown: Arc::clone(&kept) });
    let local = Local::with_models(models, |_| {}).await;
    let events = local.run(body).await;
    local.server.shutdown().await;
    let shown = shown.lock().unwrap().clone();
    (events, shown)
}

#[tokio::test]
async fn a_model_that_fails_for_a_moment_is_asked_again() {
    let (events, _) = run([broken(true), broken(true), say(Next::Finish("back".into()))]).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "error", "screenshot", "error", "screenshot", "completed"]);
    assert_eq!(events[2], json!({"type": "error", "error": "the model is away", "step": 1}));
}

#[tokio::test]
async fn a_model_that_is_broken_fails_the_task() {
    let (events, _) = run([broken(false)]).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "error", "failed"]);
    let end = events.last().unwrap();
    assert_eq!((&end["error_code"], &end["retryable"]), (&json!("model_error"), &json!(false)));
    assert!(end["result"].as_str().unwrap().contains("the model is away"));
}

#[tokio::test]
async fn notes_become_events() {
    let event = json!({"type": "login_required", "computer_id": "c"});
    let notes =
        vec![Note::Progress("halfway".into()), Note::NotUnderstood("what?".into()), Note::Event(event.as_object().unwrap().clone())];
    let (events, _) = run([Ok((notes, Next::Finish("done".into())))]).await;
    assert_eq!(events[2], json!({"type": "progress_update", "message": "halfway"}));
    let not_understood = json!({"type": "not_understood", "task_id": events[0]["task_id"], "step": 0, "message": "what?"});
    assert_eq!(events[3], not_understood);
    assert_eq!(events[4], event);
}

#[tokio::test]
async fn only_the_server_tells_of_an_end() {
    let event = json!({"type": "completed", "result": "says who"}).as_object().unwrap().clone();
    let (events, _) = run([Ok((vec![Note::Event(event)], Next::Wait(0)))]).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "failed"]);
    assert_eq!(events[2]["error_code"], "model_error");
}

#[tokio::test]
async fn a_plan_is_dropped_at_the_first_action_that_fails() {
    let says = [plan([scroll(0.0), scroll(CANNOT), scroll(0.0)]), say(Next::Finish("enough".into()))];
    let (events, shown) = run(says).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "error", "screenshot", "completed"]);
    assert_eq!(shown, [(1, vec![], None), (3, vec![], Some("nothing to scroll".into()))]);
    assert_eq!(events.last().unwrap()["step"], 2);
}

#[tokio::test]
async fn what_is_no_action_spends_a_step() {
    let says = ["gibberish", "worse"].map(|text| say(Next::Miss(text.into())));
    let (events, shown) = run_as(says.into_iter().chain([plan([scroll(0.0)])]), json!({"instruction": "talk", "max_steps": 2})).await;
    let told: Vec<_> = events.iter().filter(|event| !["screenshot", "thinking"].contains(&event["type"].as_str().unwrap())).collect();
    assert_eq!(told.iter().map(|event| &event["type"]).collect::<Vec<_>>(), ["started", "action", "error", "action", "error", "max_steps"]);
    assert_eq!(*told[1], json!({"type": "action", "step": 1}));
    assert_eq!(*told[2], json!({"type": "error", "error": "gibberish", "step": 1}));
    assert_eq!((&told[3]["step"], &told[5]["step"]), (&json!(2), &json!(2)));
    assert_eq!(shown, [(1, vec![], None), (2, vec![], Some("gibberish".into())), (3, vec![], Some("worse".into()))]);
}

#[tokio::test]
async fn the_status_tells_what_a_model_took() {
    let usage = Usage { input_tokens: 100, cached_tokens: 60, output_tokens: 5, cost: Some(0.25) };
    let says = Arc::new(Mutex::new(VecDeque::from([Ok((vec![Note::Usage(usage)], Next::Finish("done".into())))])));
    let models = Models::new("parrot", move |_| Parrot { says: Arc::clone(&says), shown: Arc::default() });
    let local = Local::with_models(models, |_| {}).await;
    let id = local.start(json!({"instruction": "talk"})).await;
    let status = local.ended(&id).await;
    assert_eq!(status["usage"], json!({"input_tokens": 100, "cached_tokens": 60, "output_tokens": 5, "cost": 0.25}));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_message_drops_the_rest_of_a_plan_and_an_end_that_did_not_know_of_it() {
    let says: Arc<Mutex<VecDeque<Said>>> = Arc::default();
    says.lock().unwrap().extend([
        plan([Action::Wait { ms: 300 }, scroll(0.0), scroll(0.0)]),
        plan([Action::Wait { ms: 300 }]),
        say(Next::Finish("both".into())),
    ]);
    let shown = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&shown);
    let models = Models::new("parrot", move |_| Parrot { says: Arc::clone(&says), shown: Arc::clone(&kept) });
    let local = Local::with_models(models, |_| {}).await;
    let mut stream = local.stream(json!({"instruction": "talk"})).await;
    let started = stream.until("started").await;
    let id = started["task_id"].as_str().unwrap();
    for message in ["first", "second"] {
        stream.until("action").await;
        local.inject(id, message).await;
    }
    assert_eq!(stream.until("completed").await["step"], 2);
    let expected = [(1, vec![], None), (2, vec!["first".to_owned()], None), (3, vec!["second".to_owned()], None)];
    assert_eq!(*shown.lock().unwrap(), expected);
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_instruction_without_a_script_fails_and_says_so() {
    let local = Local::with_scripts("[]").await;
    let events = local.run(json!({"instruction": "sing"})).await;
    assert_eq!(kinds(&events), ["started", "failed"]);
    assert_eq!(events[1]["error_code"], "no_script");
    assert!(events[1]["result"].as_str().unwrap().contains("\"sing\""), "{events:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn the_documented_example_runs_as_documented() {
    let doc = include_str!("../../../docs/scripted.md");
    let yaml = doc.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let local = Local::with_scripts(yaml).await;
    let mut stream = local.stream(json!({"instruction": "Find the trending repositories"})).await;
    let started = stream.until("started").await;
    stream.until("progress_update").await;
    local.inject(started["task_id"].as_str().unwrap(), "Focus on the top 3 results only").await;
    assert_eq!(stream.until("completed").await["result"], "one, two, three");
    let events = local.run(json!({"instruction": "Go to example.com"})).await;
    let all = ["started", "screenshot", "thinking", "action", "executed", "screenshot", "thinking", "failed"];
    assert_eq!(kinds(&events), all);
    local.server.shutdown().await;
}

#[test]
fn a_script_that_cannot_be_played_is_named() {
    for (text, words) in [
        ("{", "docs/scripted.md"),
        ("[{steps: []}]", "script 1: say either"),
        ("[{instruction: a, pattern: b}]", "script 1: say either"),
        ("[{instruction: a}, {pattern: '('}]", "script 2"),
        ("[{instruction: a, steps: [{finish: x}, {}]}]", "script 1, step 2: say exactly one"),
        ("[{instruction: a, steps: [{finish: x, wait_ms: 1}]}]", "step 1: say exactly one"),
        ("[{instruction: a, steps: [{finish: x, description: y}]}]", "belongs to an `action`"),
        ("[{instruction: a, steps: [{event: {message: x}}]}]", "needs a `type`"),
        ("[{instruction: a, steps: [{event: {type: completed}}]}]", "use `finish`"),
        ("[{instruction: a, steps: [{action: {type: back}}]}]", "computer: true"),
        ("[{instruction: a, computer: true, steps: [{action: {type: fly}}]}]", "fly"),
        ("[{instruction: a, step: []}]", "step"),
    ] {
        let error = Scripts::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let error = Scripts::load("no/such/file.yaml".as_ref()).unwrap_err().to_string();
    assert!(error.contains("no/such/file.yaml"), "{error}");
}

#[tokio::test]
async fn what_is_typed_into_a_password_field_is_in_no_event() {
    let action = Action::Type { text: "hunter2".into() };
    let typing = Planned { action: action.clone(), description: "types hunter2, as told".into() };
    let says = [say(Next::Act(vec![typing.clone(), typing])), say(Next::Finish("in".into()))];
    let says = Arc::new(Mutex::new(VecDeque::from(says)));
    let models = Models::new("parrot", move |_| Parrot { says: Arc::clone(&says), shown: Arc::default() });
    let local = Local::with_models(models, |_| {}).await;
    *local.computers.nodes.lock().unwrap() = vec![Node {
        parent: None,
        role: "textbox".into(),
        name: "Password".into(),
        value: None,
        description: None,
        level: None,
        url: None,
        bounds: None,
        states: States { secret: true, focused: true, ..States::default() },
    }];
    let events = local.run(json!({"instruction": "log in"})).await;
    assert_eq!(events.last().unwrap()["type"], "completed");
    let told: Vec<_> = events.iter().filter(|event| event["type"] == "action").collect();
    assert_eq!(told.len(), 2);
    for event in &events {
        assert!(!event.to_string().contains("hunter2"), "{event}");
    }
    let computer = events.iter().find_map(|event| event["computer_id"].as_str()).unwrap();
    assert_eq!(*local.computers.memory(computer).actions.lock().unwrap(), [action.clone(), action]);
    local.server.shutdown().await;
}
