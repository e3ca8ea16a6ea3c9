//! Plays the steps of one case.

use futures_util::{StreamExt, TryStreamExt, future::join_all};
use lightcone::{
    Client, Error,
    http::Method,
    tasks::{EventStream, EventsParams, InjectMessageParams, ListParams, StartParams, WaitParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Control, client};

/// What came of each step.
pub(crate) async fn play(control: &Control, told: &Value) -> Vec<Value> {
    let places = Places { control, case: &told["case"] };
    let mut player = Player { places, client: client::client(&told["client"]), stream: None };
    let mut observed = Vec::new();
    let mut task = Value::Null;
    for step in told["steps"].as_array().into_iter().flatten() {
        let mut step = step.clone();
        if step["id"] == "@task" {
            step["id"] = task.clone();
        }
        observed.push(player.step(&step).await.unwrap_or_else(|failed| failed.told()));
        if let Some(named) = observed.last().and_then(named) {
            task = named.clone();
        }
    }
    observed
}

/// The task that a step's outcome names.
fn named(outcome: &Value) -> Option<&Value> {
    [&outcome["result"]["task_id"], &outcome["stream"]["task_id"]].into_iter().find(|id| id.is_string())
}

struct Player<'a> {
    places: Places<'a>,
    client: Result<Client, Error>,
    stream: Option<EventStream>,
}

impl Player<'_> {
    async fn step(&mut self, step: &Value) -> Result<Value, Failed> {
        if let Some(place) = step["mark"].as_str() {
            self.places.reach_or_await("reach", place).await;
        } else if let Some(place) = step["until"].as_str() {
            self.places.reach_or_await("until", place).await;
        } else if step["call"].is_string() || step["request"].is_string() {
            let client = self.client.clone()?;
            if let Some(count) = step["at_once"].as_u64() {
                let calls = (0..count).map(|_| call(&client, step));
                let each: Vec<Value> = join_all(calls)
                    .await
                    .into_iter()
                    .map(|outcome| outcome.map_or_else(|failed| failed.told(), |called| called.value))
                    .collect();
                return Ok(json!({ "each": each }));
            }
            let Some(called) = self.places.unless_cancelled(step, call(&client, step)).await else { return Ok(json!({"cancelled": true})) };
            let called = called?;
            self.stream = called.stream.or(self.stream.take());
            return Ok(called.value);
        } else if step["read"].is_u64() || step["read"].is_string() {
            return Ok(self.read(step).await);
        } else if step["result"] == true {
            let mut stream = self.stream.take();
            let result = match &mut stream {
                Some(stream) => stream.result().await,
                None => Ok(None),
            };
            let mut outcome = result.map_or_else(|error| client::error(&error), |result| json!({ "result": result }));
            outcome["stream"] = position(stream.as_ref());
            self.stream = stream;
            return Ok(outcome);
        } else if step["close_client"] == true {
            self.client.clone()?.close();
        } else {
            // In Rust closing a stream and letting go of it are the same.
            self.stream = None;
        }
        Ok(json!({}))
    }

    async fn read(&mut self, step: &Value) -> Value {
        let most = step["read"].as_u64().unwrap_or(u64::MAX);
        let Some(mut stream) = self.stream.take() else {
            return json!({"error": {"classes": ["LightconeError"], "message": "there is no open stream"}});
        };
        let mut outcome = json!({"ended": false});
        let mut events = Vec::new();
        while (events.len() as u64) < most {
            match self.places.unless_cancelled(step, stream.next()).await {
                None => {
                    outcome["cancelled"] = true.into();
                    return outcome;
                }
                Some(Some(Ok(event))) => events.push(event.to_json()),
                Some(Some(Err(error))) => {
                    outcome["error"] = client::error(&error)["error"].take();
                    break;
                }
                Some(None) => {
                    outcome["ended"] = true.into();
                    break;
                }
            }
        }
        outcome["events"] = events.into();
        outcome["stream"] = position(Some(&stream));
        self.stream = Some(stream);
        outcome
    }
}

/// The places of one case that its server and its client tell each other of.
#[derive(Clone, Copy)]
struct Places<'a> {
    control: &'a Control,
    case: &'a Value,
}

