//! A case as it is written in `cases/*.json`, after its `${...}` have been filled in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

mod step;
pub(crate) use step::{ExpectedError, Gives, Step};

/// One file of cases; its name is the topic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    /// What the cases of this file are about.
    #[expect(dead_code, reason = "for people who read the file")]
    pub(crate) about: String,
    pub(crate) cases: Vec<Map<String, Value>>,
}

/// What a server does, what a client is told to do with it, and what must come of that.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What is promised, in a few words; with the varied values it names the case.
    #[expect(dead_code, reason = "it is read before the values are filled in")]
    pub(crate) name: String,
    /// Where the promise stands: a section of the contract.
    #[expect(dead_code, reason = "for people who read the file")]
    #[serde(default)]
    pub(crate) contract: Option<String>,
    /// What a runner must be able to do; one that cannot gives its reason.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// What the environment of the client's process says: the runner is started once more for the case.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// The client's settings, over those of every case.
    #[serde(default)]
    pub(crate) client: Map<String, Value>,
    /// The events of a task that can be taken up again, as frames.
    #[serde(default)]
    pub(crate) log: Vec<LogPart>,
    /// How requests are answered: each by the first rule that fits and is not used up.
    #[serde(default)]
    pub(crate) server: Vec<Rule>,
    /// In place of a server that fails, our own, which plays these scripts (`docs/scripted.md`).
    #[serde(default)]
    pub(crate) scripts: Option<Vec<Value>>,
    /// The place at which our own server is ended and started again with what it has kept;
    /// `restarted` is reached then.
    #[serde(default)]
    pub(crate) restart_at: Option<String>,
    /// How the connection is made.
    #[serde(default)]
    pub(crate) wire: Wire,
    pub(crate) steps: Vec<Step>,
    /// Every request that must have come, in order; not looked at when absent.
    #[serde(default)]
    pub(crate) requests: Option<Vec<ExpectedRequest>>,
    /// Members of the body that must be the same in all requests that have one.
    #[serde(default)]
    pub(crate) same: Vec<String>,
    /// At most so many connections at once.
    #[serde(default)]
    pub(crate) most_connections: Option<usize>,
    /// At most so many requests under way at once.
    #[serde(default)]
    pub(crate) most_at_once: Option<usize>,
    /// Where a language differs: what it gives instead, and why that is right.
    #[serde(default)]
    pub(crate) differs: BTreeMap<String, Difference>,
}

/// A frame, or several that differ in a number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum LogPart {
    Frame(String),
    Frames(Frames),
}

/// Frames that differ in a number, which stands for each `#`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frames {
    pub(crate) frame: String,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// How the connection is made; plain HTTP/1.1 when nothing is said.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wire {
    /// TLS, with a certificate from an authority of the suite's own.
    pub(crate) tls: bool,
    /// HTTP/2 is offered.
    pub(crate) http2: bool,
    /// Only a client with a certificate of the authority may come in.
    pub(crate) client_certificate: bool,
    /// By IPv6.
    pub(crate) ipv6: bool,
}

/// How a request is answered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Method and target exactly as they must come, such as `POST /agent/tasks`; `*` is any.
    pub(crate) on: String,
    /// How the body of the request is read, if not as fast as it comes; it is not kept then.
    /// For HTTP/1.1.
    #[serde(default)]
    pub(crate) reads: Option<Reading>,
    /// How many requests it answers; 0 is without end.
    #[serde(default = "once")]
    pub(crate) times: usize,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    /// A list is a header that comes several times; `@date+20` is the date in 20 s.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// A JSON body.
    #[serde(default)]
    pub(crate) json: Option<Value>,
    /// A body of any kind.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// A body of events.
    #[serde(default)]
    pub(crate) stream: Option<Vec<Act>>,
    /// What goes out instead of a head and a body.
    #[serde(default)]
    pub(crate) raw: Option<Vec<Act>>,
    /// Neither head nor body: only `end`.
    #[serde(default)]
    pub(crate) silent: bool,
    /// How the client learns where the body ends. Default: chunked for `stream`, else length.
    #[serde(default)]
    pub(crate) framing: Option<Framing>,
    /// How the body is compressed: `gzip`, `br`.
    #[serde(default)]
    pub(crate) encoding: Option<String>,
    /// Offsets in the body before which it is split; each piece comes by itself. -1: between all bytes.
    #[serde(default)]
    pub(crate) split: Vec<i64>,
    /// The body stops after so many bytes.
    #[serde(default)]
    pub(crate) cut: Option<usize>,
    /// What comes after the body. Default: what HTTP says, or `cut` when the body is cut.
    #[serde(default)]
    pub(crate) end: Option<End>,
}

/// How the body of a request is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Reading {
    /// Not before a step or another answer has reached that place.
    After(String),
    /// So many bytes at a time, with a pause of so many seconds (on the client's clock) after each.
    Slowly { bytes: usize, pause: f64 },
}

