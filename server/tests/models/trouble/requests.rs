//! What of a task reaches the model, and what of the model reaches the task.

use lightcone_server::model::Settings;
use serde_json::{Value, json};

use super::{SCREEN, done, play, press};
use crate::fake::APIS;
use crate::fake::Intent;
use crate::fake::serve::Turn;

/// The value of a member of this name, wherever it is.
fn member<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    match body {
        Value::Object(members) => members.get(name).or_else(|| members.values().find_map(|value| member(value, name))),
        Value::Array(values) => values.iter().find_map(|value| member(value, name)),
        _ => None,
    }
}

#[tokio::test]
async fn all_that_a_task_says_is_in_every_request() {
    let more = json!({
        "system_prompt": "Speak like a sailor.",
        "context": [{ "role": "user", "content": "We spoke of lamps." }, { "role": "assistant", "content": "Of brass ones." }],
        "temperature": 0.7,
    });
    for played in play(&[press(0), done()], &Settings::default(), more).await {
        played.ended("completed", 0);
        let takes_temperature = APIS.iter().any(|api| api.name == played.api && (api.fake)(SCREEN).takes_temperature());
        for (nth, heard) in played.heard.iter().enumerate() {
            let texts = played.all_texts(nth);
            for part in ["Press the buttons", "Speak like a sailor.", "We spoke of lamps.", "Of brass ones."] {
                assert!(texts.contains(part), "{part} in {texts}: {played}");
            }
            assert_eq!(member(&heard.body, "temperature"), takes_temperature.then(|| json!(0.7)).as_ref(), "{played}");
        }
        assert!(played.pictures(0) == 1 && played.pictures(1) > 0, "{played}");
    }
}

#[tokio::test]
async fn an_address_is_opened() {
    let opens = Turn::Say(vec![Intent::Navigate("https://a.test/".to_owned())]);
    for played in play(&[opens, done()], &Settings::default(), json!({})).await {
        played.ended("completed", 0);
        let action = played.events.iter().find(|event| event["type"] == "action").unwrap();
        assert_eq!(action["action"], json!({ "type": "navigate", "url": "https://a.test/" }), "{played}");
    }
}

#[tokio::test]
async fn text_is_told_while_it_comes() {
    for stream_deltas in [false, true] {
        for played in play(&[press(0), done()], &Settings::default(), json!({ "stream_deltas": stream_deltas })).await {
            played.ended("completed", 0);
            let told = played.events.iter().any(|event| event["type"] == "progress_update");
            let streams = played.heard.iter().any(|heard| heard.body["stream"] == true);
            assert_eq!(told, streams, "{played}");
            assert!(stream_deltas || !streams, "{played}");
        }
    }
}
