//! People who steer a task while its model is asked.

use lightcone_server::model::Settings;
use serde_json::json;

use super::{Stage, done, press, task};
use crate::fake::APIS;
use crate::fake::serve::Turn;
use crate::server::local::soon;

#[tokio::test]
async fn a_pause_ends_the_request_and_it_is_made_again_with_what_came_since() {
    for api in APIS {
        let turns = [press(0), Turn::Silent, Turn::Silent, press(1), done()];
        let stage = Stage::set(api, turns, Settings::default()).await;
        let mut stream = stage.local.stream(task(json!({}))).await;
        let started = stream.until("started").await;
        let id = started["task_id"].as_str().unwrap();
        for (asked, message) in [(2, None), (3, Some("Hurry up"))] {
            soon("a request", || stage.endpoint.heard().len() == asked).await;
            assert_eq!(stage.local.call(id, "pause").await.status, 200);
            soon("its end", || stage.endpoint.abandoned() == asked - 1).await;
            if let Some(message) = message {
                assert_eq!(stage.local.inject(id, message).await.status, 200);
            }
            assert_eq!(stage.local.call(id, "resume").await.status, 200);
        }
        let events = std::iter::once(started.clone()).chain(stream.all().await).collect();
        let played = stage.played(events).await;
        played.ended("completed", 0);
        assert_eq!(played.heard[1].body, played.heard[2].body, "{played}");
        assert!(!played.texts(2).contains("Hurry up") && played.texts(3).contains("Hurry up"), "{played}");
        assert_eq!((played.heard.len(), &played.end()["step"]), (5, &json!(2)), "{played}");
    }
}

#[tokio::test]
async fn a_cancel_ends_the_request() {
    for api in APIS {
        let stage = Stage::set(api, [Turn::Silent], Settings::default()).await;
        let id = stage.local.start(task(json!({}))).await;
        soon("a request", || stage.endpoint.heard().len() == 1).await;
        assert_eq!(stage.local.call(&id, "cancel").await.status, 200);
        soon("its end", || stage.endpoint.abandoned() == 1).await;
        assert_eq!(stage.local.ended(&id).await["status"], "cancelled");
        stage.local.server.shutdown().await;
        assert_eq!(stage.endpoint.faults(), Vec::<String>::new(), "{}", api.name);
    }
}

/// A message that comes while the model says that it is done is still read.
#[tokio::test]
async fn a_message_is_in_the_next_request() {
    for api in APIS {
        let stage = Stage::set(
            api,
            [press(0), Turn::Slow(1000, vec![crate::fake::Intent::Done("early".to_owned())]), press(1), done()],
            Settings::default(),
        )
        .await;
        let mut stream = stage.local.stream(task(json!({}))).await;
        let started = stream.until("started").await;
        soon("a request", || stage.endpoint.heard().len() == 2).await;
        assert_eq!(stage.local.inject(started["task_id"].as_str().unwrap(), "One more").await.status, 200);
        let events = std::iter::once(started.clone()).chain(stream.all().await).collect();
        let played = stage.played(events).await;
        played.ended("completed", 0);
        assert!(!played.texts(1).contains("One more") && played.texts(2).contains("One more"), "{played}");
        assert_eq!((&played.end()["result"], &played.end()["step"]), (&json!("enough"), &json!(2)), "{played}");
    }
}
