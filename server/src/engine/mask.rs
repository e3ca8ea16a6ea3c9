//! Keeps what is typed into password fields, and secrets, out of the events.

use std::iter;

use crate::computer::{Action, Node, Page, Point};
use crate::model::Planned;
use crate::secrets::{Secrets, is_placeholders};

/// Stands for a secret text, whatever its length.
const MASK: &str = "••••••••";
/// Stands for a key that is part of a secret text.
const MASKED_KEY: &str = "•";

/// Modifiers that make a command of a key.
const COMMANDS: [&str; 3] = ["Control", "Alt", "Meta"];

/// Whether what is typed next may be secret: known from the page that was seen, and
/// followed over the actions that were planned on it. In doubt it is secret.
pub(super) struct Mask<'a> {
    page: Option<&'a Page>,
    secrets: &'a Secrets,
    secret: bool,
}

impl<'a> Mask<'a> {
    /// At the begin of a plan, which was made from `page`.
    pub(super) fn new(page: Option<&'a Page>, secrets: &'a Secrets) -> Self {
        let secret = nodes(page).any(|node| node.states.secret && node.states.focused);
        Self { page, secrets, secret }
    }

    /// What may be told of the next action of the plan.
    pub(super) fn told(&mut self, planned: &Planned) -> Planned {
        let mut told = self.without_passwords(planned);
        self.secrets.hide_in(&mut told.description);
        match &mut told.action {
            Action::Type { text: word } | Action::Navigate { url: word } => {
                self.secrets.hide_in(word);
            }
            Action::Keys { keys } => {
                for key in keys {
                    self.secrets.hide_in(key);
                }
            }
            _ => {}
        }
        told
    }

