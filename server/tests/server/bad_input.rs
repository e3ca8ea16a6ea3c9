//! What is wrong with a request is said, with the status of contract section 5.

use reqwest::Method;
use serde_json::{Value, json};

use crate::local::{Answer, Local, answer};

const SCRIPTS: &str = "[{instruction: finish, steps: [{finish: done}]}]";

fn check(answer: &Answer, status: u16, words: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(!answer.headers["x-request-id"].is_empty());
    assert_eq!((&answer.body["status"], &answer.body["type"]), (&json!(status), &json!("about:blank")), "{answer:?}");
    assert!(answer.body["title"].is_string());
    let detail = answer.body["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{word:?} is not in {detail:?}");
    }
}

#[tokio::test]
async fn unknown_tasks_routes_and_methods() {
    let local = Local::with_scripts(SCRIPTS).await;
    check(&local.get("/agent/tasks/task_none").await, 404, &["task_none"]);
    for call in ["pause", "resume"] {
        check(&local.call("task_none", call).await, 404, &["task_none"]);
    }
    check(&local.inject("task_none", "hello").await, 404, &["task_none"]);
    // Ids with slashes or empty, or that are no text.
    check(&local.call("a/b", "pause").await, 404, &["/agent/tasks/a/b/pause"]);
    check(&local.call("a%2Fb", "pause").await, 404, &["a/b"]);
    check(&local.call("", "pause").await, 404, &["id in the path is empty"]);
    check(&local.get("/agent/tasks/").await, 404, &["GET /agent/tasks/;"]);
    check(&local.get("/agent/tasks/%FF").await, 404, &["UTF-8"]);
    check(&local.get("/nowhere").await, 404, &["GET /nowhere", "POST /agent/tasks/stream"]);
    let answer = answer(local.request(Method::DELETE, "/agent/tasks/task_none")).await;
    check(&answer, 405, &["DELETE"]);
    assert!(answer.headers["allow"].to_str().unwrap().contains("GET"), "{answer:?}");
    check(&local.get("/agent/tasks/stream").await, 405, &["GET"]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_body_that_is_no_json_object() {
    let local = Local::with_scripts(SCRIPTS).await;
    let texts =
        [("", "empty"), ("{\"instruction\": ", "EOF"), ("{\"instruction\": \"x\", \"temperature\": NaN}", "column"), ("\u{fffd}", "JSON")];
    for path in ["/agent/tasks", "/agent/tasks/stream", "/agent/tasks/task_none/messages"] {
        for (text, word) in texts {
            check(&answer(local.request(Method::POST, path).body(text)).await, 400, &[word, "JSON object"]);
        }
        check(&answer(local.request(Method::POST, path).body(vec![b'"', 0xff, b'"'])).await, 400, &["JSON object"]);
        let deep = "[".repeat(100_000);
        check(&answer(local.request(Method::POST, path).body(deep)).await, 400, &["JSON object"]);
        check(&local.post(path, json!(["instruction"])).await, 422, &["body is", "JSON object"]);
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_body_over_one_mebibyte() {
    let local = Local::with_scripts(SCRIPTS).await;
    let padding = |length| json!({"instruction": "finish", "padding": "x".repeat(length)});
    assert_eq!(local.post("/agent/tasks", padding(1024 * 1024 - 60)).await.status, 200);
    for length in [1024 * 1024, 8 * 1024 * 1024] {
        check(&local.post("/agent/tasks", padding(length)).await, 413, &["1048576 bytes"]);
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn each_field_with_a_wrong_value_is_named_with_what_came_and_what_is_right() {
    let local = Local::with_scripts(SCRIPTS).await;
    let cases = [
        (json!({}), "instruction", "missing"),
        (json!({"instruction": null}), "instruction", "missing"),
        (json!({"instruction": ""}), "instruction", "is \"\"; it must be text that is not empty"),
        (json!({"instruction": " \n"}), "instruction", "not empty"),
        (json!({"instruction": 7}), "instruction", "is 7"),
        (json!({"kind": "phone"}), "kind", "is \"phone\"; it must be \"browser\" or \"desktop\""),
        (json!({"max_steps": -1}), "max_steps", "is -1; it must be a whole number of 1 or more"),
        (json!({"max_steps": 0}), "max_steps", "is 0"),
        (json!({"max_steps": 1.5}), "max_steps", "is 1.5"),
        (json!({"max_steps": "many"}), "max_steps", "is \"many\""),
        (json!({"max_steps": u64::MAX}), "max_steps", "whole number"),
        (json!({"max_duration_seconds": 0}), "max_duration_seconds", "is 0"),
        (json!({"viewport_width": 0}), "viewport_width", "is 0; it must be a whole number from 200 to 4096"),
        (json!({"viewport_height": 100_000}), "viewport_height", "is 100000"),
        (json!({"temperature": 2.1}), "temperature", "is 2.1; it must be a number from 0 to 2"),
        (json!({"temperature": "NaN"}), "temperature", "is \"NaN\""),
        (json!({"screenshot_mode": "jpeg"}), "screenshot_mode", "\"url\" or \"base64\""),
        (json!({"stream_mode": 1}), "stream_mode", "is 1"),
        (json!({"harness_version": "v3"}), "harness_version", "\"v1\" or \"v2\""),
        (json!({"on_missing_computer": "buy"}), "on_missing_computer", "\"create_new\""),
        (json!({"persistent": "yes"}), "persistent", "true or false"),
        (json!({"stream_deltas": 1}), "stream_deltas", "true or false"),
        (json!({"metadata": []}), "metadata", "object"),
        (json!({"metadata": {"run": 7}}), "metadata.run", "is 7; it must be text"),
        (json!({"start_url": "ftp://files.example"}), "start_url", "http"),
        (json!({"start_url": "github.com"}), "start_url", "absolute"),
        (json!({"idempotency_key": ""}), "idempotency_key", "not empty"),
        (json!({"computer_id": 5}), "computer_id", "is 5"),
        (json!({"model": ""}), "model", "not empty"),
        (json!({"context": "before"}), "context", "a list"),
        (json!({"context": ["before"]}), "context[0]", "object"),
        (json!({"context": [{"role": "user"}]}), "context[0].content", "missing"),
        (
            json!({"context": [{"role": "user", "content": ""}, {"role": "system", "content": "x"}]}),
            "context[1].role",
            "\"user\" or \"assistant\"",
        ),
        (json!({"persistent": true, "save_session": false}), "save_session", "persistent is true"),
        (json!({"keep_alive": true, "terminate_on_completion": true}), "keep_alive", "opposites"),
    ];
    for path in ["/agent/tasks", "/agent/tasks/stream"] {
        for (fields, field, words) in &cases {
            let mut body = json!({"instruction": "finish"});
            if *field == "instruction" {
                body = json!({});
            }
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let answer = local.post(path, body).await;
            check(&answer, 422, &[field, words]);
            let errors = answer.body["errors"].as_array().unwrap();
            assert_eq!(errors.len(), 1, "{answer:?}");
            assert_eq!(errors[0]["field"], *field);
            assert!(errors[0]["message"].as_str().unwrap().contains(words), "{answer:?}");
        }
    }
    check(&local.post("/agent/tasks/task_none/messages", json!({"message": ""})).await, 422, &["message", "not empty"]);
    check(&local.post("/agent/tasks/task_none/messages", json!({})).await, 422, &["message", "missing"]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn all_faults_are_named_at_once_and_long_values_are_cut() {
    let local = Local::with_scripts(SCRIPTS).await;
    let body = json!({"kind": "x".repeat(500), "max_steps": -1, "temperature": 9});
    let answer = local.post("/agent/tasks", body).await;
    check(&answer, 422, &["instruction", "kind", "max_steps", "temperature"]);
    let fields: Vec<&Value> = answer.body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["instruction", "kind", "max_steps", "temperature"]);
    assert!(answer.body.to_string().len() < 1000, "{answer:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn members_nobody_knows_are_ignored() {
    let local = Local::with_scripts(SCRIPTS).await;
    let body = json!({"instruction": "finish", "new_thing": {"a": [1]}, "metadata": {"run": "7"}, "agent_type": "old"});
    assert_eq!(local.post("/agent/tasks", body).await.status, 200);
    local.server.shutdown().await;
}
