//! Models that want a person to look first.

use lightcone_server::model::Settings;
use serde_json::json;

use super::{Played, Scene, Stage, done, press};
use crate::fake::Api;
use crate::fake::responses::{Responses, Tool, safety_checks};
use crate::fake::serve::Turn;

/// A model with a safety check on each of its calls, which the fake wants acknowledged.
static CAREFUL: Api = Api {
    name: "responses:computer-use-preview",
    fake: |viewport| Box::new(Responses::new("computer-use-preview", Tool::ComputerUsePreview, viewport).careful()),
};

async fn play_careful(turns: &[Turn], settings: Settings) -> Played {
    let scene = Scene { api: &CAREFUL, turns: turns.to_vec(), settings };
    Stage::set([scene]).await.plays(&json!({})).await.remove(0)
}

#[tokio::test]
async fn a_safety_check_ends_the_task() {
    let played = play_careful(&[press(0), done()], Settings::default()).await;
    played.ended("failed", 0);
    assert_eq!((&played.end()["error_code"], &played.end()["step"]), (&json!("safety_check"), &json!(0)), "{played}");
    let told = played.events.iter().find(|event| event["type"] == "safety_check").unwrap();
    assert_eq!((&told["checks"], &told["allowed"]), (&safety_checks(), &json!(false)), "{played}");
    assert_eq!(played.heard.len(), 1, "{played}");
}

#[tokio::test]
async fn a_safety_check_that_is_allowed_is_acknowledged() {
    let settings = Settings { allow_safety_checks: true, ..Settings::default() };
    let played = play_careful(&[press(0), press(1), done()], settings).await;
    played.ended("completed", 0);
    let told = played.events.iter().filter(|event| event["type"] == "safety_check" && event["allowed"] == true);
    assert_eq!(told.count(), 2, "{played}");
    let acknowledged = |nth: usize| &played.heard[nth].body["input"][0]["acknowledged_safety_checks"];
    assert_eq!((acknowledged(1), acknowledged(2)), (&safety_checks(), &safety_checks()), "{played}");
}
