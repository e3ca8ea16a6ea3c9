//! What a computer's screen shows, as an accessibility tree with places.

/// A rectangle in CSS pixels, relative to the upper left corner of the viewport
/// (so a part of the page that is scrolled out has coordinates outside of it).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Pixels across.
    pub width: f64,
    /// Pixels down.
    pub height: f64,
}

/// What a control says of itself; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct States {
    /// Has the keyboard focus; a frame of another site, when the focus may be in it.
    pub focused: bool,
    /// Cannot be used.
    pub disabled: bool,
    /// A box or switch: on, off; a mixed one is `None`.
    pub checked: Option<bool>,
    /// A menu, a tree item, a disclosure: open, closed.
    pub expanded: Option<bool>,
    /// A tab, an option: chosen or not.
    pub selected: Option<bool>,
    /// Text put into it is secret (a password field), or may be: what a frame of another
    /// site has in it is not seen.
    pub secret: bool,
}

/// One node of the accessibility tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Index of the parent in [`Page::nodes`]; `None` for the root.
    pub parent: Option<usize>,
    /// ARIA role in lower case: `link`, `button`, `textbox`, `heading`, `paragraph`, ...
    ///
    /// Beside them: `document` is the root and the inside of an `iframe`; `text` is a
    /// run of text or a line break; `label` holds a control and the words beside it;
    /// `listmarker` is a bullet or a number, without `text` in it; `generic` only groups.
    pub role: String,
    /// The computed accessible name, trimmed; for `text` the text itself, as it is.
    pub name: String,
    /// What a field holds now; for a secret one a mask of fixed length.
    pub value: Option<String>,
    /// The computed accessible description (help text, title).
    pub description: Option<String>,
    /// Level of a heading, a tree item, a list item.
    pub level: Option<u32>,
    /// Where a link leads, and where a `document` is from, as an absolute URL.
    pub url: Option<String>,
    /// Where it is drawn; `None` when it has no box.
    pub bounds: Option<Rect>,
    /// What it says of itself.
    pub states: States,
}

/// The roles of elements that show a frame.
pub(super) const FRAMES: [&str; 4] = ["iframe", "iframepresentational", "embeddedobject", "pluginobject"];

impl Node {
    /// Whether it is a frame of another site, of which nothing is seen.
    pub(crate) fn is_closed_frame(&self) -> bool {
        self.states.secret && FRAMES.contains(&self.role.as_str())
    }
}

/// One look at a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The address of the page itself.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Depth first, in document order, the root first; ignored nodes left out.
    pub nodes: Vec<Node>,
    /// The size of the viewport.
    pub viewport: super::Viewport,
    /// How far the page is scrolled, in CSS pixels.
    pub scroll: super::Point,
    /// The size of the whole page in CSS pixels.
    pub content: (f64, f64),
}
