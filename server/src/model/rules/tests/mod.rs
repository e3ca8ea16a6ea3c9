//! The model on pages made by hand.

mod acting;
mod reading;

use super::*;
use crate::computer::{Node, Page, Point, Rect, States, Viewport};

/// Builds a page from an outline: one node a line, two blanks a level,
/// `role "name" key=value ...`. Every node is drawn at 40 px a line.
fn page(url: &str, outline: &str) -> Page {
    let mut nodes = vec![node("rootwebarea", "", 0, None)];
    let mut open: Vec<(usize, usize)> = vec![];
    let mut title = String::new();
    for line in outline.lines().filter(|line| !line.trim().is_empty()) {
        let depth = line.len() - line.trim_start().len();
        open.retain(|(other, _)| *other < depth);
        let parent = open.last().map_or(0, |(_, at)| *at);
        let mut parts = line.trim().splitn(2, ' ');
        let role = parts.next().unwrap();
        let rest = parts.next().unwrap_or_default();
        let (name, options) = match rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((name, options)) => (name, options),
            None => ("", rest),
        };
        if role == "title" {
            title = name.to_owned();
            continue;
        }
        let mut made = node(role, name, nodes.len(), Some(parent));
        for option in options.split_whitespace() {
            match option.split_once('=').unwrap_or((option, "")) {
                ("url", to) => made.url = Some(url::Url::parse(url).unwrap().join(to).unwrap().to_string()),
                ("level", level) => made.level = Some(level.parse().unwrap()),
                ("value", value) => made.value = Some(value.replace('_', " ")),
                ("y", y) => made.bounds.as_mut().unwrap().y = y.parse().unwrap(),
                ("focused", _) => made.states.focused = true,
                ("selected", _) => made.states.selected = Some(true),
                (other, _) => panic!("no option {other}"),
            }
        }
        open.push((depth, nodes.len()));
        nodes.push(made);
    }
    Page {
        url: url.to_owned(),
        title,
        nodes,
        viewport: Viewport { width: 1280, height: 720 },
        scroll: Point(0.0, 0.0),
        content: (1280.0, 2000.0),
    }
}

fn node(role: &str, name: &str, at: usize, parent: Option<usize>) -> Node {
    Node {
        parent,
        role: role.to_owned(),
        name: name.to_owned(),
        value: None,
        description: None,
        level: None,
        url: None,
        bounds: Some(Rect { x: 10.0, y: 10.0 + 20.0 * at as f64, width: 100.0, height: 10.0 }),
        states: States::default(),
    }
}

fn rules(instruction: &str) -> Rules {
    Rules::new(Brief {
        instruction: instruction.to_owned(),
        context: vec![],
        system_prompt: None,
        temperature: 0.2,
        stream_deltas: false,
        secrets: vec![],
        max_steps: 100,
        viewport: Viewport { width: 1280, height: 720 },
    })
}

/// Shows a page to the model, after some messages.
fn show(rules: &mut Rules, page: &Page, messages: &[&str], last_error: Option<&str>) -> (Next, Vec<Note>) {
    let messages: Vec<_> = messages.iter().map(|message| (*message).to_owned()).collect();
    let seen = Observation { step: 1, screenshot: None, page: Some(page), messages: &messages, last_error };
    let (notes, mut told) = Notes::channel();
    let next = futures_util::FutureExt::now_or_never(rules.decide(seen, &notes)).expect("decides at once").expect("no model error");
    (next, std::iter::from_fn(|| told.try_recv().ok()).collect())
}

fn next(rules: &mut Rules, page: &Page) -> Next {
    show(rules, page, &[], None).0
}

/// What is answered on one page, or how it gives up.
fn told(instruction: &str, page: &Page) -> String {
    match next(&mut rules(instruction), page) {
        Next::Finish(result) => result,
        Next::GiveUp { error_code, result, .. } => format!("{error_code}: {result}"),
        other => format!("{other:?}"),
    }
}

/// The first action and why.
fn action(next: &Next) -> (&Action, &str) {
    match next {
        Next::Act(planned) => (&planned[0].action, &planned[0].description),
        other => panic!("no action but {other:?}"),
    }
}

fn blank() -> Page {
    page("about:blank", "")
}
