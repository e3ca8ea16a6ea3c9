//! Giving a value to what bears a label, whatever kind of control it is: "Country: Norway".

use super::acts::{self, Now, press};
use super::choosing::choose;
use super::clauses::without_filler;
use super::context::called;
use super::deed::{Deed, Gesture, Text};
use super::entry;
use super::labels::labels;
use super::memory::{Effect, Memory, Step};
use super::plan::Goal;
use super::revealing::missing;
use super::target::{Kind, Target, WHOLE, find};
use super::tokens::{Token, tokens};
use super::verbs::verb;
use super::view::View;
use super::words::{Fit, words};

/// The most words of a label.
const LONGEST_LABEL: usize = 8;

/// Signs of what makes a number larger and smaller.
const MORE: &[&str] = &["+", "plus", "increase", "▲", "↑", "add", "›", ">"];
const LESS: &[&str] = &["-", "−", "–", "minus", "decrease", "▼", "↓", "remove", "‹", "<"];

/// The tokens of an instruction; of lines and sentences that are a label and a value, the goals.
pub(super) fn labelled(text: &str) -> (Vec<Goal>, Vec<Token>) {
    let (mut goals, mut all) = (Vec::new(), Vec::new());
    for line in text.split('\n').map(without_number) {
        // A full stop between quotation marks ends no sentence.
        let parts = if line.contains(['"', '“', '\'', '«', '„', '`']) { vec![line] } else { line.split_inclusive(". ").collect() };
        for part in parts {
            match label_and_value(part) {
                Some((label, value)) => {
                    all.push(Token::Label(goals.len()));
                    let control = Target::named(Kind::Any, label);
                    goals.push(Goal::Do(Deed::Set { value: Text::Given(value.to_owned()), control }));
                }
                None => all.extend(tokens(part)),
            }
            all.push(Token::Stop);
        }
    }
    (goals, all)
}

/// A line without its number: "2. Click Next".
fn without_number(line: &str) -> &str {
    let rest = line.trim_start().trim_start_matches(|mark: char| mark.is_ascii_digit());
    let numbered = rest.len() < line.trim_start().len();
    rest.strip_prefix(['.', ')']).filter(|rest| numbered && rest.starts_with(' ')).unwrap_or(line)
}

/// "First name: Ada".
fn label_and_value(part: &str) -> Option<(&str, &str)> {
    let (label, value) = part.split_once(": ")?;
    let bullets = |mark: char| mark.is_whitespace() || "-*•".contains(mark);
    let label = label.trim_start_matches(bullets).trim();
    let value = value.trim().trim_end_matches('.').trim_matches(['"', '“', '”']);
    let label_words = tokens(label);
    let is_label = !label_words.is_empty()
        && label_words.len() <= LONGEST_LABEL
        && label_words.iter().all(|token| token.word().is_some())
        && (verb(without_filler(&label_words)).is_none() || verb(&label_words).is_none_or(|(_, object)| object.is_empty()))
        && !label.to_lowercase().starts_with("please");
    let is_value = !value.is_empty() && !value.contains([';', ',', '"']) && verb(&tokens(value)).is_none();
    (is_label && is_value).then_some((label, value))
}

/// What to do next to give a value to what is named.
pub(super) fn set(view: &View<'_>, value: &str, control: &Target, now: &Now<'_>, memory: &mut Memory) -> Step {
    if memory.is_done && now.effect != Effect::Idle {
        return Step::Done(None);
    }
    let is_on = match value.to_lowercase().as_str() {
        "yes" | "on" | "true" | "checked" => Some(true),
        "no" | "off" | "false" | "unchecked" => Some(false),
        _ => None,
    };
    let boxes = find(view, control, |at| ["checkbox", "switch"].contains(&view.role(at)));
    if let Some(on) = is_on.filter(|_| boxes.first().is_some_and(|best| best.fit > WHOLE)) {
        return acts::act(view, &Deed::Check { target: control.clone(), on: Some(on) }, now, memory);
    }
    if has_choices(view, control) {
        let option = Target::named(Kind::Option, value);
        return choose(view, &option, control, false, memory);
    }
    if let Some(step) = stepper(view, value, control, memory) {
        return step;
    }
    let field = Target { kind: Kind::Field, ..control.clone() };
    let text = Text::Given(value.to_owned());
    if !entry::has_field(view, &field, memory) {
        return missing(view, memory);
    }
    entry::enter(view, &Deed::Type { text, field }, now, memory)
}

/// Whether something of that name offers values to choose from.
pub(super) fn has_choices(view: &View<'_>, control: &Target) -> bool {
    let wanted = words(&control.name);
    view.all().any(|at| {
        let offers = match view.role(at) {
            "combobox" => {
                view.within(at).any(|inner| view.role(inner) == "option")
                    || view.node(at).is_some_and(|node| node.states.expanded.is_some())
            }
            "listbox" | "radiogroup" => true,
            "group" => view.within(at).any(|inner| view.role(inner) == "radio"),
            _ => false,
        };
        offers && view.is_drawn(at) && labels(view, at).iter().any(|label| Fit::of(&wanted, label).is_whole())
    })
}

/// A number between a sign for less and a sign for more, beside its name.
fn stepper(view: &View<'_>, value: &str, control: &Target, memory: &mut Memory) -> Option<Step> {
    let wanted: i64 = value.parse().ok()?;
    let name = find(view, &Target { kind: Kind::Any, ..control.clone() }, |at| view.role(at) == "text").into_iter().next()?;
    let place = view.node(name.at)?.bounds?;
    let in_row = |at: &usize| {
        view.is_drawn(*at)
            && view
                .node(*at)
                .and_then(|node| node.bounds)
                .is_some_and(|other| other.y < place.y + place.height && place.y < other.y + other.height && other.x > place.x)
    };
    let shown = view.all().filter(in_row).find_map(|at| view.name(at).trim().parse::<i64>().ok())?;
    if shown == wanted {
        return Some(Step::Done(None));
    }
    let signs = if shown < wanted { MORE } else { LESS };
    let sign = view.all().filter(in_row).find(|at| {
        let is_used = ["text", "button", "link"].contains(&view.role(*at));
        is_used && labels(view, *at).iter().any(|label| signs.contains(&label.trim().to_lowercase().as_str()))
    })?;
    let why = format!("{} stands beside \"{}\", which is at {shown} on the way to {wanted}", called(view, sign), name.label);
    let step = press(view, sign, why, Gesture::Click, memory);
    memory.is_done = false;
    Some(step)
}
