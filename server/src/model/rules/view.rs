//! A page as a tree to walk, and what of it a person sees as its content.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::computer::{Node, Page, Point, Rect};

/// Parts of a page around its content.
const FRAME: &[&str] = &["banner", "complementary", "contentinfo", "navigation", "search"];

/// What lies over a page.
const DIALOGS: &[&str] = &["alertdialog", "dialog"];

/// Roles that break no line: their text runs on.
const INLINE: &[&str] =
    &["abbr", "code", "deletion", "emphasis", "insertion", "link", "mark", "strong", "subscript", "superscript", "text", "time"];

/// Roles of what is there to be used and not read, with all that is in them.
const CONTROLS: &[&str] = &["button", "combobox", "listbox", "menu", "searchbox", "tablist", "textbox"];

/// Roles whose name is no text of the page.
const SILENT: &[&str] = &["checkbox", "image", "img", "listmarker", "option", "radio", "separator", "slider", "spinbutton", "switch"];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Blank,
    Line,
}

/// A page, with the end of each node's subtree.
pub(super) struct View<'a> {
    /// The page itself.
    pub(super) page: &'a Page,
    ends: Vec<usize>,
    content: Vec<bool>,
    headings: Vec<usize>,
    modal: Option<usize>,
}

impl<'a> View<'a> {
    pub(super) fn new(page: &'a Page) -> Self {
        let mut ends: Vec<usize> = (1..=page.nodes.len()).collect();
        // Depth first: the last descendant of a node is the end of its subtree.
        for at in (0..page.nodes.len()).rev() {
            let end = ends.get(at).copied().unwrap_or(at + 1);
            if let Some(parent) = page.nodes.get(at).and_then(|node| node.parent).filter(|parent| *parent < at)
                && let Some(parent_end) = ends.get_mut(parent)
            {
                *parent_end = end.max(*parent_end);
            }
        }
        let mut view = Self { page, ends, content: Vec::new(), headings: Vec::new(), modal: None };
        view.content = view.find_content(view.all().find(|at| view.role(*at) == "main"));
        view.headings = view.content("heading").collect();
        view.modal = view.all().rfind(|at| DIALOGS.contains(&view.role(*at)) && view.is_drawn(*at));
        view
    }