impl Places<'_> {
    /// The outcome, unless the place comes before it at which it is to be given up.
    async fn unless_cancelled<T>(self, step: &Value, doing: impl Future<Output = T>) -> Option<T> {
        let Some(place) = step["cancel_at"].as_str() else { return Some(doing.await) };
        tokio::select! {
            biased;
            outcome = doing => Some(outcome),
            () = self.reach_or_await("until", place) => None,
        }
    }

    async fn reach_or_await(self, verb: &str, place: &str) {
        // The fault server is on this machine; without it the whole run fails anyway.
        let _ = self.control.post(&format!("/cases/{}/{verb}/{place}", self.case), &json!({})).await;
    }
}

/// What a call gave: something to tell, and a stream if it opened one.
struct Called {
    value: Value,
    stream: Option<EventStream>,
}

async fn call(client: &Client, step: &Value) -> Result<Called, Failed> {
    let is_raw = step["raw"] == true;
    if let Some(line) = step["request"].as_str() {
        let (method, path) = line.split_once(' ').unwrap_or((line, ""));
        let body = step.get("body").map(|body| body.to_string().into());
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let answer = client.request(method, path, body, client::options(&step["options"])).await?;
        let value = if is_raw { client::raw(&answer) } else { json!({ "result": client::json_or_text(&answer.body) }) };
        return Ok(Called { value, stream: None });
    }
    let tasks = client.agent().tasks().with(client::options(&step["options"]));
    let id = step["id"].as_str().unwrap_or_default();
    let mut params = step["params"].clone();
    if let (Some(params), Some(more)) = (params.as_object_mut(), step["options"]["body"].as_object()) {
        params.extend(more.clone());
    }
    if params.is_null() {
        params = json!({});
    }
    if is_raw {
        // The types give what an answer says; as it came it is to be had by the operation's name.
        let mut settings = step["options"].as_object().cloned().unwrap_or_default();
        settings.insert("id".to_owned(), step["id"].clone());
        let body = step["params"].is_object().then(|| params.to_string().into());
        let answer = client.call_json(step["call"].as_str().unwrap_or_default(), json!(settings).to_string().as_bytes(), body).await?;
        return Ok(Called { value: client::raw(&answer), stream: None });
    }
    let start = || from::<StartParams>(&params);
    let value = match step["call"].as_str().unwrap_or_default() {
        "start" => told(&tasks.start(start()?).await?),
        "start_stream" => {
            let stream = tasks.start_stream(start()?).await?;
            return Ok(Called { value: json!({"stream": position(Some(&stream))}), stream: Some(stream) });
        }
        "retrieve_status" => told(&tasks.retrieve_status(id).await?),
        "inject_message" => told(&tasks.inject_message(id, from::<InjectMessageParams>(&params)?.message).await?),
        "cancel" => told(&tasks.cancel(id).await?),
        "events" => {
            let stream = tasks.events(id, from::<EventsParams>(&params)?).await?;
            return Ok(Called { value: json!({"stream": position(Some(&stream))}), stream: Some(stream) });
        }
        "list" => {
            let page = tasks.list(from::<ListParams>(&params)?).await?;
            if step["pages"] == true {
                told(&page.into_stream().try_collect::<Vec<_>>().await?)
            } else {
                told(&json!({"data": page.data, "has_more": page.has_more}))
            }
        }
        "wait" => told(&tasks.wait(id, from::<WaitParams>(&params)?).await?),
        "run" => told(&tasks.run(start()?).await?),
        "pause" => told(&tasks.pause(id).await?),
        "resume" => told(&tasks.resume(id).await?),
        other => json!({"error": {"classes": [], "message": format!("the Rust runner knows no call {other:?}")}}),
    };
    Ok(Called { value, stream: None })
}

/// What the client says, or why a step cannot be done with it.
enum Failed {
    Error(Error),
    Step(serde_json::Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failed {
    fn told(&self) -> Value {
        match self {
            Self::Error(error) => client::error(error),
            Self::Step(error) => json!({"error": {"classes": [], "message": format!("no parameters: {error}")}}),
        }
    }
}

/// Parameters as their type.
fn from<T: DeserializeOwned>(params: &Value) -> Result<T, Failed> {
    serde_json::from_value(params.clone()).map_err(Failed::Step)
}

fn told(answer: &impl Serialize) -> Value {
    json!({ "result": serde_json::to_value(answer).unwrap_or_default() })
}

fn position(stream: Option<&EventStream>) -> Value {
    let Some(stream) = stream else { return Value::Null };
    json!({
        "task_id": stream.task_id(),
        "computer_id": stream.computer_id(),
        "last_event_id": stream.last_event_id(),
        "terminal_event": stream.terminal_event().map(lightcone::tasks::Event::to_json),
        "status": stream.head().status,
        "retries": stream.head().retries,
    })
}