    fn without_passwords(&mut self, planned: &Planned) -> Planned {
        let mut told = planned.clone();
        match &mut told.action {
            // With a tab or a line break within it, the text goes on into other fields.
            Action::Type { text } => {
                let moves = text.contains(['\t', '\n', '\r']);
                // A placeholder may be told; what comes in its place is not in the action.
                if !is_placeholders(text) && (self.secret || (moves && self.any_secret())) {
                    for part in text.split(['\t', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty()) {
                        told.description = told.description.replace(part, MASK);
                    }
                    *text = MASK.to_owned();
                }
                self.secret |= moves;
            }
            Action::Keys { keys } => {
                let has = |names: &[&str]| keys.iter().any(|key| names.contains(&key.as_str()));
                let (command, leads_on) = (has(&COMMANDS), has(&["Enter", " "]));
                if self.secret && !command {
                    for key in keys.iter_mut().filter(|key| key.chars().count() == 1) {
                        *key = MASKED_KEY.to_owned();
                        told.description = MASKED_KEY.to_owned();
                    }
                }
                self.secret |= leads_on || (!command && self.any_secret());
            }
            Action::Click { coordinates }
            | Action::ClickHolding { coordinates, .. }
            | Action::DoubleClick { coordinates }
            | Action::TripleClick { coordinates }
            | Action::RightClick { coordinates }
            | Action::MiddleClick { coordinates } => {
                self.secret = self.may_be_secret_at(*coordinates);
            }
            Action::Navigate { .. } | Action::Back | Action::Forward | Action::Reload => self.secret = true,
            Action::Drag { .. } => self.secret |= self.any_secret(),
            Action::Move { .. } | Action::Scroll { .. } | Action::Wait { .. } | Action::Screenshot => {}
        }
        told
    }

    fn any_secret(&self) -> bool {
        nodes(self.page).any(|node| node.states.secret)
    }

    /// Whether the focus may be in a secret field after a click there. It is in none
    /// where a field is seen that is not; anything else may open one.
    fn may_be_secret_at(&self, point: Point) -> bool {
        let mut fields = nodes(self.page).filter(|node| is_at(node, point) && takes_text(node)).peekable();
        fields.peek().is_none() || fields.any(|node| node.states.secret)
    }
}

fn nodes(page: Option<&Page>) -> impl Iterator<Item = &Node> {
    iter::once(page).flatten().flat_map(|page| &page.nodes)
}

fn takes_text(node: &Node) -> bool {
    node.states.secret || ["textbox", "searchbox", "combobox", "spinbutton"].contains(&node.role.as_str())
}

fn is_at(node: &Node, Point(x, y): Point) -> bool {
    node.bounds.is_some_and(|place| (place.x..=place.x + place.width).contains(&x) && (place.y..=place.y + place.height).contains(&y))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::computer::{Rect, States, Viewport};

    const WORD: &str = "hunter2";
    static NONE: LazyLock<Secrets> = LazyLock::new(Secrets::default);
    const NAME: Point = Point(5.0, 5.0);
    const PASSWORD: Point = Point(5.0, 15.0);
    const BUTTON: Point = Point(5.0, 25.0);

    /// A field, a password field and a button below each other.
    fn page(focused: &str) -> Page {
        let node = |nth: u32, role: &str, name: &str| Node {
            parent: None,
            role: role.into(),
            name: name.into(),
            value: None,
            description: None,
            level: None,
            url: None,
            bounds: Some(Rect { x: 0.0, y: 10.0 * f64::from(nth), width: 9.0, height: 9.0 }),
            states: States { secret: name == "password", focused: name == focused, ..States::default() },
        };
        Page {
            url: "http://site.test/".into(),
            title: String::new(),
            nodes: vec![node(0, "textbox", "name"), node(1, "textbox", "password"), node(2, "button", "more")],
            viewport: Viewport { width: 90, height: 90 },
            scroll: Point(0.0, 0.0),
            content: (90.0, 90.0),
        }
    }

    fn write(text: &str) -> Action {
        Action::Type { text: text.into() }
    }

    fn click(coordinates: Point) -> Action {
        Action::Click { coordinates }
    }

    fn keys(keys: &[&str]) -> Action {
        Action::Keys { keys: keys.iter().map(|key| (*key).into()).collect() }
    }

    /// Whether the password is told of when these are planned on a page.
    fn tells(page: Option<&Page>, plan: &[Action]) -> bool {
        let mut mask = Mask::new(page, &NONE);
        let told = plan.iter().map(|action| mask.told(&Planned { action: action.clone(), description: format!("{action:?}") }));
        told.filter(|told| matches!(told.action, Action::Type { .. })).any(|told| format!("{told:?}").contains(WORD))
    }

    #[test]
    fn a_focused_password_field_is_secret() {
        assert!(!tells(Some(&page("password")), &[write(WORD)]));
        assert!(!tells(Some(&page("password")), &[write(WORD), write(WORD)]));
        assert!(tells(Some(&page("name")), &[write(WORD)]));
        assert!(tells(Some(&page("")), &[write(WORD)]));
        assert!(tells(None, &[write(WORD)]));
    }

    #[test]
    fn actions_of_the_same_plan_may_move_the_focus() {
        let seen = page("name");
        for plan in [
            vec![click(PASSWORD), write(WORD)],
            vec![click(BUTTON), write(WORD)],
            vec![click(Point(80.0, 80.0)), write(WORD)],
            vec![keys(&["Tab"]), write(WORD)],
            vec![write("me"), keys(&["Enter"]), write(WORD)],
            vec![Action::Navigate { url: "http://a.test/".into() }, write(WORD)],
            vec![Action::Back, write(WORD)],
            vec![Action::Forward, write(WORD)],
            vec![Action::Reload, write(WORD)],
            vec![Action::TripleClick { coordinates: PASSWORD }, write(WORD)],
            vec![Action::ClickHolding { coordinates: PASSWORD, keys: vec!["Shift".into()] }, write(WORD)],
            vec![write("me\t"), write(WORD)],
            vec![write("me\thunter2")],
            vec![write("me\nhunter2\n")],
        ] {
            assert!(!tells(Some(&seen), &plan), "{plan:?}");
        }
        for plan in [
            vec![click(NAME), write(WORD)],
            vec![click(PASSWORD), click(NAME), write(WORD)],
            vec![keys(&["Control", "a"]), write(WORD)],
            vec![Action::Wait { ms: 1 }, Action::Move { coordinates: PASSWORD }, write(WORD)],
        ] {
            assert!(tells(Some(&seen), &plan), "{plan:?}");
        }
    }

    #[test]
    fn a_placeholder_is_told() {
        let (seen, placeholder) = (page("password"), write("<secret:PW>\n"));
        let mut mask = Mask::new(Some(&seen), &NONE);
        let told = mask.told(&Planned { action: placeholder.clone(), description: "types <secret:PW>".into() });
        assert_eq!(told, Planned { action: placeholder, description: "types <secret:PW>".into() });
        assert!(!tells(Some(&seen), &[write("<secret:PW>\t"), write(WORD)]));
        assert!(!tells(Some(&seen), &[write("<secret:PW>hunter2")]));
    }

    #[test]
    fn a_secret_is_told_by_its_placeholder_wherever_it_is_typed() {
        let secrets = Secrets::default().with("PW=hunter2@site.test".parse().unwrap()).unwrap();
        let seen = page("name");
        let mut mask = Mask::new(Some(&seen), &secrets);
        for (action, told) in [
            (write("a hunter2"), write("a <secret:PW>")),
            (
                Action::Navigate { url: "http://site.test/?q=hunter2".into() },
                Action::Navigate { url: "http://site.test/?q=<secret:PW>".into() },
            ),
            (keys(&["hunter2"]), keys(&["<secret:PW>"])),
        ] {
            let planned = Planned { action, description: "as in Hunter2".into() };
            assert_eq!(mask.told(&planned), Planned { action: told, description: "as in <secret:PW>".into() });
        }
    }

    #[test]
    fn single_keys_are_masked_and_commands_are_not() {
        let seen = page("password");
        let mut mask = Mask::new(Some(&seen), &NONE);
        for (pressed, told) in [
            (keys(&["h"]), keys(&[MASKED_KEY])),
            (keys(&["Shift", "H"]), keys(&["Shift", MASKED_KEY])),
            (keys(&["Control", "a"]), keys(&["Control", "a"])),
            (keys(&["Backspace"]), keys(&["Backspace"])),
        ] {
            assert_eq!(mask.told(&Planned { action: pressed, description: "x".into() }).action, told);
        }
    }
}
