//! Ends that no model is asked for: being stuck, steps, money.

use lightcone_server::model::{Prices, Settings};
use serde_json::json;

use super::{done, play, press};

#[tokio::test]
async fn who_repeats_what_has_no_effect_is_told_so_and_then_stopped() {
    let turns = [press(0), press(0), press(0), press(0), press(1)];
    for played in play(&turns, &Settings::default(), json!({})).await {
        played.ended("failed", 0);
        assert_eq!(played.end()["error_code"], "stuck", "{played}");
        assert_eq!((played.heard.len(), &played.end()["step"]), (4, &json!(4)), "{played}");
        let hints: Vec<bool> = (0..4).map(|nth| played.texts(nth).contains("nothing changed")).collect();
        assert_eq!(hints, [false, false, false, true], "{played}");
    }
}

#[tokio::test]
async fn a_hint_that_is_taken_ends_nothing() {
    let turns = [press(0), press(0), press(0), press(1), press(0), done()];
    for played in play(&turns, &Settings::default(), json!({})).await {
        played.ended("completed", 0);
        assert_eq!(played.end()["step"], 5, "{played}");
    }
}

#[tokio::test]
async fn the_last_steps_are_told() {
    let turns = [press(0), press(1), press(0), press(1), press(0), press(1)];
    for played in play(&turns, &Settings::default(), json!({ "max_steps": 6 })).await {
        let told = |nth: usize, words: &str| played.texts(nth).contains(words);
        assert!(!told(0, "steps are left") && told(1, "Only 5 steps are left"), "{played}");
        assert!(!told(4, "This is the last step") && told(5, "This is the last step"), "{played}");
    }
}

#[tokio::test]
async fn what_is_used_is_counted() {
    let prices = Some(Prices { input: 1.0, cached: None, output: 5.0 });
    for played in play(&[press(0), press(1), done()], &Settings { prices, ..Settings::default() }, json!({})).await {
        played.ended("completed", 0);
        let usage = &played.status["usage"];
        let tokens = |name: &str| usage[name].as_f64().unwrap_or_default();
        assert!(tokens("input_tokens") > 0.0 && tokens("output_tokens") > 0.0, "{usage} {played}");
        let cost = (tokens("input_tokens") + 5.0 * tokens("output_tokens")) / 1e6;
        assert!((tokens("cost") - cost).abs() < 1e-9, "{usage} {played}");
    }
}

#[tokio::test]
async fn a_task_ends_when_it_costs_too_much() {
    let prices = Some(Prices { input: 1e6, cached: None, output: 1e6 });
    let settings = Settings { prices, max_cost: Some(0.5), ..Settings::default() };
    for played in play(&[press(0), press(1)], &settings, json!({})).await {
        played.ended("failed", 0);
        assert_eq!(played.end()["error_code"], "max_cost", "{played}");
        assert_eq!((played.heard.len(), &played.end()["step"]), (1, &json!(1)), "{played}");
    }
}
