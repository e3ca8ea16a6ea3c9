//! The elements of a page, with numbers.

use std::fmt;

use crate::computer::{Node, Page, Rect};
use crate::model::vocabulary::Unclear;

/// Roles of what can be acted on.
const CONTROLS: &[&str] = &[
    "button",
    "checkbox",
    "columnheader",
    "combobox",
    "date",
    "datetime",
    "disclosuretriangle",
    "gridcell",
    "inputtime",
    "link",
    "listbox",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "option",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
    "treeitem",
];

/// Roles of what says where things are; some pages have those act, too.
const CONTEXT: &[&str] = &["alertdialog", "dialog", "heading", "image", "img"];

/// Characters of all lines together, of a line of text, and of a name or value.
const LONGEST_LIST: usize = 16_000;
const LONGEST_TEXT: usize = 300;
const LONGEST_NAME: usize = 100;

/// So many options of a closed list are named.
const MOST_OPTIONS: usize = 50;

/// Where an element is, seen from the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Here,
    Below,
    Above,
    Right,
    Left,
}

struct Element<'a> {
    node: &'a Node,
    side: Side,
    line: String,
}

/// What is listed of a page: all on the screen, then the controls and headings nearest to it.
#[derive(Default)]
pub(super) struct Elements<'a> {
    page: Option<&'a Page>,
    listed: Vec<Element<'a>>,
    /// How many more there are.
    left_out: usize,
}

impl<'a> Elements<'a> {
    pub(super) fn of(page: &'a Page) -> Self {
        let family = Family::of(page);
        let mut all: Vec<(f64, Element<'a>)> = Vec::new();
        for (at, node) in page.nodes.iter().enumerate() {
            let Some(bounds) = node.bounds.filter(|bounds| bounds.width > 0.0 && bounds.height > 0.0) else { continue };
            let (side, distance) = side(bounds, page);
            let is_listed = match node.role.as_str() {
                "text" => side == Side::Here && !node.name.trim().is_empty() && !family.is_told(at),
                role if CONTEXT.contains(&role) => !node.name.is_empty() && !family.is_told(at),
                role => CONTROLS.contains(&role),
            };
            if is_listed {
                all.push((distance, Element { node, side, line: line(node, &family.closed_options(at)) }));
            }
        }
        // What is nearest stays, in the order of the page.
        all.sort_by(|(near, one), (far, other)| one.side.cmp(&other.side).then(near.total_cmp(far)));
        let mut room = LONGEST_LIST;
        let count = all.len();
        let fits = |(_, element): &(f64, Element<'_>)| {
            room = room.saturating_sub(element.line.len());
            room > 0
        };
        let listed: Vec<Element<'a>> = all.into_iter().take_while(fits).map(|(_, element)| element).collect();
        let left_out = count - listed.len();
        Self { page: Some(page), listed, left_out }
    }

    /// The middle of what is seen of an element, in CSS pixels.
    pub(super) fn place(&self, number: usize) -> Result<(f64, f64), Unclear> {
        let element = number.checked_sub(1).and_then(|at| self.listed.get(at));
        let Some((page, element)) = self.page.zip(element) else {
            return Err(Unclear(format!("there is no element {number}: the newest list goes from 1 to {}", self.listed.len())));
        };
        let off = |way: &str| Err(Unclear(format!("[{number}] {} is not on the screen: scroll {way} first", element.line)));
        match (element.side, element.node.bounds.and_then(|bounds| seen(bounds, page))) {
            (Side::Here, Some(seen)) => Ok(((seen.x + seen.width / 2.0).floor(), (seen.y + seen.height / 2.0).floor())),
            (Side::Above, _) => off("up"),
            (Side::Left, _) => off("left"),
            (Side::Right, _) => off("right"),
            (Side::Below | Side::Here, _) => off("down"),
        }
    }
}

/// The whole list, with what is to be known of the page.
impl fmt::Display for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(page) = self.page {
            writeln!(f, "The page is {:?} at {}", cut(&page.title, LONGEST_NAME), cut(&page.url, LONGEST_TEXT))?;
        }
        let mut before = None;
        for (at, element) in self.listed.iter().enumerate() {
            if before != Some(element.side) {
                f.write_str(match element.side {
                    Side::Here => "On the screen:\n",
                    Side::Below => "Below the screen (scroll down first):\n",
                    Side::Above => "Above the screen (scroll up first):\n",
                    Side::Right => "To the right of the screen (scroll right first):\n",
                    Side::Left => "To the left of the screen (scroll left first):\n",
                })?;
                before = Some(element.side);
            }
            writeln!(f, "[{}] {}", at + 1, element.line)?;
        }
        match self.left_out {
            0 if self.listed.is_empty() => f.write_str("Nothing on it can be listed."),
            0 => Ok(()),
            count => write!(f, "{count} more are left out; scroll to see those that are near."),
        }
    }
}