fn once() -> usize {
    1
}

fn ok() -> u16 {
    200
}

/// Something that goes out, or is waited for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Act {
    Text(String),
    Other(Other),
}

/// One of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Other {
    /// Bytes in hexadecimal.
    Hex(String),
    /// A text again and again, with pauses of so many seconds (on the client's clock).
    Repeat {
        text: String,
        times: usize,
        #[serde(default)]
        pause: f64,
    },
    /// The events of the log after the request's `Last-Event-ID`; true.
    Log(#[expect(dead_code, reason = "there is nothing to say")] bool),
    /// Nothing for so many seconds (on the client's clock).
    Pause(f64),
    /// Nobody listens at `base_url` from now on for so many seconds (on the client's clock).
    Away(f64),
    /// Says that this place was reached.
    Mark(String),
    /// Waits until a step or another answer says that it has reached that place.
    Await(String),
    /// A text again and again until the client takes no more; `mark` is then reached.
    Flood { text: String, most: usize, mark: String },
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Framing {
    Chunked,
    Length,
    /// By the end of the connection.
    Close,
}

/// What comes after a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// What HTTP says.
    Finish,
    /// The connection is closed.
    Cut,
    /// The connection is reset.
    Reset,
    /// Nothing, until the client closes the connection.
    Stall,
    /// It is said that nothing was done for the request, nor will be; for HTTP/2, with `silent`.
    Refuse,
}

/// A request that must have come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedRequest {
    /// Method and target, exactly.
    pub(crate) is: String,
    /// By lower-case name: the value; null, that there is none; true, that there is one.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// The body as JSON; the text `*` stands for any value.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// The body as text, exactly.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// From the end of the request before: at least and at most so many seconds by the backoff's scale.
    #[serde(default)]
    pub(crate) after: Option<[f64; 2]>,
    /// From its coming until the answer's end or the client's going: seconds by the clock's scale.
    #[serde(default)]
    pub(crate) lasts: Option<[f64; 2]>,
    /// Whether the client closed the connection before the answer was done.
    #[serde(default)]
    pub(crate) left: Option<bool>,
    /// At most so many bytes of the answer's body went out.
    #[serde(default)]
    pub(crate) sent_at_most: Option<usize>,
}

/// What is right in one language only.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) because: String,
    /// By the step's number, from 0: what it gives instead.
    #[serde(default)]
    pub(crate) gives: BTreeMap<String, Gives>,
    #[serde(default)]
    pub(crate) requests: Option<Vec<ExpectedRequest>>,
}

impl Case {
    /// The frames of the log.
    pub(crate) fn frames(&self) -> Vec<String> {
        let parts = self.log.iter().map(|part| match part {
            LogPart::Frame(frame) => vec![frame.clone()],
            LogPart::Frames(frames) => (frames.from..=frames.to).map(|number| frames.frame.replace('#', &number.to_string())).collect(),
        });
        parts.flatten().collect()
    }

    /// What differs in that language: `python-async` is `python` too.
    pub(crate) fn difference(&self, runner: &str) -> Option<&Difference> {
        let language = runner.split('-').next().unwrap_or(runner);
        self.differs.get(runner).or_else(|| self.differs.get(language))
    }

    /// What serde cannot check.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (number, step) in self.steps.iter().enumerate() {
            let verbs = [
                step.call.is_some(),
                step.request.is_some(),
                step.read.is_some(),
                step.result.is_some(),
                step.close.is_some(),
                step.close_client.is_some(),
                step.drop.is_some(),
                step.mark.is_some(),
                step.until.is_some(),
            ];
            if verbs.iter().filter(|is| **is).count() != 1 {
                return Err(format!(
                    "step {number} must have exactly one of call, request, read, result, close, close_client, drop, mark, until"
                ));
            }
        }
        for rule in &self.server {
            let forms = [rule.json.is_some(), rule.text.is_some(), rule.stream.is_some(), rule.raw.is_some(), rule.silent];
            if forms.iter().filter(|is| **is).count() != 1 {
                return Err(format!("the rule on {:?} must have exactly one of json, text, stream, raw, silent", rule.on));
            }
            if rule.encoding.as_ref().is_some_and(|encoding| !matches!(encoding.as_str(), "gzip" | "br")) {
                return Err(format!("the rule on {:?} has an encoding other than gzip and br", rule.on));
            }
        }
        if self.restart_at.is_some() && self.scripts.is_none() {
            return Err("restart_at is for our own server, which plays scripts".to_owned());
        }
        match self.differs.iter().find(|(_, difference)| difference.because.trim().is_empty()) {
            Some((language, _)) => Err(format!("{language} differs without a reason")),
            None => Ok(()),
        }
    }
}
