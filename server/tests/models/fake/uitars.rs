//! UI-TARS as vLLM serves it, and as Doubao hosts it: text actions in two styles.

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::Value;

use super::completions::{Completions, PATH, pieces, rate_limited, too_long};
use super::strict::demand;
use super::{Asked, Fake, Intent};

/// How a version says where.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// Of 1.5: pixels of the picture as the model sees it.
    Box,
    /// Of Doubao: thousandths.
    Point,
}

pub(crate) struct UiTars {
    completions: Completions,
    viewport: Viewport,
    style: Style,
}

impl UiTars {
    /// Version 1.5, behind a server that is asked for what it serves.
    pub(crate) fn served(viewport: Viewport) -> Self {
        Self { completions: Completions::new("served", viewport, 5), viewport, style: Style::Box }
    }

    pub(crate) fn doubao(viewport: Viewport) -> Self {
        Self { completions: Completions::new("doubao-1.5-ui-tars", viewport, 5), viewport, style: Style::Point }
    }

    /// What a place is called, and the place.
    fn place(&self, (x, y): (f64, f64)) -> String {
        let Viewport { width, height } = match self.style {
            Style::Box => seen(self.completions.picture),
            Style::Point => Viewport { width: 1000, height: 1000 },
        };
        let scaled = |value: f64, side: u32, to: u32| (value / f64::from(side) * f64::from(to)).round();
        let (x, y) = (scaled(x, self.viewport.width, width), scaled(y, self.viewport.height, height));
        match self.style {
            Style::Box => format!("'({x},{y})'"),
            Style::Point => format!("'<point>{x} {y}</point>'"),
        }
    }

    fn at(&self, action: &str, place: (f64, f64)) -> String {
        let name = if self.style == Style::Box { "start_box" } else { "point" };
        format!("{action}({name}={})", self.place(place))
    }

    fn action(&self, intent: &Intent) -> String {
        match intent {
            Intent::Click(target) => self.at("click", target.at),
            Intent::DoubleClick(target) => self.at("left_double", target.at),
            Intent::RightClick(target) => self.at("right_single", target.at),
            Intent::Drag(from, to) => {
                let (begin, end) = if self.style == Style::Box { ("start_box", "end_box") } else { ("start_point", "end_point") };
                format!("drag({begin}={}, {end}={})", self.place(from.at), self.place(to.at))
            }
            Intent::Type(text) => format!("type(content={})", quoted(text)),
            Intent::Keys(keys) => {
                let name = |key: &String| if key == "Control" { "ctrl".to_owned() } else { key.to_lowercase() };
                format!("hotkey(key='{}')", keys.iter().map(name).collect::<Vec<_>>().join(" "))
            }
            // It cannot say how far.
            Intent::Scroll(down) => {
                let direction = if *down > 0.0 { "down" } else { "up" };
                let middle = (f64::from(self.viewport.width) / 2.0, f64::from(self.viewport.height) / 2.0);
                let name = if self.style == Style::Box { "start_box" } else { "point" };
                format!("scroll({name}={}, direction='{direction}')", self.place(middle))
            }
            Intent::Navigate(url) => format!("navigate(content={})", quoted(url)),
            Intent::Wait => "wait()".to_owned(),
            Intent::Done(answer) => format!("finished(content={})", quoted(answer)),
        }
    }

    fn acts(&mut self, actions: &str) -> Value {
        self.completions.says(&format!("Thought: I go on with the task.\nAction: {actions}"))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// The size that the processor of the model makes of a picture: `smart_resize` of Qwen2.5-VL.
fn seen(Viewport { width, height }: Viewport) -> Viewport {
    let side = |pixels: u32| ((f64::from(pixels) / 28.0).round() * 28.0) as u32;
    let (least, most) = (100 * 28 * 28, 16384 * 28 * 28);
    let size = Viewport { width: side(width), height: side(height) };
    assert!((least..=most).contains(&(size.width * size.height)), "no screen of a test is so small or so large");
    size
}

impl Fake for UiTars {
    fn path(&self) -> &'static str {
        PATH
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        let asked = self.completions.check(headers, body)?;
        for action in
            ["click(", "left_double(", "right_single(", "drag(", "scroll(", "hotkey(", "type(", "wait(", "finished(", "call_user("]
        {
            demand(asked.texts[0].contains(action), || format!("the model is not told of {action}"))?;
        }
        demand(body.get("tools").is_none() && body.get("response_format").is_none(), || "the model knows no tools".to_owned())?;
        Ok(asked)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        let actions: Vec<String> = intents.iter().map(|intent| self.action(intent)).collect();
        self.acts(&actions.join("\n\n"))
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        Some(pieces(&self.answer(intents)))
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let mut all = self.completions.malformed();
        for (name, actions) in [
            ("an action in words", "I click the button One."),
            ("an unknown action", "teleport(start_box='(100,50)')"),
            ("a place off the screen", "click(start_box='(4100,50)')"),
            ("half a place", "click(start_box='(100)')"),
            ("no place", "click()"),
            ("a place without quotes", "click(start_box=(100,50))"),
            ("a place without a name", "click(100, 50)"),
            ("special tokens", "click(start_box='<|box_start|>(100,50)<|box_end|>')"),
            ("a bracket that stays open", "click(start_box='(100,50)'"),
            ("a quote that stays open", "click(start_box='(100,50)"),
            ("text that breaks off", "type(content='one and"),
            ("quotes within quotes", "type(content='it's \"one\"')"),
            ("a Python dict", "{'action': 'click', 'point': [100, 50]}"),
            ("code", "__import__('os').system('ls')"),
            ("nothing for an action", ""),
            ("two labels", "click(start_box='(100,50)')\nAction: hotkey(key='tab')"),
        ] {
            all.push((name, self.acts(actions)));
        }
        all.push(("a call alone", self.completions.says("click(start_box='(100,50)')")));
        all.push(("a call in a fence", self.completions.says("```\nThought: One.\nAction: click(start_box='(100,50)')\n```")));
        all
    }

    fn refusal(&mut self) -> Value {
        self.completions.refuses()
    }

    fn too_long(&self) -> (u16, Value) {
        too_long()
    }

    fn rate_limited(&self) -> (u16, Value) {
        rate_limited()
    }
}
