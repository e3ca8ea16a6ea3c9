//! Many events in one text of JSON, since `JSON.parse` of one long text is several times
//! faster than of many short ones.
//!
//! Data is joined only if each event's is one whole value of JSON by itself: `1,2`, or `[1`
//! followed by `2]`, would come out as events nobody sent. If one is not, all of them cross
//! as strings, to be parsed one by one. Parsing, and what to say of data that cannot be
//! parsed, is JavaScript's part: it takes what `JSON.parse` takes.

use lightcone::sse::Frame;
use serde::Serialize;
use serde_json::value::RawValue;

/// No more data than this is in one text, unless it is of one event: V8 takes no string
/// over 512 MiB.
const LONGEST: usize = 32 << 20;

/// What one text says.
#[derive(Serialize)]
struct Batch<'a> {
    /// The event id in force, event by event.
    ids: Vec<Option<&'a str>>,
    /// The `event:` name, event by event.
    names: Vec<Option<&'a str>>,
    /// The place of the first event after which a task has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<usize>,
    /// The data as the server wrote it, if all of it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<&'a RawValue>>,
    /// The data as strings, if not.
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<&'a str>>,
}

/// The frames as texts, nearly always as one.
pub(crate) fn texts(mut frames: &[Frame]) -> Vec<String> {
    let mut texts = Vec::new();
    while !frames.is_empty() {
        let mut length = 0;
        let fits = |frame: &&Frame| {
            length += frame.data.len();
            length <= LONGEST
        };
        let count = frames.iter().take_while(fits).count().max(1);
        let (now, later) = frames.split_at(count);
        texts.push(text(now));
        frames = later;
    }
    texts
}

fn text(frames: &[Frame]) -> String {
    let values: Option<Vec<&RawValue>> = frames.iter().map(|frame| serde_json::from_str(&frame.data).ok()).collect();
    let texts = values.is_none().then(|| frames.iter().map(|frame| &*frame.data).collect());
    let batch = Batch {
        ids: frames.iter().map(|frame| frame.id.as_deref()).collect(),
        names: frames.iter().map(|frame| frame.event.as_deref()).collect(),
        terminal: frames.iter().position(Frame::is_terminal),
        values,
        texts,
    };
    // Strings and JSON always serialize.
    serde_json::to_string(&batch).unwrap_or_default()
}
