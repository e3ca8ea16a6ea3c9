//! The driver with an API of its own making and answers that were written down before.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::model::Prices;
use crate::model::adapter::{Gather, Window, Wire};
use crate::model::vocabulary::{self, Coordinates, Dialect, Wheel};
use crate::secrets::Placeholder;

const VIEWPORT: Viewport = Viewport { width: 1000, height: 500 };

/// An API whose requests say what was shown, and whose answers are `{"text", "calls": [{"name", ...}], "stop", "checks"}`.
#[derive(Debug)]
struct Toy(Prose);

impl Adapter for Toy {
    fn wire(&self) -> Wire {
        Wire { path: "/toy", key_header: None, headers: &[] }
    }

    fn window(&self) -> Window {
        Window { most: 2, chunk: 1 }
    }

    fn prose(&self) -> Prose {
        self.0
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        let turns: Vec<Value> = talk
            .turns
            .iter()
            .map(|turn| match &**turn {
                Turn::Said(spoken) => json!({ "said": spoken.echo }),
                Turn::Shown(shown) => {
                    let outcomes: Vec<Value> =
                        shown.outcomes.iter().map(|outcome| json!([outcome.call, outcome.text, outcome.failed])).collect();
                    json!({ "outcomes": outcomes, "texts": shown.texts, "page": shown.page.is_some() })
                }
            })
            .collect();
        json!({ "system": talk.instructions, "temperature": talk.temperature, "turns": turns })
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let text = answer["text"].as_str().unwrap_or_default().to_owned();
        let dialect = Dialect {
            coordinates: Coordinates::Pixels(screen.picture),
            wheel: Wheel::PixelsDown,
            viewport: screen.viewport,
            mouse: screen.mouse,
            clicks_at_mouse: false,
        };
        let calls = answer["calls"].as_array().ok_or("`calls` is missing")?.iter().enumerate().map(|(nth, call)| {
            let name = call["name"].as_str().unwrap_or_default().to_owned();
            Call { id: nth.to_string(), said: vocabulary::read(&name, call.as_object().unwrap(), &dialect), name }
        });
        let stop = answer["stop"].as_str().map(|stop| if stop == "cut" { Stop::CutShort } else { Stop::Refused(stop.to_owned()) });
        let usage = Usage { input_tokens: 1000, cached_tokens: 400, output_tokens: 10, cost: None };
        let safety_checks = answer["checks"].as_array().cloned().unwrap_or_default();
        Ok(Reply { id: None, echo: json!(text), text, calls: calls.collect(), stop, safety_checks, usage })
    }
}

type Answers = Arc<Mutex<VecDeque<Result<Value, Failure>>>>;
type Requests = Arc<Mutex<Vec<Value>>>;

/// Gives the answers in order, and nothing for ever after the last.
struct Script(Answers, Requests);

