//! The mouse and the keyboard, by real input events.

use std::time::Duration;

use serde_json::{Value, json};

use super::browser::{Browser, Tab};
use super::keys::{self, Key};
use crate::computer::{ComputerError, Point, Viewport};

/// How long a page may take to say that what the mouse moves is a drag.
const DRAG_START: Duration = Duration::from_millis(150);
/// Between two points of a path the mouse moves in so many steps, as a hand does.
const DRAG_STEPS: u32 = 8;

/// A mouse button.
#[derive(Clone, Copy)]
pub(super) enum Button {
    Left,
    Middle,
    Right,
}

impl Button {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Middle => "middle",
            Self::Right => "right",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Left => 1,
            Self::Right => 2,
            Self::Middle => 4,
        }
    }
}

/// The hands on the tab that is on the screen.
pub(super) struct Hands<'a> {
    browser: &'a Browser,
    tab: Tab,
    viewport: Viewport,
    /// What lets go of all that is held, the latest last.
    held: Vec<(&'static str, Value)>,
    /// The modifier keys that are held while the mouse is used.
    modifiers: u8,
}

impl<'a> Hands<'a> {
    pub(super) async fn new(browser: &'a Browser, viewport: Viewport) -> Result<Self, ComputerError> {
        Ok(Self { browser, tab: browser.front().await?, viewport, held: Vec::new(), modifiers: 0 })
    }

    /// Clicks so many times, counted as one gesture: two are a double click.
    pub(super) async fn click(mut self, at: Point, button: Button, count: u8) -> Result<(), ComputerError> {
        self.on_screen(at)?;
        self.mouse("mouseMoved", at, None, 0).await?;
        for click in 1..=count {
            self.press(at, button, click).await?;
            self.let_go().await?;
        }
        Ok(())
    }

    /// Clicks once while these modifier keys are held.
    pub(super) async fn click_holding(mut self, at: Point, names: &[String]) -> Result<(), ComputerError> {
        self.on_screen(at)?;
        let keys = chord(names)?;
        if let Some((key, _)) = keys.iter().find(|(key, _)| key.modifier == 0) {
            return Err(ComputerError::Action(format!("{:?} cannot be held in a click, only Alt, Control, Meta, Shift", key.key)));
        }
        self.mouse("mouseMoved", at, None, 0).await?;
        for (key, modifiers) in keys {
            self.key_down(key, modifiers).await?;
            self.modifiers = modifiers;
        }
        self.press(at, Button::Left, 1).await?;
        self.let_go().await
    }

    pub(super) async fn move_to(self, at: Point) -> Result<(), ComputerError> {
        self.on_screen(at)?;
        self.mouse("mouseMoved", at, None, 0).await
    }

    pub(super) async fn scroll(self, at: Point, delta_x: f64, delta_y: f64) -> Result<(), ComputerError> {
        self.on_screen(at)?;
        self.mouse("mouseMoved", at, None, 0).await?;
        let Point(x, y) = at;
        let wheel = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": delta_x, "deltaY": delta_y });
        self.browser.input(&self.tab, MOUSE, wheel).await
    }

    /// Presses at the first point, moves over the others, lets go at the last.
    pub(super) async fn drag(mut self, path: &[Point]) -> Result<(), ComputerError> {
        let [first, rest @ ..] = path else {
            return Err(ComputerError::Action("a drag needs at least two points".to_owned()));
        };
        let Some(last) = rest.last() else {
            return Err(ComputerError::Action("a drag needs at least two points, this one has 1".to_owned()));
        };
        path.iter().try_for_each(|point| self.on_screen(*point))?;
        // A drag of the page's own (HTML drag and drop) would be handed to the
        // system's window manager; here it comes back as an event instead.
        self.browser.input(&self.tab, "Input.setInterceptDrags", json!({ "enabled": true })).await?;
        self.held.push(("Input.setInterceptDrags", json!({ "enabled": false })));
        let drags_before = self.browser.tabs.borrow().front().map_or(0, |tab| tab.drags);
        self.mouse("mouseMoved", *first, None, 0).await?;
        self.press(*first, Button::Left, 1).await?;
        let mut from = *first;
        let mut dragged = None;
        for (index, to) in rest.iter().enumerate() {
            for step in 1..=DRAG_STEPS {
                let part = f64::from(step) / f64::from(DRAG_STEPS);
                let at = Point(from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                match &dragged {
                    None => self.mouse("mouseMoved", at, Some(Button::Left), 0).await?,
                    Some(data) => self.drag_event("dragOver", at, data).await?,
                }
                if index == 0 && step == DRAG_STEPS / 2 {
                    dragged = self.page_drag(drags_before).await;
                    if let Some(data) = &dragged {
                        self.drag_event("dragEnter", at, data).await?;
                    }
                }
            }
            from = *to;
        }
        if let Some(data) = &dragged {
            self.drag_event("dragOver", *last, data).await?;
            self.drag_event("drop", *last, data).await?;
        }
        for (method, params) in &mut self.held {
            if *method == MOUSE {
                place(params, *last);
            }
        }
        self.let_go().await
    }

    /// Types a text: keys where a keyboard has them, so that pages see key
    /// events, and as an input method would for all other characters.
    pub(super) async fn write(mut self, text: &str) -> Result<(), ComputerError> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut rest = text.as_str();
        while let Some(character) = rest.chars().next() {
            let (one, after) = rest.split_at(character.len_utf8());
            let name = match one {
                "\n" => Some("Enter"),
                "\t" => Some("Tab"),
                one => keys::on_keyboard(one).then_some(one),
            };
            match name.and_then(|name| keys::key(name, 0)) {
                Some(key) => {
                    self.key_down(key, 0).await?;
                    self.let_go().await?;
                    rest = after;
                }
                None => {
                    let end = rest.find(|next: char| next.is_ascii()).unwrap_or(rest.len()).max(one.len());
                    let (foreign, after) = rest.split_at(end);
                    self.browser.input(&self.tab, "Input.insertText", json!({ "text": foreign })).await?;
                    rest = after;
                }
            }
        }
        Ok(())
    }