    pub(super) fn node(&self, at: usize) -> Option<&'a Node> {
        self.page.nodes.get(at)
    }

    pub(super) fn role(&self, at: usize) -> &'a str {
        self.node(at).map_or("", |node| node.role.as_str())
    }

    /// The name of a node, or its text when it has none.
    pub(super) fn name(&self, at: usize) -> String {
        let name = self.node(at).map_or("", |node| node.name.trim());
        if name.is_empty() { self.text(at) } else { squeezed(name) }
    }

    /// Every node, in document order.
    pub(super) fn all(&self) -> std::ops::Range<usize> {
        0..self.page.nodes.len()
    }

    /// The descendants of a node, in document order.
    pub(super) fn within(&self, at: usize) -> std::ops::Range<usize> {
        at + 1..self.ends.get(at).copied().unwrap_or(at + 1)
    }

    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        self.node(at)?.parent.filter(|parent| *parent < at)
    }

    /// The ancestors of a node, the nearest first.
    pub(super) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent(at), |at| self.parent(*at))
    }

    /// A dialog that lies over the page, if one is open.
    pub(super) fn modal(&self) -> Option<usize> {
        self.modal
    }

    /// Whether the node belongs to what the page is there for: inside `main` where
    /// there is one, else outside of navigation, banners and footers.
    pub(super) fn is_content(&self, at: usize) -> bool {
        self.content.get(at).copied().unwrap_or(false)
    }

    /// [`View::is_content`] for every node, in one pass: parents come before their children.
    fn find_content(&self, main: Option<usize>) -> Vec<bool> {
        let mut content: Vec<bool> = Vec::with_capacity(self.page.nodes.len());
        for at in self.all() {
            let is_inside = self.parent(at).is_none_or(|parent| {
                let encloses = |role: &str| FRAME.contains(&role) || DIALOGS.contains(&role);
                main == Some(parent) || (content.get(parent).copied().unwrap_or(false) && !encloses(self.role(parent)))
            });
            content.push(is_inside && main.is_none_or(|main| self.within(main).contains(&at)));
        }
        content
    }

    /// The heading under which a node stands.
    pub(super) fn heading_above(&self, at: usize) -> Option<usize> {
        let before = self.headings.partition_point(|heading| *heading < at);
        let nearest = before.checked_sub(1).and_then(|last| self.headings.get(last).copied())?;
        self.section(nearest).contains(&at).then_some(nearest)
    }

    /// Nodes of a role that belong to the content, in document order.
    pub(super) fn content(&self, role: &str) -> impl Iterator<Item = usize> + '_ {
        let role = role.to_owned();
        self.all().filter(move |at| self.role(*at) == role && self.is_content(*at))
    }

    /// Whether something of the node is drawn on the page, scrolled out or not.
    pub(super) fn is_drawn(&self, at: usize) -> bool {
        self.node(at).and_then(|node| node.bounds).is_some_and(|bounds| bounds.width > 0.0 && bounds.height > 0.0)
    }

    /// The heading the page goes by: the first of the highest level in the content.
    pub(super) fn main_heading(&self) -> Option<usize> {
        let headings: Vec<_> = self.content("heading").filter(|at| !self.text(*at).is_empty()).collect();
        let level = |at: &usize| self.node(*at).and_then(|node| node.level).unwrap_or(2);
        headings.iter().copied().min_by_key(level)
    }

    /// What stands under a heading: everything up to the next of its level or above.
    pub(super) fn section(&self, heading: usize) -> std::ops::Range<usize> {
        let level = |at: usize| self.node(at).and_then(|node| node.level).unwrap_or(2);
        let start = self.within(heading).end;
        let end = (start..self.page.nodes.len())
            .find(|at| (self.role(*at) == "heading" && level(*at) <= level(heading)) || FRAME.contains(&self.role(*at)))
            .unwrap_or(self.page.nodes.len());
        start..end
    }

    /// The text of a node as it reads on the screen, in one line.
    pub(super) fn text(&self, at: usize) -> String {
        self.text_of(at..self.within(at).end, " ")
    }

    /// The text of some nodes in one line, with a mark where the page breaks a line.
    pub(super) fn text_of(&self, nodes: std::ops::Range<usize>, line_break: &str) -> String {
        let mut text = String::new();
        let mut last: Option<usize> = None;
        let mut gap = Gap::None;
        let mut silent_to = nodes.start;
        for at in nodes.clone() {
            if at != nodes.start && CONTROLS.contains(&self.role(at)) {
                silent_to = silent_to.max(self.within(at).end);
            }
            if at < silent_to || !self.within(at).is_empty() {
                continue;
            }
            let Some(node) = self.node(at).filter(|node| !SILENT.contains(&node.role.as_str()) && !node.name.is_empty()) else { continue };
            gap = gap.max(last.map_or(Gap::None, |last| self.gap(last, at)));
            if node.name.trim().is_empty() {
                gap = gap.max(if node.name.contains('\n') { Gap::Line } else { Gap::Blank });
                continue;
            }
            match gap {
                _ if text.is_empty() => {}
                Gap::None => {}
                Gap::Blank => text.push(' '),
                Gap::Line => {
                    text.truncate(text.trim_end().len());
                    text.push_str(line_break);
                }
            }
            text.push_str(&node.name);
            last = Some(at);
            gap = Gap::None;
        }
        squeezed(&text)
    }

    /// What stands between the texts of two leaves that follow one another.
    fn gap(&self, one: usize, other: usize) -> Gap {
        let block = |at: usize| self.ancestors(at).find(|ancestor| !INLINE.contains(&self.role(*ancestor)));
        let is_inline = |at: usize| INLINE.contains(&self.role(at));
        if !is_inline(one) || !is_inline(other) || block(one) != block(other) {
            return Gap::Line;
        }
        let (Some(one), Some(other)) = (self.node(one).and_then(|node| node.bounds), self.node(other).and_then(|node| node.bounds)) else {
            return Gap::None;
        };
        // Flex and grid rows set words apart without any white space between them.
        let beside = one.y < other.y + other.height && other.y < one.y + one.height;
        if beside && other.x - (one.x + one.width) > 2.0 { Gap::Blank } else { Gap::None }
    }

    /// The middle of what is drawn of a node inside the viewport, if that can be clicked.
    pub(super) fn point(&self, at: usize) -> Option<Point> {
        let bounds = self.node(at)?.bounds?;
        let (width, height) = (f64::from(self.page.viewport.width), f64::from(self.page.viewport.height));
        let (left, right) = (bounds.x.max(0.0), (bounds.x + bounds.width).min(width));
        let (top, bottom) = (bounds.y.max(0.0), (bounds.y + bounds.height).min(height));
        (right - left >= 1.0 && bottom - top >= 1.0).then(|| Point(((left + right) / 2.0).floor(), ((top + bottom) / 2.0).floor()))
    }

    /// Where and how far to turn the wheel so that a node comes into the box around it that
    /// shows only a part of what it holds.
    pub(super) fn way_inside(&self, at: usize) -> Option<(Point, f64)> {
        let place = self.node(at)?.bounds?;
        let middle = place.y + place.height / 2.0;
        let hides = |up: &usize| {
            let outer = self.node(*up).and_then(|node| node.bounds);
            let is_box = !INLINE.contains(&self.role(*up)) && self.parent(*up).is_some() && self.role(*up) != "document";
            is_box
                && outer
                    .is_some_and(|outer| outer.height > 30.0 && outer.width > 0.0 && (middle < outer.y || middle > outer.y + outer.height))
        };
        let outer = self.ancestors(at).find(hides)?;
        let center = self.node(outer)?.bounds?;
        Some((self.point(outer)?, (middle - (center.y + center.height / 2.0)).round()))
    }

    /// How far to scroll so that a node comes to the middle of the viewport.
    pub(super) fn way_to(&self, at: usize) -> Option<(f64, f64)> {
        let Rect { x, y, width, height } = self.node(at)?.bounds?;
        let (view_width, view_height) = (f64::from(self.page.viewport.width), f64::from(self.page.viewport.height));
        let away = |start: f64, length: f64, view: f64| {
            let outside = start + length < 1.0 || start > view - 1.0;
            if outside { (start + length.min(view) / 2.0 - view / 2.0).round() } else { 0.0 }
        };
        Some((away(x, width, view_width), away(y, height, view_height)))
    }

    /// Tells one state of a page from another; scrolling changes nothing.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.page.url.hash(&mut hasher);
        for node in &self.page.nodes {
            (&node.role, &node.name, &node.value, &node.url).hash(&mut hasher);
            (node.states.disabled, node.states.checked, node.states.expanded, node.states.selected).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// For people: the page by title and address.
    pub(super) fn place(&self) -> String {
        let title = squeezed(&self.page.title);
        if title.is_empty() { self.page.url.clone() } else { format!("\"{title}\" ({})", self.page.url) }
    }
}

/// One blank wherever there is white space, none at the ends.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
