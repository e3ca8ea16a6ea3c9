//! An action in words, for people.

use crate::computer::{Action, Node, Page, Point};

/// What is longer says less to people, not more; in characters.
const LONGEST: usize = 300;

/// Roles that only group others.
const GROUPS: [&str; 6] = ["document", "generic", "none", "text", "paragraph", "group"];

/// The begin of a long text.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// What it does, and to what of the page it was decided on.
pub(crate) fn action(action: &Action, page: Option<&Page>) -> String {
    let at = |point: &Point| page.and_then(|page| named_at(page, *point)).unwrap_or_else(|| format!("({:.0}, {:.0})", point.0, point.1));
    match action {
        Action::Navigate { url } => format!("open {url}"),
        Action::Back => "go back".to_owned(),
        Action::Forward => "go forward".to_owned(),
        Action::Reload => "reload the page".to_owned(),
        Action::Click { coordinates } => format!("click {}", at(coordinates)),
        Action::ClickHolding { coordinates, keys } => format!("click {} holding {}", at(coordinates), keys.join("+")),
        Action::DoubleClick { coordinates } => format!("double-click {}", at(coordinates)),
        Action::TripleClick { coordinates } => format!("triple-click {}", at(coordinates)),
        Action::RightClick { coordinates } => format!("right-click {}", at(coordinates)),
        Action::MiddleClick { coordinates } => format!("middle-click {}", at(coordinates)),
        Action::Drag { path } => match (path.first(), path.last()) {
            (Some(from), Some(to)) => format!("drag from {} to {}", at(from), at(to)),
            _ => "drag".to_owned(),
        },
        Action::Move { coordinates } => format!("move to {}", at(coordinates)),
        Action::Type { text } => format!("type {text:?}"),
        Action::Keys { keys } => format!("press {}", keys.join("+")),
        Action::Scroll { delta_x, delta_y, .. } => match (*delta_x, *delta_y) {
            (across, down) if across.abs() > down.abs() => format!("scroll {}", if across > 0.0 { "right" } else { "left" }),
            (_, down) => format!("scroll {}", if down < 0.0 { "up" } else { "down" }),
        },
        Action::Wait { ms } => format!("wait {:.1} s", *ms as f64 / 1000.0),
        Action::Screenshot => "look again".to_owned(),
    }
}

/// The smallest thing with a role and a name that is drawn there.
fn named_at(page: &Page, Point(x, y): Point) -> Option<String> {
    let area = |node: &&Node| {
        node.bounds
            .filter(|place| (place.x..place.x + place.width).contains(&x) && (place.y..place.y + place.height).contains(&y))
            .map(|place| place.width * place.height)
    };
    let named = page.nodes.iter().filter(|node| !node.name.is_empty() && !GROUPS.contains(&node.role.as_str()));
    let (node, _) = named.filter_map(|node| Some((node, area(&node)?))).min_by(|one, other| one.1.total_cmp(&other.1))?;
    Some(format!("{} {:?}", node.role, node.name))
}