#[async_trait]
impl Transport for Script {
    async fn exchange(&mut self, body: &Value, _: Option<Box<dyn Gather>>, _: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        self.1.lock().unwrap().push(body.clone());
        let answer = self.0.lock().unwrap().pop_front();
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

struct Test {
    driver: Driver,
    answers: Answers,
    requests: Requests,
    notes: Notes,
    told: tokio::sync::mpsc::UnboundedReceiver<Note>,
}

fn test(prose: Prose, settings: Settings, max_steps: u64) -> Test {
    let (answers, requests): (Answers, Requests) = Default::default();
    let brief = Brief {
        instruction: "do it".into(),
        context: vec![],
        system_prompt: Some("Be kind.".into()),
        temperature: 0.2,
        stream_deltas: false,
        secrets: vec![],
        max_steps,
        viewport: VIEWPORT,
    };
    let transport = Box::new(Script(Arc::clone(&answers), Arc::clone(&requests)));
    let driver = Driver::new("toy".into(), brief, Arc::new(Toy(prose)), transport, Arc::new(settings));
    let (notes, told) = Notes::channel();
    Test { driver, answers, requests, notes, told }
}

fn page(title: &str) -> Page {
    Page {
        url: "http://a.test/".into(),
        title: title.into(),
        nodes: vec![],
        viewport: VIEWPORT,
        scroll: Point(0.0, 0.0),
        content: (1.0, 1.0),
    }
}

impl Test {
    fn will_answer(&self, answers: impl IntoIterator<Item = Value>) {
        self.answers.lock().unwrap().extend(answers.into_iter().map(Ok));
    }

    fn will_fail(&self, status: u16, message: &str) {
        let failure = Failure::Status { endpoint: "http://m.test/".into(), status, message: message.into(), retry_after: None };
        self.answers.lock().unwrap().push_back(Err(failure));
    }

    async fn decide(&mut self, step: u64, messages: &[&str], last_error: Option<&str>) -> Result<Next, ModelError> {
        let page = page(&format!("step {step}"));
        let messages: Vec<String> = messages.iter().map(|message| (*message).to_owned()).collect();
        let seen = Observation { step, screenshot: None, page: Some(&page), messages: &messages, last_error };
        self.driver.decide(seen, &self.notes).await
    }

    fn last_request(&self) -> Value {
        self.requests.lock().unwrap().last().unwrap().clone()
    }

    /// What the last request shows last.
    fn shown(&self) -> Value {
        self.last_request()["turns"].as_array().unwrap().last().unwrap().clone()
    }

    fn errors(&mut self) -> Vec<String> {
        let notes = std::iter::from_fn(|| self.told.try_recv().ok());
        notes.filter_map(|note| if let Note::Error(text) = note { Some(text) } else { None }).collect()
    }
}

fn click(x: u64) -> Value {
    json!({ "name": "click", "x": x, "y": 1 })
}

fn calls(calls: &[Value]) -> Value {
    json!({ "text": "", "calls": calls })
}

fn actions(next: &Next) -> usize {
    match next {
        Next::Act(plan) => plan.len(),
        other => panic!("no plan but {other:?}"),
    }
}

#[tokio::test]
async fn what_came_of_each_call_is_told() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    let three = calls(&[click(1), json!({ "name": "type", "x": 2, "y": 2, "text": "a" }), click(3)]);
    test.will_answer([three.clone(), three.clone(), three]);
    assert_eq!(actions(&test.decide(1, &[], None).await.unwrap()), 4);
    assert_eq!(test.shown()["texts"], json!(["do it"]));
    assert!(test.last_request()["system"].as_str().unwrap().ends_with("Be kind."));
    // All four were done.
    test.decide(5, &[], None).await.unwrap();
    assert_eq!(test.shown()["outcomes"], json!([["0", "done", false], ["1", "done", false], ["2", "done", false]]));
    // The click before typing failed: one action of the second call was begun.
    test.decide(7, &["hurry"], Some("no such place")).await.unwrap();
    let outcomes = test.shown()["outcomes"].clone();
    assert_eq!(outcomes[0], json!(["0", "done", false]));
    assert_eq!(outcomes[1], json!(["1", "This could not be done: no such place", true]));
    assert!(outcomes[2][1].as_str().unwrap().starts_with("Not done, as"));
    assert_eq!(test.shown()["texts"], json!(["The person says: hurry"]));
}

#[tokio::test]
async fn an_end_after_actions_comes_when_they_are_done() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    let last = calls(&[click(1), json!({ "name": "done", "answer": "there" })]);
    test.will_answer([last.clone(), last, calls(&[click(2)])]);
    assert_eq!(actions(&test.decide(1, &[], None).await.unwrap()), 1);
    assert_eq!(test.decide(2, &[], None).await.unwrap(), Next::Finish("there".into()));
    // A message that came meanwhile is read before the end.
    assert_eq!(actions(&test.decide(2, &["wait"], None).await.unwrap()), 1);
    assert_eq!(actions(&test.decide(3, &["not yet"], None).await.unwrap()), 1);
}

#[tokio::test]
async fn a_decision_that_was_dropped_is_asked_for_again() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    for _ in 0..2 {
        let dropped = tokio::time::timeout(Duration::from_millis(10), test.decide(1, &["hello"], None)).await;
        assert!(dropped.is_err());
    }
    test.will_answer([calls(&[click(1)])]);
    test.decide(1, &["hello"], None).await.unwrap();
    let requests = test.requests.lock().unwrap();
    assert!(requests.iter().all(|request| *request == requests[0]) && requests.len() == 3, "{requests:#?}");
}