/// Who belongs to whom.
struct Family<'a> {
    page: &'a Page,
    /// For each node, whether it lies in something whose line has its text.
    told: Vec<bool>,
}

impl<'a> Family<'a> {
    fn of(page: &'a Page) -> Self {
        // A label is told as the name of its control.
        let mut named = vec![false; page.nodes.len()];
        for node in page.nodes.iter().filter(|node| CONTROLS.contains(&node.role.as_str()) && !node.name.is_empty()) {
            let label = node.parent.filter(|parent| page.nodes.get(*parent).is_some_and(|parent| parent.role == "label"));
            if let Some(named) = label.and_then(|label| named.get_mut(label)) {
                *named = true;
            }
        }
        let mut told: Vec<bool> = Vec::with_capacity(page.nodes.len());
        for node in &page.nodes {
            let above = node.parent.and_then(|parent| Some((page.nodes.get(parent)?, *told.get(parent)?, *named.get(parent)?)));
            told.push(above.is_some_and(|(parent, told, named)| {
                let speaks = CONTROLS.contains(&parent.role.as_str()) || ["heading", "image", "img"].contains(&parent.role.as_str());
                told || named || (speaks && !parent.name.is_empty()) || (speaks && parent.value.is_some())
            }));
        }
        Self { page, told }
    }

    fn is_told(&self, at: usize) -> bool {
        self.told.get(at).copied().unwrap_or(false)
    }

    /// The options of a closed list: they are drawn outside of the page.
    fn closed_options(&self, at: usize) -> Vec<&'a str> {
        if self.page.nodes.get(at).is_none_or(|node| node.role != "combobox") {
            return Vec::new();
        }
        let below = self.page.nodes.iter().skip(at + 1);
        // Depth first: those below it follow it.
        let mut depth_first = below.take_while(|node| node.parent.is_some_and(|parent| parent >= at));
        let options = depth_first.by_ref().filter(|node| node.role == "option" && node.bounds.is_none());
        options.map(|node| node.name.as_str()).collect()
    }
}

/// The part of it that is on the screen.
fn seen(bounds: Rect, page: &Page) -> Option<Rect> {
    let (width, height) = (f64::from(page.viewport.width), f64::from(page.viewport.height));
    let (left, top) = (bounds.x.max(0.0), bounds.y.max(0.0));
    let (right, bottom) = ((bounds.x + bounds.width).min(width), (bounds.y + bounds.height).min(height));
    (right - left >= 1.0 && bottom - top >= 1.0).then_some(Rect { x: left, y: top, width: right - left, height: bottom - top })
}

/// On which side of the screen it is, and how far from it.
fn side(bounds: Rect, page: &Page) -> (Side, f64) {
    let (width, height) = (f64::from(page.viewport.width), f64::from(page.viewport.height));
    if seen(bounds, page).is_some() {
        (Side::Here, 0.0)
    } else if bounds.y + 1.0 > height {
        (Side::Below, bounds.y - height)
    } else if bounds.y + bounds.height < 1.0 {
        (Side::Above, -bounds.y)
    } else if bounds.x + 1.0 > width {
        (Side::Right, bounds.x - width)
    } else {
        (Side::Left, -bounds.x)
    }
}

/// What a model is told of an element. Nothing that is secret.
fn line(node: &Node, options: &[&str]) -> String {
    let longest = if node.role == "text" { LONGEST_TEXT } else { LONGEST_NAME };
    let mut line = format!("{} {:?}", node.role, cut(node.name.trim(), longest));
    let mut add = |words: &str| {
        line.push(' ');
        line.push_str(words);
    };
    match &node.value {
        Some(_) if node.states.secret => add("filled, secret"),
        Some(value) if !value.is_empty() => add(&format!("value {:?}", cut(value, LONGEST_NAME))),
        _ if node.states.secret => add("secret"),
        _ => {}
    }
    if let Some(description) = node.description.as_deref().filter(|_| node.name.is_empty()) {
        add(&format!("described as {:?}", cut(description, LONGEST_NAME)));
    }
    let flags = [
        (Some(node.states.focused).filter(|focused| *focused), "focused", ""),
        (Some(node.states.disabled).filter(|disabled| *disabled), "disabled", ""),
        (node.states.checked, "checked", "not checked"),
        (node.states.expanded, "expanded", "collapsed"),
        (node.states.selected.filter(|selected| *selected), "selected", ""),
    ];
    for (flag, yes, no) in flags {
        if let Some(flag) = flag {
            add(if flag { yes } else { no });
        }
    }
    if !options.is_empty() {
        let named: Vec<String> = options.iter().take(MOST_OPTIONS).map(|name| format!("{:?}", cut(name, LONGEST_NAME))).collect();
        let more = options.len() - named.len();
        add(&format!("options {}", named.join(", ")));
        if more > 0 {
            add(&format!("and {more} more"));
        }
    }
    line
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
