//! People who steer a task while its model is asked.

use futures_util::future::join_all;
use lightcone_server::model::Settings;
use serde_json::{Value, json};

use super::{Stage, done, for_each_api, press, task};
use crate::fake::Intent;
use crate::fake::serve::{Endpoint, Turn};
use crate::server::local::{Events, soon};

impl Stage {
    /// A task for each scene, each to be followed by what reads its stream.
    async fn begins(&self) -> Vec<(Events, Value, &Endpoint)> {
        let begun = self.endpoints.iter().enumerate().map(|(nth, endpoint)| async move {
            let mut stream = self.local.stream(task(nth, &json!({}))).await;
            let started = stream.until("started").await;
            (stream, started, endpoint)
        });
        join_all(begun).await
    }
}

fn id(started: &Value) -> &str {
    started["task_id"].as_str().unwrap()
}

/// All events of a stream, of which the first was read before.
async fn all(started: Value, stream: Events) -> Vec<Value> {
    std::iter::once(started).chain(stream.all().await).collect()
}

#[tokio::test]
async fn a_pause_ends_the_request_and_it_is_made_again_with_what_came_since() {
    let turns = [press(0), Turn::Silent, Turn::Silent, press(1), done()];
    let stage = Stage::set(for_each_api(&turns, &Settings::default())).await;
    let mut events = Vec::new();
    for (stream, started, endpoint) in stage.begins().await {
        for (asked, message) in [(2, None), (3, Some("Hurry up"))] {
            soon("a request", || endpoint.heard().len() == asked).await;
            assert_eq!(stage.local.call(id(&started), "pause").await.status, 200);
            soon("its end", || endpoint.abandoned() == asked - 1).await;
            if let Some(message) = message {
                assert_eq!(stage.local.inject(id(&started), message).await.status, 200);
            }
            assert_eq!(stage.local.call(id(&started), "resume").await.status, 200);
        }
        events.push(all(started, stream).await);
    }
    for played in stage.played(events).await {
        played.ended("completed", 0);
        assert_eq!(played.heard[1].body, played.heard[2].body, "{played}");
        assert!(!played.texts(2).contains("Hurry up") && played.texts(3).contains("Hurry up"), "{played}");
        assert_eq!((played.heard.len(), &played.end()["step"]), (5, &json!(2)), "{played}");
    }
}

#[tokio::test]
async fn a_cancel_ends_the_request() {
    let stage = Stage::set(for_each_api(&[Turn::Silent], &Settings::default())).await;
    let mut events = Vec::new();
    for (stream, started, endpoint) in stage.begins().await {
        soon("a request", || endpoint.heard().len() == 1).await;
        assert_eq!(stage.local.call(id(&started), "cancel").await.status, 200);
        soon("its end", || endpoint.abandoned() == 1).await;
        events.push(all(started, stream).await);
    }
    for played in stage.played(events).await {
        assert_eq!(played.status["status"], "cancelled", "{played}");
    }
}

/// A message that comes while the model says that it is done is still read.
#[tokio::test]
async fn a_message_is_in_the_next_request() {
    let early = Turn::Slow(1000, vec![Intent::Done("early".to_owned())]);
    let stage = Stage::set(for_each_api(&[press(0), early, press(1), done()], &Settings::default())).await;
    let begun = stage.begins().await.into_iter().map(|(stream, started, endpoint)| async {
        soon("a request", || endpoint.heard().len() == 2).await;
        assert_eq!(stage.local.inject(id(&started), "One more").await.status, 200);
        all(started, stream).await
    });
    let events = join_all(begun).await;
    for played in stage.played(events).await {
        played.ended("completed", 0);
        assert!(!played.texts(1).contains("One more") && played.texts(2).contains("One more"), "{played}");
        assert_eq!((&played.end()["result"], &played.end()["step"]), (&json!("enough"), &json!(2)), "{played}");
    }
}
