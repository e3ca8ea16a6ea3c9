//! The whole server as it is shipped: the rules model on a real Chromium, on the demo web.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lightcone_server::computer::chromium::Chromium;
use lightcone_server::model::Models;
use lightcone_server::model::rules::Rules;
use lightcone_server::web::Web;
use serde_json::json;

use crate::local::Local;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_paused_redirected_and_resumed_on_a_real_browser() {
    let chromium = Chromium { web: Some(Web::demo()), ..Chromium::default() };
    let local = Local::with_models(Models::new("rules", Rules::new), |config| {
        config.computers = Arc::new(chromium);
        // The message comes in while the first step takes its time.
        config.pace = Duration::from_millis(500);
    })
    .await;
    let instruction = "Go to github.com and find the trending Python repositories";
    let mut stream =
        local.stream(json!({"instruction": instruction, "kind": "browser", "viewport_width": 900, "viewport_height": 700})).await;
    let started = stream.next().await.unwrap();
    assert_eq!((&started["type"], &started["model"]), (&json!("started"), &json!("rules")));
    let id = started["task_id"].as_str().unwrap();
    stream.until("action").await;
    assert_eq!(local.call(id, "pause").await.body["status"], "paused");
    stream.until("paused").await;
    assert_eq!(local.inject(id, "Focus on the top 3 results only").await.body["status"], "queued");
    assert_eq!(local.call(id, "resume").await.body["status"], "running");
    stream.until("resumed").await;

    let screenshot = stream.until("screenshot").await;
    let png = local.http.get(screenshot["screenshot_url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&png[1..4], b"PNG");
    let size = |from: usize| u32::from_be_bytes(png[from..from + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (900, 700));

    let completed = stream.until("completed").await;
    let result = completed["result"].as_str().unwrap();
    assert_eq!(result.lines().count(), 3, "{result}");
    assert!(result.contains("Python"), "{result}");
    let status = local.status(id).await;
    assert_eq!(
        [&status["status"], &status["exit_code"], &status["result"], &status["model"]],
        [&json!("completed"), &json!(0), &json!(result), &json!("rules")]
    );
    let began = Instant::now();
    local.server.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
