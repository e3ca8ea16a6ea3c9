//! The server as it is within another program: scripts and faults given while it runs.

use lightcone_server::local::{LocalError, LocalServer};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::local::client;

async fn start(options: Value) -> LocalServer {
    LocalServer::start(&options.to_string()).await.unwrap()
}

async fn post(server: &LocalServer, path: &str, body: Value) -> reqwest::Result<Response> {
    client().post(format!("{}{path}", server.url())).bearer_auth(server.key()).json(&body).send().await
}

async fn events(server: &LocalServer, instruction: &str) -> reqwest::Result<String> {
    post(server, "/agent/tasks/stream", json!({ "instruction": instruction })).await?.text().await
}

/// The members of the last event.
fn last(text: &str) -> Value {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().unwrap();
    serde_json::from_str(data).unwrap()
}

#[tokio::test]
async fn scripts_are_added_while_it_runs_and_the_last_one_counts_first() {
    let server = start(json!({})).await;
    for result in ["one", "two \u{1f600}"] {
        server.script(&json!({ "pattern": "^go", "steps": [{ "finish": result }] }).to_string()).unwrap();
        assert_eq!(last(&events(&server, "go there").await.unwrap())["result"], result);
    }
    server.script(r#"{"instruction": "go there", "steps": [{"finish": "\ud83d\ude00"}]}"#).unwrap();
    assert_eq!(last(&events(&server, " go there ").await.unwrap())["result"], "\u{1f600}");
    assert_eq!(last(&events(&server, "go elsewhere").await.unwrap())["result"], "two \u{1f600}");
    assert_eq!(last(&events(&server, "stay").await.unwrap())["error_code"], "no_script");
    server.close().await;
    server.close().await;
    assert!(events(&server, "go there").await.is_err());
}

#[tokio::test]
async fn an_empty_list_of_scripts_leaves_nothing_to_rules() {
    let server = start(json!({ "scripts": [] })).await;
    assert_eq!(last(&events(&server, "go there").await.unwrap())["error_code"], "no_script");
    server.script(r#"{"instruction": "go there", "steps": [{"finish": "there"}]}"#).unwrap();
    assert_eq!(last(&events(&server, "go there").await.unwrap())["result"], "there");
}

#[tokio::test]
async fn a_model_is_named_by_where_it_is_or_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("models.toml");
    std::fs::write(
        &config,
        "model = 'gone'\n[models.gone]\nuse = 'command:no-such-program-anywhere'\n[secrets.WORD]\nvalue = 'hunter2!'\nhosts = ['a.test']\n",
    )
    .unwrap();
    let cassette = folder.path().join("empty.jsonl");
    let record = json!({ "cassette": 1, "model": "command:agent", "settings": { "allow_safety_checks": false, "vision": true } });
    std::fs::write(&cassette, format!("{record}\n")).unwrap();
    for (options, model) in [
        (json!({ "config": config }), "gone"),
        (json!({ "model": format!("cassette:{}", cassette.display()) }), "cassette:"),
        (json!({ "config": config, "model": "rules" }), "rules"),
        (json!({ "config": config, "scripts": [] }), "scripted"),
    ] {
        let server = start(options).await;
        // No model gets as far as to be asked: this address is none.
        let body = json!({ "instruction": "go", "start_url": "http://127.0.0.1:1/", "max_steps": 1 });
        let status: Value = post(&server, "/agent/tasks", body).await.unwrap().json().await.unwrap();
        let id = status["task_id"].as_str().unwrap();
        let text = client().get(format!("{}/agent/tasks/{id}/events", server.url())).bearer_auth(server.key()).send().await.unwrap();
        let started = text.text().await.unwrap();
        assert!(started.contains(&format!("\"model\":\"{model}")), "{model}: {started}");
        server.script(r#"{"instruction": "go there", "steps": [{"finish": "there: hunter2!"}]}"#).unwrap();
        let hidden = if model == "cassette:" { "there: hunter2!" } else { "there: <secret:WORD>" };
        assert_eq!(last(&events(&server, "go there").await.unwrap())["result"], hidden);
        server.close().await;
    }
    for (options, words) in [
        (json!({ "model": "gpt" }), "there is no model \"gpt\""),
        (json!({ "config": "nowhere" }), "nowhere cannot be read"),
        (json!({ "model": "rules", "scripts": [] }), "the model: where scripts are given it is `scripted`"),
    ] {
        let error = LocalServer::start(&options.to_string()).await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn events_come_before_steps_and_one_of_them_can_be_the_end() {
    let server = start(json!({ "scripts": [
        { "instruction": "well", "events": [{ "type": "thinking" }], "steps": [{ "finish": "done" }] },
        { "instruction": "badly", "events": [{ "type": "thinking" }], "steps": [{ "finish": "done" }], "fail_at": 2 },
    ] }))
    .await;
    let well = events(&server, "well").await.unwrap();
    assert!(well.contains("thinking") && last(&well)["result"] == "done", "{well}");
    let badly = events(&server, "badly").await.unwrap();
    assert!(badly.contains("thinking"), "{badly}");
    assert_eq!((&last(&badly)["type"], &last(&badly)["error_code"]), (&json!("failed"), &json!("scripted_failure")));
}

#[tokio::test]
async fn an_answer_can_be_an_error_so_many_times() {
    let server = start(json!({ "scripts": [{ "pattern": "", "steps": [{ "finish": "done" }] }] })).await;
    let fault = json!({ "operation": "start_stream", "status": 503, "headers": [["retry-after", "7"]], "times": 2 });
    server.add_fault(&fault.to_string()).unwrap();
    for _ in 0..2 {
        let answer = post(&server, "/agent/tasks/stream", json!({ "instruction": "x" })).await.unwrap();
        assert_eq!((answer.status(), answer.headers()["retry-after"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "7"));
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    // Whoever has no key learns nothing of it, and other operations go on.
    assert_eq!(post(&server, "/agent/tasks", json!({ "instruction": "x" })).await.unwrap().status(), 200);
    assert_eq!(last(&events(&server, "x").await.unwrap())["result"], "done");
}

#[tokio::test]
async fn a_connection_can_break_before_the_answer_or_after_some_events() {
    let steps = json!([{ "event": { "type": "thinking" } }, { "event": { "type": "thinking" } }, { "finish": "done" }]);
    let server = start(json!({ "scripts": [{ "pattern": "", "steps": steps }] })).await;
    server.add_fault(&json!({ "operation": "start", "after_events": 0 }).to_string()).unwrap();
    assert!(post(&server, "/agent/tasks", json!({ "instruction": "x" })).await.is_err());
    assert!(post(&server, "/agent/tasks", json!({ "instruction": "x" })).await.is_ok());

    server.add_fault(&json!({ "operation": "start_stream", "after_events": 2 }).to_string()).unwrap();
    let mut answer = post(&server, "/agent/tasks/stream", json!({ "instruction": "x" })).await.unwrap();
    let mut text = Vec::new();
    let error = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) => panic!("the stream ended as it should"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode() || error.is_request(), "{error:?}");
    let text = String::from_utf8(text).unwrap();
    assert_eq!((text.matches("\n\n").count(), text.ends_with("\n\n")), (2, true), "{text}");
    assert_eq!(last(&events(&server, "x").await.unwrap())["result"], "done");
}

#[tokio::test]
async fn what_cannot_be_is_said() {
    let refused = |options: Value| async move { LocalServer::start(&options.to_string()).await.unwrap_err().to_string() };
    assert!(refused(json!({ "pace": 1 })).await.contains("unknown field `pace`"));
    assert!(refused(json!({ "web": "/nowhere/at/all" })).await.contains("/nowhere/at/all"));
    assert!(refused(json!({ "scripts": [], "scripts_file": "x" })).await.contains("not both"));
    assert!(refused(json!({ "scripts": [{ "steps": [] }] })).await.contains("script 1: say either"));
    let numbered = json!([{ "pattern": "", "events": [{ "type": "thinking" }], "steps": [{ "finish": "x" }], "fail_at": 3 }]);
    assert!(refused(json!({ "scripts": numbered })).await.contains("`fail_at` is 3, and the events and steps are numbered from 1 to 2"));

    let server = start(json!({})).await;
    assert!(matches!(server.script(r#"{"pattern": "("}"#), Err(LocalError::Scripts(_))));
    for (fault, why) in [
        (json!({ "operation": "stop", "status": 500 }), "there are start, start_stream,"),
        (json!({ "operation": "start", "status": 200 }), "400 to 599"),
        (json!({ "operation": "start", "after_events": 1 }), "without events"),
        (json!({ "operation": "start" }), "either `status` or `after_events`"),
        (json!({ "operation": "start", "status": 500, "times": 0 }), "at least 1"),
        (json!({ "operation": "start", "status": 500, "headers": [["a b", "c"]] }), "\"a b\""),
    ] {
        let said = server.add_fault(&fault.to_string()).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
}