    /// Presses keys in order, each held until all are down.
    pub(super) async fn chord(mut self, names: &[String]) -> Result<(), ComputerError> {
        for (key, modifiers) in chord(names)? {
            self.key_down(key, modifiers).await?;
        }
        self.let_go().await
    }

    fn on_screen(&self, Point(x, y): Point) -> Result<(), ComputerError> {
        let Viewport { width, height } = self.viewport;
        if (0.0..f64::from(width)).contains(&x) && (0.0..f64::from(height)).contains(&y) {
            return Ok(());
        }
        Err(ComputerError::Action(format!("the point [{x}, {y}] is off the screen, which is {width} by {height} pixels")))
    }

    async fn mouse(&self, kind: &str, at: Point, held: Option<Button>, clicks: u8) -> Result<(), ComputerError> {
        self.browser.input(&self.tab, MOUSE, mouse_event(kind, at, held, held.map_or(0, Button::bit), clicks, self.modifiers)).await
    }

    async fn press(&mut self, at: Point, button: Button, clicks: u8) -> Result<(), ComputerError> {
        self.held.push((MOUSE, mouse_event("mouseReleased", at, Some(button), 0, clicks, self.modifiers)));
        self.mouse("mousePressed", at, Some(button), clicks).await
    }

    async fn key_down(&mut self, key: Key<'_>, modifiers: u8) -> Result<(), ComputerError> {
        let kind = if key.text.is_some() { "keyDown" } else { "rawKeyDown" };
        self.held.push((KEY, key_event("keyUp", key, modifiers & !key.modifier)));
        self.browser.input(&self.tab, KEY, key_event(kind, key, modifiers)).await
    }

    async fn let_go(&mut self) -> Result<(), ComputerError> {
        while let Some((method, params)) = self.held.pop() {
            self.browser.input(&self.tab, method, params).await?;
        }
        Ok(())
    }

    /// What the page wants dragged, if it says so in time.
    async fn page_drag(&self, before: u64) -> Option<Value> {
        let mut tabs = self.browser.tabs.clone();
        let session = &self.tab.session;
        let started = tabs.wait_for(|tabs| tabs.front().is_some_and(|tab| tab.session == *session && tab.drags > before));
        tokio::time::timeout(DRAG_START, started).await.ok()?.ok()?.front()?.dragged.clone()
    }

    async fn drag_event(&self, kind: &str, Point(x, y): Point, data: &Value) -> Result<(), ComputerError> {
        self.browser.input(&self.tab, "Input.dispatchDragEvent", json!({ "type": kind, "x": x, "y": y, "data": data })).await
    }
}

/// An action may be given up half way; no button and no key stays down then.
impl Drop for Hands<'_> {
    fn drop(&mut self) {
        for (method, params) in self.held.drain(..).rev() {
            self.browser.connection.send(Some(&self.tab.session), method, params);
        }
    }
}

const MOUSE: &str = "Input.dispatchMouseEvent";
const KEY: &str = "Input.dispatchKeyEvent";

/// Keys with the modifiers that are held when each of them goes down.
fn chord(names: &[String]) -> Result<Vec<(Key<'_>, u8)>, ComputerError> {
    let mut modifiers = 0;
    let mut chord = Vec::with_capacity(names.len());
    for name in names {
        let key = keys::key(name, modifiers).ok_or_else(|| {
            ComputerError::Action(format!(
                "there is no key {name:?}: keys have the names of UI Events, such as \"Enter\", \"ArrowDown\", \"Control\", \"a\""
            ))
        })?;
        modifiers |= key.modifier;
        chord.push((key, modifiers));
    }
    if chord.is_empty() {
        return Err(ComputerError::Action("no key was named".to_owned()));
    }
    Ok(chord)
}

fn mouse_event(kind: &str, at: Point, button: Option<Button>, buttons: u8, clicks: u8, modifiers: u8) -> Value {
    let button = button.map_or("none", Button::name);
    let mut event = json!({ "type": kind, "button": button, "buttons": buttons, "clickCount": clicks, "modifiers": modifiers });
    place(&mut event, at);
    event
}

fn place(event: &mut Value, Point(x, y): Point) {
    if let Some(members) = event.as_object_mut() {
        members.insert("x".to_owned(), x.into());
        members.insert("y".to_owned(), y.into());
    }
}

fn key_event(kind: &str, key: Key<'_>, modifiers: u8) -> Value {
    let mut event = json!({
        "type": kind,
        "modifiers": modifiers,
        "key": key.key,
        "code": key.code,
        "windowsVirtualKeyCode": key.key_code,
        // One of the two keys of a kind; the left one, as the codes say.
        "location": u8::from(key.modifier != 0),
    });
    if let (Some(text), Some(members)) = (key.text.filter(|_| kind == "keyDown"), event.as_object_mut()) {
        members.insert("text".to_owned(), text.into());
    }
    event
}
