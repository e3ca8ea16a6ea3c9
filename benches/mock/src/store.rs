//! Streams that were rendered, to be written again and again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use crate::{
    recipe::Recipe,
    render::{Events, chunk, completed, started},
};

/// What may lie here, in bytes.
const MOST_BYTES: usize = 1 << 30;

/// Many events of one kind as chunks, of which a stream takes the first so many.
struct Rendered {
    events: usize,
    body: Bytes,
    /// Where each chunk ends.
    ends: Vec<usize>,
}

impl Rendered {
    fn new(recipe: Recipe) -> Self {
        let of_size = Events::new(recipe.size);
        let (mut body, mut ends) = (String::new(), Vec::new());
        chunk(&mut body, &started());
        for first in (0..recipe.events).step_by(recipe.per_chunk) {
            let numbers = first..(first + recipe.per_chunk);
            chunk(&mut body, &numbers.map(|number| of_size.frame(number)).collect::<String>());
            ends.push(body.len());
        }
        Self { events: ends.len() * recipe.per_chunk, body: body.into(), ends }
    }
}

/// One stream as an HTTP body in chunks: its events, and what ends it.
pub(crate) struct Body {
    pub(crate) events: Bytes,
    pub(crate) end: String,
}

/// What was rendered so far, by the size of an event and how many share a chunk.
#[derive(Default)]
pub(crate) struct Store(Mutex<HashMap<(usize, usize), Arc<Rendered>>>);

impl Store {
    /// The stream of a recipe without a pace. Its events are whole chunks, so there may be
    /// a few more than asked for.
    pub(crate) fn body(&self, recipe: Recipe) -> Body {
        let rendered = self.rendered(recipe);
        let chunks = recipe.events.div_ceil(recipe.per_chunk);
        let end = rendered.ends.get(chunks - 1).copied().unwrap_or(rendered.body.len());
        let mut rest = String::new();
        chunk(&mut rest, &completed(chunks * recipe.per_chunk));
        rest.push_str("0\r\n\r\n");
        Body { events: rendered.body.slice(..end), end: rest }
    }

    fn rendered(&self, recipe: Recipe) -> Arc<Rendered> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (recipe.size, recipe.per_chunk);
        if let Some(rendered) = all.get(&kind).filter(|rendered| rendered.events >= recipe.events) {
            return Arc::clone(rendered);
        }
        let rendered = Arc::new(Rendered::new(recipe));
        if all.values().map(|other| other.body.len()).sum::<usize>() + rendered.body.len() > MOST_BYTES {
            all.clear();
        }
        all.insert(kind, Arc::clone(&rendered));
        rendered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(body: &Body) -> Vec<String> {
        let text = String::from_utf8([&body.events, body.end.as_bytes()].concat()).unwrap();
        let mut rest = text.as_str();
        let mut all = String::new();
        while let Some((length, after)) = rest.split_once("\r\n") {
            let length = usize::from_str_radix(length, 16).unwrap();
            all.push_str(&after[..length]);
            rest = &after[length + 2..];
        }
        all.split_inclusive("\n\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_stream_is_the_beginning_of_a_longer_one_with_its_own_end() {
        let store = Store::default();
        for (events, per_chunk, all) in [(10, 1, 12), (3, 1, 5), (20, 1, 22), (100, 50, 102), (7, 50, 52)] {
            let frames = frames(&store.body(Recipe { events, size: 200, per_chunk, pace: None }));
            assert_eq!(frames.len(), all, "{events} in chunks of {per_chunk}");
            for (number, frame) in frames.iter().enumerate() {
                assert!(frame.starts_with(&format!("id: {number}\n")), "{frame}");
            }
            assert!(frames.last().unwrap().contains("completed"));
        }
    }
}
