//! The page as an accessibility tree with places.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::browser::{Browser, Tab};
use super::cdp::CallError;
use super::snapshot::{Document, Snapshot};
use crate::computer::page::FRAMES;
use crate::computer::{Node, Page, Point, Rect, States, Viewport};

/// Stands for the text of a secret field, whatever its length.
const MASK: &str = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}";

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<AxNode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AxNode {
    node_id: String,
    #[serde(default)]
    ignored: bool,
    role: Option<AxValue>,
    name: Option<AxValue>,
    description: Option<AxValue>,
    value: Option<AxValue>,
    #[serde(default)]
    properties: Vec<AxProperty>,
    #[serde(default)]
    child_ids: Vec<String>,
    #[serde(rename = "backendDOMNodeId")]
    element: Option<i64>,
}

#[derive(Deserialize)]
struct AxValue {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct AxProperty {
    name: String,
    value: AxValue,
}

/// Reads the page of a tab.
pub(super) async fn read(browser: &Browser, tab: &Tab, viewport: Viewport) -> Result<Page, CallError> {
    let capture = json!({ "computedStyles": [], "includeDOMRects": true });
    let (snapshot, main) = tokio::try_join!(
        browser.ask::<Snapshot>(tab, "DOMSnapshot.captureSnapshot", capture),
        browser.ask::<Tree>(tab, "Accessibility.getFullAXTree", json!({})),
    )?;
    let documents = snapshot.documents();
    let mut trees = HashMap::from([(0, main)]);
    for (_, _, document) in documents.iter().flat_map(|document| &document.frames) {
        let Some(frame) = documents.get(*document).map(|document| &document.frame) else { continue };
        // A frame can be gone again by now.
        match browser.ask::<Tree>(tab, "Accessibility.getFullAXTree", json!({ "frameId": frame })).await {
            Ok(tree) => drop(trees.insert(*document, tree)),
            Err(CallError::Refused { .. }) => {}
            Err(gone) => return Err(gone),
        }
    }
    let Some(main) = documents.first() else {
        return Err(CallError::Refused { method: "DOMSnapshot.captureSnapshot".to_owned(), message: "no document".to_owned() });
    };
    let mut builder = Builder { documents: &documents, trees: &trees, nodes: Vec::new(), opaque: Vec::new() };
    builder.frame(0, (0.0, 0.0), None);
    builder.focus_unseen();
    Ok(Page {
        url: main.url.clone(),
        title: main.title.clone(),
        nodes: builder.nodes,
        viewport,
        scroll: Point(main.scroll.0, main.scroll.1),
        content: main.content,
    })
}

struct Builder<'a> {
    documents: &'a [Document],
    trees: &'a HashMap<usize, Tree>,
    nodes: Vec<Node>,
    /// Which of them show a frame of another site, which a process of its own keeps from us.
    opaque: Vec<usize>,
}

impl Builder<'_> {
    /// Something has the focus always, at least the document: when nothing seen has it, it
    /// is in a frame that is not seen.
    fn focus_unseen(&mut self) {
        if !self.nodes.iter().any(|node| node.states.focused) {
            for index in &self.opaque {
                if let Some(node) = self.nodes.get_mut(*index) {
                    node.states.focused = true;
                }
            }
        }
    }

    /// Adds the tree of one frame whose upper left corner is at `origin`.
    fn frame(&mut self, index: usize, origin: (f64, f64), parent: Option<usize>) {
        let (Some(document), Some(tree)) = (self.documents.get(index), self.trees.get(&index)) else { return };
        let by_id: HashMap<&str, &AxNode> = tree.nodes.iter().map(|node| (node.node_id.as_str(), node)).collect();
        // A stack, as a page decides how deep it nests.
        let mut todo: Vec<(&AxNode, Option<usize>)> = tree.nodes.first().map(|root| (root, parent)).into_iter().collect();
        while let Some((node, mut parent)) = todo.pop() {
            let mut inside = true;
            if let Some(role) = role_of(node) {
                let place = node.element.and_then(|element| document.places.get(&element));
                let place = place.map(|place| Rect { x: place.x + origin.0, y: place.y + origin.1, ..*place });
                let is_opaque = FRAMES.contains(&role.as_str()) && !document.frames.iter().any(|(known, ..)| Some(*known) == node.element);
                if is_opaque {
                    self.opaque.push(self.nodes.len());
                }
                let secret = is_opaque || node.element.is_some_and(|element| document.secrets.contains(&element));
                // What lies inside these says the same again, or is secret.
                inside = !secret && !matches!(role.as_str(), "text" | "listmarker");
                self.nodes.push(described(node, role, parent, place, secret));
                parent = Some(self.nodes.len() - 1);
            }
            if inside {
                todo.extend(node.child_ids.iter().rev().filter_map(|id| Some((*by_id.get(id.as_str())?, parent))));
            }
            let frame = document.frames.iter().find(|(element, ..)| !node.ignored && Some(*element) == node.element);
            if let Some((_, (x, y), inner)) = frame {
                self.frame(*inner, (origin.0 + x, origin.1 + y), parent);
            }
        }
    }
}

/// The role under its ARIA name; `None` for a node to leave out.
fn role_of(node: &AxNode) -> Option<String> {
    let role = node.role.as_ref().and_then(|role| role.value.as_str()).unwrap_or_default();
    match role {
        _ if node.ignored => None,
        "" | "none" | "presentation" | "InlineTextBox" => None,
        // What can be typed into is a field, whether its page says so or not.
        "generic" | "paragraph" if is_editor(node) => Some("textbox".to_owned()),
        "StaticText" | "LineBreak" => Some("text".to_owned()),
        "RootWebArea" => Some("document".to_owned()),
        "MenuListPopup" => Some("listbox".to_owned()),
        "LabelText" => Some("label".to_owned()),
        other => Some(other.to_ascii_lowercase()),
    }
}

/// Whether the node is where an editable area begins: what lies in it cannot be focused.
fn is_editor(node: &AxNode) -> bool {
    let property = |name: &str| node.properties.iter().find(|property| property.name == name).map(|property| &property.value.value);
    property("editable").and_then(Value::as_str).is_some() && property("focusable").and_then(Value::as_bool) == Some(true)
}

fn described(node: &AxNode, role: String, parent: Option<usize>, bounds: Option<Rect>, secret: bool) -> Node {
    let property = |name: &str| node.properties.iter().find(|property| property.name == name).map(|property| &property.value.value);
    let flag = |name: &str| match property(name)? {
        Value::Bool(flag) => Some(*flag),
        // A tristate is a string; "mixed" is neither.
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let filled = |value: &Option<AxValue>| text(value).filter(|text| !text.is_empty());
    let name = text(&node.name).unwrap_or_default();
    Node {
        parent,
        name: if role == "text" { name } else { name.trim().to_owned() },
        role,
        value: if secret { filled(&node.value).map(|_| MASK.to_owned()) } else { text(&node.value) },
        description: filled(&node.description),
        level: property("level").and_then(Value::as_u64).and_then(|level| level.try_into().ok()),
        url: property("url").and_then(Value::as_str).filter(|url| !url.is_empty()).map(str::to_owned),
        bounds,
        states: States {
            focused: flag("focused").unwrap_or_default(),
            disabled: flag("disabled").unwrap_or_default(),
            checked: flag("checked").or_else(|| flag("pressed")),
            expanded: flag("expanded"),
            selected: flag("selected"),
            secret,
        },
    }
}

fn text(value: &Option<AxValue>) -> Option<String> {
    match &value.as_ref()?.value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}
