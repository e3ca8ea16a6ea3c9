//! One real call of a model with a test page: whether it answers, and where its clicks land.

use std::{sync::Arc, time::Instant};

use lightcone_server::{
    computer::{Action, Computer, Computers, Node, Page, Point, Rect, Viewport, chromium::Chromium},
    model::{Brief, Models, Next, Note, Notes, Observation, Planned},
    web::Web,
};

use tempfile::TempDir;

use super::Finding::{self, Bad, Good, Note as Know};

const HOST: &str = "doctor.test";
const TARGET: &str = "Target";

/// Off the middle of the screen, so that a mistaken scale shows.
const PAGE: &str = "<!doctype html><html lang=en><title>Doctor</title><body style='margin:0;font:20px sans-serif'>\
<p style='position:absolute;left:80px;top:60px'>A page to try a model with.</p>\
<button style='position:absolute;left:840px;top:500px;width:160px;height:60px;font:inherit'>Target</button>";

/// Some models look, wait or move before they click.
const MOST_DECISIONS: u64 = 4;

/// Shows the default model a button and asks for a click on it.
pub(super) async fn check(models: &Models) -> Finding {
    let viewport = Viewport { width: 1280, height: 720 };
    // The page is read from the folder whenever it is opened.
    let (_folder, computer) = match open(viewport).await {
        Ok(opened) => opened,
        Err(why) => return Bad(format!("not asked, as no test page could be shown: {why}")),
    };
    let finding = ask(models, &*computer, viewport).await.unwrap_or_else(|error| Bad(error.to_string()));
    computer.close().await;
    finding
}

async fn open(viewport: Viewport) -> Result<(TempDir, Box<dyn Computer>), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join(HOST))?;
    std::fs::write(folder.path().join(HOST).join("index.html"), PAGE)?;
    let chromium = Chromium { web: Some(Web::dir(folder.path())?), ..Chromium::default() };
    let computer = chromium.launch("doctor".to_owned(), viewport, None).await?;
    computer.act(&Action::Navigate { url: format!("https://{HOST}/") }).await?;
    Ok((folder, computer))
}

async fn ask(models: &Models, computer: &dyn Computer, viewport: Viewport) -> Result<Finding, Box<dyn std::error::Error>> {
    let brief = Brief {
        instruction: format!("Click the button {TARGET:?}, once. Nothing else is to be done."),
        context: Vec::new(),
        system_prompt: None,
        temperature: 0.2,
        stream_deltas: false,
        secrets: Vec::new(),
        max_steps: 100,
        viewport,
    };
    let Some(mut model) = models.make(None, brief) else { return Ok(Bad("there is no such model".to_owned())) };
    let (notes, mut told) = Notes::channel();
    let began = Instant::now();
    for step in 1..=MOST_DECISIONS {
        let (page, screenshot) = (computer.page().await?, Arc::new(computer.screenshot().await?));
        let seen = Observation { step, screenshot: Some(&screenshot), page: Some(&page), messages: &[], last_error: None };
        let next = match model.decide(seen, &notes).await {
            Ok(next) => next,
            Err(error) => return Ok(Bad(error.message)),
        };
        let plan = match next {
            Next::Act(plan) => plan,
            Next::Wait(_) => continue,
            Next::Miss(why) => return Ok(Bad(format!("it answers, but with nothing that can be done, twice: {why}"))),
            Next::Finish(text) => return Ok(Bad(format!("it answers, but says {text:?} instead of clicking: is it a model that acts?"))),
            Next::GiveUp { result, .. } => return Ok(Bad(format!("it answers, but gives up: {result}"))),
        };
        if let Some(at) = plan.iter().find_map(click) {
            let took = began.elapsed().as_secs_f64() / step as f64;
            let stumbles = std::iter::from_fn(|| told.try_recv().ok()).filter(|note| matches!(note, Note::Error(_))).count();
            return Ok(judge(at, target(&page), took, stumbles));
        }
    }
    Ok(Bad(format!("it answers, but did not click in {MOST_DECISIONS} turns")))
}

fn click(planned: &Planned) -> Option<Point> {
    match planned.action {
        Action::Click { coordinates } | Action::DoubleClick { coordinates } => Some(coordinates),
        _ => None,
    }
}

fn target(page: &Page) -> Option<Rect> {
    page.nodes.iter().find(|node: &&Node| node.role == "button" && node.name == TARGET).and_then(|node| node.bounds)
}

fn judge(Point(x, y): Point, target: Option<Rect>, took: f64, stumbles: usize) -> Finding {
    let Some(target) = target else { return Bad("the test page did not show its button".to_owned()) };
    let (off_x, off_y) = (x - target.x - target.width / 2.0, y - target.y - target.height / 2.0);
    let on_it = off_x.abs() <= target.width / 2.0 && off_y.abs() <= target.height / 2.0;
    let where_to = format!("{off_x:+.0} across and {off_y:+.0} down from its middle");
    match (on_it, stumbles) {
        (true, 0) => Good(format!("it answers in {took:.1} s, and its click lands on the button ({where_to})")),
        (true, _) => Know(format!(
            "it answers in {took:.1} s and its click lands on the button ({where_to}), but its first answer could not be read"
        )),
        (false, _) => Bad(format!(
            "it answers in {took:.1} s, but its click lands {where_to} of a button of {:.0} by {:.0}: \
             either it cannot see well enough, or its coordinates are of another kind; try another kind of model, such as chat:MODEL@URL, which clicks by number",
            target.width, target.height
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_judged_by_where_it_lands() {
        let button = Some(Rect { x: 840.0, y: 500.0, width: 160.0, height: 60.0 });
        let Good(text) = judge(Point(930.0, 520.0), button, 1.0, 0) else { panic!("not on it") };
        assert!(text.contains("+10 across and -10 down"), "{text}");
        assert!(matches!(judge(Point(930.0, 520.0), button, 1.0, 1), Know(_)));
        let Bad(text) = judge(Point(719.0, 736.0), button, 1.0, 0) else { panic!("on it") };
        assert!(text.contains("-201 across and +206 down"), "{text}");
    }
}
