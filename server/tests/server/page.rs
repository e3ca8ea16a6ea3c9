//! The page to look at, in a real browser.

use std::time::{Duration, Instant};

use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Computer, Computers, Page, Point, Viewport};
use lightcone_server::net::Policy;
use serde_json::json;

use crate::local::{KEY, Local};

const SCRIPTS: &str = r#"
- instruction: Wait for a <b>word</b>
  steps:
    - event: {type: progress_update, message: "<img src=x onerror=alert(1)>"}
    - message: go
    - finish: "heard <script>document.title = 'owned'</script>\u001b[31m"
"#;

/// Looks until the page shows what is asked for.
async fn seen(computer: &dyn Computer, what: &str, is_there: impl Fn(&Page) -> Option<Point>) -> Point {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let page = computer.page().await.unwrap();
        if let Some(point) = is_there(&page) {
            return point;
        }
        let names: Vec<&str> = page.nodes.iter().map(|node| node.name.as_str()).filter(|name| !name.is_empty()).collect();
        assert!(Instant::now() < deadline, "{what} is not on the page: {names:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn named(role: &'static str, part: &'static str) -> impl Fn(&Page) -> Option<Point> {
    move |page| {
        let node = page.nodes.iter().find(|node| node.role == role && node.name.contains(part))?;
        let bounds = node.bounds?;
        Some(Point(bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_watched_and_steered_on_the_page() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = local.start(json!({"instruction": "Wait for a <b>word</b>"})).await;
    let viewport = Viewport { width: 1200, height: 800 };
    let computer = Chromium { policy: Policy { allow_private: true, ..Policy::default() }, ..Chromium::default() }
        .launch("onlooker".to_owned(), viewport, None)
        .await
        .unwrap();
    let act = async |action| computer.act(&action).await.unwrap();
    act(Action::Navigate { url: format!("{}/#key={KEY}", local.server.url()) }).await;

    let row = seen(&*computer, "the task", named("button", "Wait for a <b>word</b>")).await;
    act(Action::Click { coordinates: row }).await;
    // What a task says is text, whatever it looks like.
    seen(&*computer, "an event", named("text", "<img src=x onerror=alert(1)>")).await;

    let pause = seen(&*computer, "Pause", named("button", "Pause")).await;
    act(Action::Click { coordinates: pause }).await;
    seen(&*computer, "the state", named("text", "paused")).await;
    assert_eq!(local.status(&id).await["status"], "paused");
    let resume = seen(&*computer, "Resume", named("button", "Resume")).await;
    act(Action::Click { coordinates: resume }).await;
    seen(&*computer, "the event", named("text", "resumed")).await;
    assert_eq!(local.status(&id).await["status"], "running");

    let field = seen(&*computer, "the message's field", named("textbox", "Message")).await;
    act(Action::Click { coordinates: field }).await;
    act(Action::Type { text: "go\n".to_owned() }).await;
    seen(&*computer, "the end", named("text", "completed, exit code 0")).await;
    seen(&*computer, "the result", named("text", "<script>document.title = 'owned'</script>")).await;
    assert!(!computer.page().await.unwrap().title.contains("owned"));
    seen(&*computer, "the result", named("text", "heard")).await;

    let screenshot = computer.screenshot().await.unwrap();
    if let Ok(folder) = std::env::var("LIGHTCONE_KEEP_SCREENSHOTS") {
        std::fs::write(format!("{folder}/page.png"), &screenshot).unwrap();
    }
    computer.close().await;
    local.server.shutdown().await;
}
