//! Endpoints that fail: the task goes on where it can.

use std::time::{Duration, Instant};

use lightcone_server::model::Settings;
use serde_json::json;

use super::{done, play, press};
use crate::fake::serve::Turn;

#[tokio::test]
async fn a_refusal_ends_the_task() {
    for played in play(&[press(0), Turn::Refuse], &Settings::default(), json!({})).await {
        played.ended("failed", 0);
        assert_eq!(played.end()["error_code"], "refused", "{played}");
        assert_eq!(played.end()["retryable"], false, "{played}");
    }
}

#[tokio::test]
async fn a_silent_endpoint_is_asked_again() {
    let settings = Settings { timeout: Duration::from_secs(2), ..Settings::default() };
    for played in play(&[press(0), Turn::Silent, press(1), done()], &settings, json!({})).await {
        played.ended("completed", 1);
        assert!(played.errors()[0].contains("nothing came for 2s"), "{played}");
        assert_eq!(played.heard[1].body, played.heard[2].body, "{played}");
        assert_eq!(played.end()["step"], 2, "{played}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    for stream_deltas in [false, true] {
        let turns = [press(0), Turn::Cut, press(1), done()];
        for played in play(&turns, &Settings::default(), json!({ "stream_deltas": stream_deltas })).await {
            played.ended("completed", 1);
            assert_eq!(played.heard[1].body, played.heard[2].body, "{played}");
            assert_eq!(played.end()["step"], 2, "{played}");
        }
    }
}

#[tokio::test]
async fn a_limit_and_a_fault_of_the_endpoint_pass() {
    let turns = [Turn::RateLimited(1), Turn::Broken(500), press(0), done()];
    let began = Instant::now();
    let all = play(&turns, &Settings::default(), json!({})).await;
    assert!(began.elapsed() >= Duration::from_secs(2), "a second as it was asked to, and one before the third time");
    for played in all {
        played.ended("completed", 2);
        assert!(played.errors()[1].contains("500"), "{played}");
        assert_eq!(played.end()["step"], 1, "{played}");
    }
}

#[tokio::test]
async fn what_is_too_long_is_asked_for_with_less() {
    let turns = [press(0), press(1), press(0), press(1), Turn::TooLong, press(0), done()];
    for played in play(&turns, &Settings::default(), json!({})).await {
        played.ended("completed", 1);
        let size = |nth: usize| played.before(nth).into_iter().map(|heard| heard.body.to_string().len()).sum::<usize>();
        assert!(size(5) < size(4) && played.pictures(5) <= played.pictures(4), "{played}");
        assert!(played.all_texts(5).contains("Press the buttons"), "the task stays: {played}");
        assert_eq!(played.end()["step"], 5, "{played}");
    }
}

#[tokio::test]
async fn what_is_too_long_from_the_start_fails_the_task() {
    for played in play(&[Turn::TooLong], &Settings::default(), json!({})).await {
        played.ended("failed", 1);
        assert_eq!(played.end()["error_code"], "model_error", "{played}");
        assert_eq!(played.end()["retryable"], false, "{played}");
        assert_eq!(played.heard.len(), 1, "{played}");
    }
}