#[tokio::test]
async fn a_turn_that_cannot_be_read_is_asked_for_once_more_and_then_costs_a_step() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    let unknown = calls(&[json!({ "name": "levitate" }), click(1)]);
    test.will_answer([unknown.clone(), calls(&[click(1)])]);
    assert_eq!(actions(&test.decide(1, &[], None).await.unwrap()), 1);
    assert_eq!(test.errors().len(), 1);
    let outcomes = test.shown()["outcomes"].clone();
    assert!(outcomes[0][1].as_str().unwrap().contains("levitate") && outcomes[1][2] == true, "{outcomes}");

    test.will_answer([unknown.clone(), unknown, calls(&[click(2)])]);
    let Next::Miss(why) = test.decide(2, &[], None).await.unwrap() else { panic!("no miss") };
    assert!(why.contains("levitate"), "{why}");
    assert_eq!(test.errors().len(), 1, "the second one is told by the engine");
    test.decide(3, &[], Some(&why)).await.unwrap();
    assert_eq!(test.shown()["outcomes"].as_array().unwrap().len(), 2);
    assert_eq!(test.shown()["texts"], json!([]));
}

#[tokio::test]
async fn prose_is_an_answer_or_unclear() {
    let prose = json!({ "text": "All done.", "calls": [] });
    let mut talks = test(Prose::Answer, Settings::default(), 100);
    talks.will_answer([prose.clone()]);
    assert_eq!(talks.decide(1, &[], None).await.unwrap(), Next::Finish("All done.".into()));
    let mut acts = test(Prose::Unclear, Settings::default(), 100);
    acts.will_answer([prose.clone(), prose]);
    assert!(matches!(acts.decide(1, &[], None).await.unwrap(), Next::Miss(_)));
    let mut silent = test(Prose::Answer, Settings::default(), 100);
    silent.will_answer([calls(&[]), json!({ "text": "cut sh", "calls": [], "stop": "cut" })]);
    assert!(matches!(silent.decide(1, &[], None).await.unwrap(), Next::Miss(_)));
}

#[tokio::test]
async fn who_refuses_or_wants_a_person_ends_the_task() {
    let code = |next: &Next| if let Next::GiveUp { error_code, .. } = next { error_code.clone() } else { format!("{next:?}") };
    let checks = json!({ "text": "", "calls": [click(1)], "checks": [{ "id": "c", "message": "Looks like a bank." }] });
    for (answer, expected) in [(json!({ "text": "", "calls": [], "stop": "no" }), "refused"), (checks.clone(), "safety_check")] {
        let mut test = test(Prose::Answer, Settings::default(), 100);
        test.will_answer([answer]);
        assert_eq!(code(&test.decide(1, &[], None).await.unwrap()), expected);
    }
    let mut allowed = test(Prose::Answer, Settings { allow_safety_checks: true, ..Settings::default() }, 100);
    allowed.will_answer([checks]);
    assert_eq!(actions(&allowed.decide(1, &[], None).await.unwrap()), 1);
}

#[tokio::test]
async fn a_task_may_cost_so_much_and_no_more() {
    let prices = Prices { input: 1000.0, cached: Some(500.0), output: 2000.0 };
    let mut test = test(Prose::Unclear, Settings { prices: Some(prices), max_cost: Some(1.0), ..Settings::default() }, 100);
    test.will_answer([calls(&[click(1)]), calls(&[click(2)]), calls(&[click(3)])]);
    // 600 fresh, 400 cached and 10 written tokens: 0.82.
    assert_eq!(actions(&test.decide(1, &[], None).await.unwrap()), 1);
    assert_eq!(actions(&test.decide(2, &[], None).await.unwrap()), 1);
    let Next::GiveUp { error_code, result, .. } = test.decide(3, &[], None).await.unwrap() else { panic!("goes on") };
    assert_eq!((error_code.as_str(), result.contains("1.6400")), ("max_cost", true), "{result}");
    let mut used = Usage::default();
    while let Ok(note) = test.told.try_recv() {
        if let Note::Usage(more) = note {
            used += more;
        }
    }
    assert_eq!((used.input_tokens, used.cached_tokens, used.output_tokens), (2000, 800, 20));
}

#[tokio::test]
async fn a_model_without_temperature_is_asked_without() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    test.will_fail(400, "Unsupported parameter: 'temperature'");
    test.will_answer([calls(&[click(1)]), calls(&[click(2)])]);
    test.decide(1, &[], None).await.unwrap();
    test.decide(2, &[], None).await.unwrap();
    let temperatures: Vec<Value> = test.requests.lock().unwrap().iter().map(|request| request["temperature"].clone()).collect();
    assert_eq!(temperatures, [json!(0.2), Value::Null, Value::Null]);
    assert_eq!(test.errors().len(), 1);
}

