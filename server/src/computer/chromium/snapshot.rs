//! Where the nodes of a page are: `DOMSnapshot.captureSnapshot`, of which only the
//! places, the frames and the password fields are read.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::computer::Rect;

#[derive(Deserialize)]
pub(super) struct Snapshot {
    documents: Vec<RawDocument>,
    strings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDocument {
    #[serde(rename = "documentURL")]
    url: i64,
    title: i64,
    frame_id: i64,
    nodes: RawNodes,
    layout: RawLayout,
    #[serde(default)]
    scroll_offset_x: f64,
    #[serde(default)]
    scroll_offset_y: f64,
    #[serde(default)]
    content_width: f64,
    #[serde(default)]
    content_height: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawNodes {
    backend_node_id: Vec<i64>,
    node_name: Vec<i64>,
    #[serde(default)]
    attributes: Vec<Vec<i64>>,
    #[serde(default)]
    content_document_index: RareIndices,
}

#[derive(Default, Deserialize)]
struct RareIndices {
    index: Vec<usize>,
    value: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLayout {
    node_index: Vec<usize>,
    bounds: Vec<[f64; 4]>,
    /// `clientLeft`, `clientTop`, `clientWidth`, `clientHeight`; empty for text.
    #[serde(default)]
    client_rects: Vec<Vec<f64>>,
}

/// One document, its places relative to the upper left corner of its own frame.
pub(super) struct Document {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) frame: String,
    pub(super) scroll: (f64, f64),
    pub(super) content: (f64, f64),
    /// By the id that the accessibility tree uses, too.
    pub(super) places: HashMap<i64, Rect>,
    /// The fields whose text is secret.
    pub(super) secrets: HashSet<i64>,
    /// The elements that show a frame: the element, where the frame's own area
    /// begins, and the frame's document as an index.
    pub(super) frames: Vec<(i64, (f64, f64), usize)>,
}

impl Snapshot {
    pub(super) fn documents(&self) -> Vec<Document> {
        self.documents.iter().map(|raw| self.document(raw)).collect()
    }

    fn document(&self, raw: &RawDocument) -> Document {
        let scroll = (raw.scroll_offset_x, raw.scroll_offset_y);
        let ids = &raw.nodes.backend_node_id;
        let mut places = HashMap::with_capacity(raw.layout.bounds.len());
        let mut insides = HashMap::new();
        for (at, (node, [x, y, width, height])) in raw.layout.node_index.iter().zip(&raw.layout.bounds).enumerate() {
            let Some(id) = ids.get(*node) else { continue };
            let place = Rect { x: x - scroll.0, y: y - scroll.1, width: *width, height: *height };
            places.insert(*id, place);
            if let Some([left, top, ..]) = raw.layout.client_rects.get(at).map(Vec::as_slice) {
                insides.insert(*node, (place.x + left, place.y + top));
            }
        }
        let RareIndices { index, value } = &raw.nodes.content_document_index;
        let frames =
            index.iter().zip(value).filter_map(|(node, document)| Some((*ids.get(*node)?, *insides.get(node)?, *document))).collect();
        let secrets = ids
            .iter()
            .zip(raw.nodes.node_name.iter().zip(&raw.nodes.attributes))
            .filter(|(_, (name, attributes))| self.text(**name).eq_ignore_ascii_case("input") && self.is_password(attributes))
            .map(|(id, _)| *id)
            .collect();
        Document {
            url: self.text(raw.url).to_owned(),
            title: self.text(raw.title).to_owned(),
            frame: self.text(raw.frame_id).to_owned(),
            scroll,
            content: (raw.content_width, raw.content_height),
            places,
            secrets,
            frames,
        }
    }

    fn is_password(&self, attributes: &[i64]) -> bool {
        attributes.chunks_exact(2).any(|pair| match pair {
            [name, value] => self.text(*name) == "type" && self.text(*value).eq_ignore_ascii_case("password"),
            _ => false,
        })
    }

    fn text(&self, index: i64) -> &str {
        usize::try_from(index).ok().and_then(|index| self.strings.get(index)).map_or("", String::as_str)
    }
}
