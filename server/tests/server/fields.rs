//! What the server does with the fields of a start (contract, section 9).

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lightcone_server::computer::{Action, Viewport};
use lightcone_server::model::{Brief, Model, ModelError, Models, Next, Notes, Observation};
use serde_json::json;

use crate::local::{Local, kinds};

/// Ends at once; whoever made it kept the brief.
struct Idle {
    name: &'static str,
    needs_computer: bool,
}

#[async_trait]
impl Model for Idle {
    fn name(&self) -> &str {
        self.name
    }

    fn needs_computer(&self) -> bool {
        self.needs_computer
    }

    async fn decide(&mut self, _: Observation<'_>, _: &Notes) -> Result<Next, ModelError> {
        Ok(Next::Finish("done".into()))
    }
}

/// A server with the models `looks` (the default) and `blind`, and the last brief.
async fn local() -> (Local, Arc<Mutex<Option<Brief>>>) {
    let brief = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&brief);
    let models = Models::new("looks", move |brief| {
        *kept.lock().unwrap() = Some(brief);
        Idle { name: "looks", needs_computer: true }
    });
    let models = models.with("blind", |_| Idle { name: "blind", needs_computer: false });
    (Local::with_models(models, |_| {}).await, brief)
}

#[tokio::test]
async fn the_model_is_told_what_was_asked_for() {
    let (local, brief) = local().await;
    local
        .run(json!({
            "instruction": "look", "temperature": 1.5, "max_steps": 7, "system_prompt": "be brief",
            "viewport_width": 800, "viewport_height": 600,
            "context": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        }))
        .await;
    let brief = brief.lock().unwrap().take().unwrap();
    assert_eq!(brief.instruction, "look");
    assert_eq!((brief.temperature, brief.max_steps), (1.5, 7));
    assert_eq!(brief.system_prompt.as_deref(), Some("be brief"));
    assert_eq!(brief.context, [("user".into(), "hi".into()), ("assistant".into(), "hello".into())]);
    assert_eq!(brief.viewport, Viewport { width: 800, height: 600 });
    assert_eq!(*local.computers.viewports.lock().unwrap(), [brief.viewport]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn what_is_not_asked_for_has_the_guides_defaults() {
    let (local, brief) = local().await;
    local.run(json!({"instruction": "look"})).await;
    let brief = brief.lock().unwrap().take().unwrap();
    assert_eq!((brief.temperature, brief.max_steps), (0.2, 100));
    assert_eq!(brief.viewport, Viewport { width: 1280, height: 720 });
    assert_eq!((brief.context.len(), brief.system_prompt), (0, None));
    local.server.shutdown().await;
}

#[tokio::test]
async fn started_and_the_status_name_the_model_that_really_runs() {
    let (local, _) = local().await;
    for (asked, runs) in [
        (json!({}), "looks"),
        (json!({"model": "tzafon.northstar-cua-fast"}), "looks"),
        (json!({"model": "tzafon.anything"}), "looks"),
        (json!({"model": "looks"}), "looks"),
        (json!({"model": "blind"}), "blind"),
    ] {
        let mut body = json!({"instruction": "look"});
        body.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let events = local.run(body).await;
        assert_eq!((&events[0]["type"], &events[0]["model"]), (&json!("started"), &json!(runs)), "{asked}");
        let id = events[0]["task_id"].as_str().unwrap();
        assert_eq!(local.status(id).await["model"], runs, "{asked}");
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_unknown_model_is_a_configuration_error() {
    let (local, _) = local().await;
    let id = local.start(json!({"instruction": "look", "model": "gpt", "idempotency_key": "k"})).await;
    let status = local.ended(&id).await;
    assert_eq!([&status["status"], &status["exit_code"], &status["error_code"]], [&json!("failed"), &json!(2), &json!("unknown_model")]);
    assert!(status.get("started_at").is_none() && status.get("model").is_none(), "{status}");
    let events = local.run(json!({"instruction": "look", "model": "gpt", "idempotency_key": "k"})).await;
    assert_eq!(kinds(&events), ["config_error"]);
    assert_eq!((&events[0]["error_code"], &events[0]["retryable"]), (&json!("unknown_model"), &json!(false)));
    let error = events[0]["error"].as_str().unwrap();
    assert!(error.contains("\"gpt\"") && error.contains("blind, looks"), "{error}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_desktop_is_for_models_without_a_computer_only() {
    let (local, _) = local().await;
    let events = local.run(json!({"instruction": "look", "kind": "desktop"})).await;
    assert_eq!((kinds(&events), &events[0]["error_code"]), (vec!["config_error"], &json!("desktop_unavailable")));
    assert_eq!(local.computers.count(), 0);
    let events = local.run(json!({"instruction": "look", "kind": "desktop", "model": "blind"})).await;
    assert_eq!(kinds(&events), ["started", "completed"]);
    assert_eq!(events[0].get("computer_id"), None);
    let events = local.run(json!({"instruction": "look", "kind": "browser"})).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "thinking", "completed"]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn start_url_is_opened_before_the_agent_looks() {
    let (local, _) = local().await;
    let events = local.run(json!({"instruction": "look", "start_url": "https://github.com/"})).await;
    let memory = local.computers.memory(events[0]["computer_id"].as_str().unwrap());
    let opened = Action::Navigate { url: "https://github.com/".into() };
    assert_eq!(*memory.actions.lock().unwrap(), [opened]);
    assert_eq!(events.last().unwrap()["step"], 0, "it is not one of the agent's steps");
    local.server.shutdown().await;
}

#[tokio::test]
async fn saved_states_are_all_unknown() {
    let (local, _) = local().await;
    let answer = local.post("/agent/tasks", json!({"instruction": "look", "environment_id": "env_1"})).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body["detail"].as_str().unwrap().contains("env_1"), "{answer:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn screenshots_come_by_signed_address_or_whole() {
    let (local, _) = local().await;
    let events = local.run(json!({"instruction": "look"})).await;
    let url = events[1]["screenshot_url"].as_str().unwrap();
    assert!(url.starts_with(&local.server.url()), "{url}");
    let picture = local.http.get(url).send().await.unwrap();
    assert_eq!((picture.status().as_u16(), &picture.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    assert_eq!(picture.bytes().await.unwrap(), crate::fake::PNG);
    // Of another task, too: both are known and signed.
    let other = local.run(json!({"instruction": "look"})).await;
    let (task, other_task) = (events[0]["task_id"].as_str().unwrap(), other[0]["task_id"].as_str().unwrap());
    for forged in [
        url.replace(task, other_task),
        url.replace(task, other_task).replace("000001", "000002"),
        url.replace("000001", "000002"),
        url.replace("expires=", "expires=9"),
        url.replace("signature=", "signature=A"),
        url.replace("signature=", "signature=!"),
        url.split_once('?').unwrap().0.to_owned(),
        url.replace("000001.png", "..%2F..%2Fsecret"),
    ] {
        let answer = crate::local::answer(local.http.get(&forged)).await;
        assert_eq!((answer.status.as_u16(), &answer.headers["content-type"]), (403, &"application/problem+json".parse().unwrap()));
    }
    let events = local.run(json!({"instruction": "look", "screenshot_mode": "base64"})).await;
    assert_eq!(events[1]["screenshot_url"], format!("data:image/png;base64,{}", STANDARD.encode(crate::fake::PNG)));
    local.server.shutdown().await;
}

#[tokio::test]
async fn screenshots_lie_in_the_folder_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("shots");
    let models = Models::new("looks", |_| Idle { name: "looks", needs_computer: true });
    let local = Local::with_models(models, |config| config.screenshots = Some(named.clone())).await;
    let events = local.run(json!({"instruction": "look"})).await;
    let url = events[1]["screenshot_url"].as_str().unwrap().to_owned();
    let file = named.join(events[0]["task_id"].as_str().unwrap()).join("000001.png");
    assert_eq!(std::fs::read(&file).unwrap(), crate::fake::PNG);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(local.http.get(url).send().await.unwrap().status(), 404);
    local.server.shutdown().await;
    assert!(named.is_dir());
}