#[tokio::test]
async fn what_is_too_long_is_asked_again_with_less() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    for step in 1..=6 {
        test.will_answer([json!({ "text": "x".repeat(400), "calls": [click(step)] })]);
        test.decide(step, &[], None).await.unwrap();
    }
    let before = test.last_request()["turns"].as_array().unwrap().len();
    test.will_fail(400, "This model's maximum context length is 8 tokens");
    test.will_answer([calls(&[click(9)])]);
    test.decide(7, &[], None).await.unwrap();
    let turns = test.last_request()["turns"].as_array().unwrap().clone();
    assert!(turns.len() < before && turns[0]["texts"] == json!(["do it"]), "{turns:#?}");
    // A screenshot that can be left out is enough.
    let mut pictured = self::test(Prose::Unclear, Settings::default(), 100);
    pictured.will_answer([calls(&[click(1)])]);
    pictured.decide(1, &[], None).await.unwrap();
    pictured.will_fail(413, "no");
    pictured.will_answer([calls(&[click(9)])]);
    pictured.decide(2, &[], None).await.unwrap();
    let pages: Vec<bool> = pictured.last_request()["turns"].as_array().unwrap().iter().filter_map(|turn| turn["page"].as_bool()).collect();
    assert_eq!(pages, [false, true]);
    // With only the task and the last turns left there is nothing to leave out.
    let mut short = self::test(Prose::Unclear, Settings::default(), 100);
    short.will_fail(400, "prompt is too long");
    assert!(!short.decide(1, &[], None).await.unwrap_err().retryable);
}

#[tokio::test]
async fn failures_are_told_with_what_to_do() {
    for (status, retryable) in [(429, true), (500, true), (503, true), (408, true), (400, false), (401, false), (404, false)] {
        let mut test = test(Prose::Unclear, Settings::default(), 100);
        test.will_fail(status, "no");
        let error = test.decide(1, &[], None).await.unwrap_err();
        assert_eq!(error.retryable, retryable, "{status}");
        assert_eq!(error.message, format!("http://m.test/ answered {status}: no"));
    }
}

#[tokio::test]
async fn a_model_is_warned_before_its_last_steps() {
    let mut test = test(Prose::Unclear, Settings::default(), 7);
    for (step, warning) in [(1, None), (3, Some("Only 5 steps")), (4, None), (7, Some("the last step"))] {
        test.will_answer([calls(&[click(step)])]);
        test.decide(step, &[], None).await.unwrap();
        let texts = test.shown()["texts"].to_string();
        assert_eq!(["Only", "last step"].iter().any(|word| texts.contains(word)), warning.is_some(), "{step}: {texts}");
        assert!(warning.is_none_or(|warning| texts.contains(warning)), "{step}: {texts}");
    }
}

#[tokio::test]
async fn who_does_the_same_without_effect_is_stuck() {
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    let same = page("same");
    let mut last = None;
    for step in 1..=5 {
        test.will_answer([calls(&[click(1)])]);
        let seen = Observation { step, screenshot: None, page: Some(&same), messages: &[], last_error: None };
        last = Some(test.driver.decide(seen, &test.notes).await.unwrap());
        if step == 4 {
            assert!(test.shown()["texts"].to_string().contains("nothing changed"));
        }
    }
    assert!(matches!(last, Some(Next::GiveUp { error_code, .. }) if error_code == "stuck"));
    assert_eq!(test.requests.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn secrets_are_told_by_their_placeholders() {
    let secrets = vec![Placeholder { name: "PIN".into(), placeholder: "<secret:PIN>".into(), hosts: "bank.test".into() }];
    let mut test = test(Prose::Unclear, Settings::default(), 100);
    let brief = Brief { secrets, ..test.driver.brief.clone() };
    test.driver = Driver { instructions: instructions::text(&brief), ..test.driver };
    test.will_answer([calls(&[click(1)])]);
    test.decide(1, &[], None).await.unwrap();
    let system = test.last_request()["system"].to_string();
    assert!(system.contains("<secret:PIN>") && system.contains("bank.test"), "{system}");
}
