"""The breaks: each takes one promise of the contract back, by one text in place of another that stands once in its file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    name: str
    # The topic of the cases that are played first; the others are when these notice nothing.
    topic: str
    # What is no longer so.
    breaks: str
    # Relative to the root of the tree.
    file: str
    old: str
    new: str


RETRY = "core/src/http/retry.rs"
TRANSPORT = "core/src/http/transport.rs"
BODY = "core/src/http/body.rs"
LINK = "core/src/http/link.rs"
DECODER = "core/src/sse/decoder.rs"
FRAME = "core/src/sse/frame.rs"
CONNECTION = "core/src/sse/connection.rs"
FOLLOW = "core/src/sse/follow.rs"
NEXT = "core/src/sse/next.rs"
POSITION = "core/src/sse/position.rs"
FRAMES = "core/src/sse/frames.rs"
PLACES = "core/src/http/places.rs"
READ_AHEAD = "core/src/sse/read_ahead.rs"
PROGRESS = "core/src/http/progress.rs"
REDIRECT = "core/src/http/redirect.rs"
SEND = "core/src/http/send.rs"
KEY = "core/src/tasks/idempotency.rs"
ERROR = "core/src/error.rs"
CLIENT = "core/src/client.rs"
OPERATION = "core/src/operation.rs"

MUTANTS = [
    # What is sent again.
    Mutant("retry-409", "retries", "409 is sent again", RETRY, "408 | 409 | 429", "408 | 429"),
    Mutant("retry-400", "retries", "400 is not sent again", RETRY, "|| status >= 500", "|| status >= 400"),
    Mutant("retry-told-no", "retries", "x-should-retry: false is obeyed", RETRY, 'Some(b"false") => false,', ""),
    Mutant("retry-told-yes", "retries", "x-should-retry: true is obeyed", RETRY, 'Some(b"true") => true,', ""),
    Mutant("retry-message", "retries", "a message whose outcome is unknown is not sent again", RETRY, "Outcome::Unknown => repeat != Repeat::Never,", "Outcome::Unknown => true,"),
    Mutant("retry-cut-start", "retries", "a start whose answer was cut is sent again", RETRY, "repeat == Repeat::Keyed || (repeat", "(repeat"),
    Mutant("retry-cut-pause", "retries", "a POST without a key is not sent again once a success was said", RETRY, " && method == http::Method::GET)", ")"),
    Mutant("retry-once-more", "retries", "it is sent again as often as max_retries says", TRANSPORT, "attempt < request.max_retries", "attempt <= request.max_retries"),
    Mutant("retry-count", "retries", "x-stainless-retry-count counts", TRANSPORT, "HeaderValue::from(attempt)", "HeaderValue::from(0)"),
    Mutant("retry-by-call", "retries", "max_retries of a call goes before the client's", CLIENT, "options.max_retries.unwrap_or(self.config.max_retries)", "self.config.max_retries"),
    # After how long.
    Mutant("wait-doubles", "retries", "our own wait doubles", RETRY, "0.5 * 2f64.powi(attempt.min(10).cast_signed())", "0.5 + 0.0 * f64::from(attempt)"),
    Mutant("wait-spread", "retries", "at most a quarter is taken off our own wait", RETRY, "1.0 - 0.25 * spread.clamp(0.0, 1.0)", "0.1 * spread.clamp(0.0, 1.0)"),
    Mutant("wait-asked", "retries", "retry-after is followed", RETRY, 'let after = text("retry-after")?;', 'let after = text("retry-after-seconds")?;'),
    Mutant("wait-date", "retries", "retry-after may be a date", RETRY, "date.duration_since(now).ok().map(|wait| wait.as_secs_f64())", "date.duration_since(now).ok().map(|_| 0.0)"),
    Mutant("wait-ms", "retries", "retry-after-ms is in milliseconds", RETRY, "ms / 1000.0", "ms / 10_000.0"),
    Mutant("wait-a-minute", "retries", "a wait of more than a minute is not followed", RETRY, "const LONGEST_ASKED: f64 = 60.0;", "const LONGEST_ASKED: f64 = 600.0;"),
    # One key.
    Mutant("key-none", "retries", "a start without a key gets one", CLIENT, "Some(body) if operation.repeat == operation::Repeat::Keyed =>", "Some(body) if false =>"),
    Mutant("key-anew", "retries", "all attempts carry the same key", TRANSPORT, "request.url.clone(), request.body.clone());", 'request.url.clone(), Bytes::from(String::from_utf8_lossy(&request.body).replace("\\"lc-", &format!("\\"lc{attempt}-"))));'),
    Mutant("key-own", "retries", "a key of one's own stays", KEY, 'value.get() != "null"', 'value.get() == "null"'),
    # What goes wrong.
    Mutant("error-422", "errors", "422 is an UnprocessableEntityError", ERROR, '"APIStatusError", 422;', '"APIStatusError", 424;'),
    Mutant("error-502", "errors", "every status from 500 is an InternalServerError", ERROR, "if status >= 500 {", "if status == 500 {"),
    Mutant("error-attempts", "errors", "an error says how often it was sent", TRANSPORT, "self.retries.saturating_add(1)", "self.retries"),
    Mutant("error-body", "errors", "an error has the body of the refusal", TRANSPORT, "body: String::from_utf8_lossy(body).into_owned(),", "body: String::new(),"),
    Mutant("error-timeout", "timeouts", "silence is an APITimeoutError", BODY, "Self::NoneFree(_) | Self::NotTaken(_) | Self::Silent(_) => true,", "Self::NoneFree(_) | Self::NotTaken(_) | Self::Silent(_) => false,"),
    Mutant("error-no-stream", "streams", "an answer that is no stream is an error", FRAMES, "if !headers::are_of_events(&head.headers) {", "if false {"),
    # Bytes into events.
    Mutant("sse-split-crlf", "streams", "CRLF may be split between chunks", DECODER, 'self.after_cr = ended == b"\\r";', "self.after_cr = false;"),
    Mutant("sse-split-line", "streams", "a line may be split between chunks", DECODER, "self.line.extend_from_slice(rest);\n        self.check", "self.line = BytesMut::from(rest);\n        self.check"),
    Mutant("sse-mark", "streams", "a byte order mark may lead", DECODER, 'line = line.strip_prefix(b"\\xEF\\xBB\\xBF").unwrap_or(line);', ""),
    Mutant("sse-space", "streams", "one space after the colon is no part of the value", DECODER, 'value.strip_prefix(b": ").or(value.strip_prefix(b":"))', 'value.strip_prefix(b":")'),
    Mutant("sse-nul", "streams", "an id with a NUL is ignored", DECODER, 'b"id" if memchr::memchr(0, value).is_none() => {', 'b"id" => {'),
    Mutant("sse-lines", "streams", "data lines are joined by line feeds", DECODER, '[&*first, "\\n", &*line].concat()', "[&*first, &*line].concat()"),
    Mutant("sse-no-data", "streams", "a frame without data is no event", DECODER, "if data.is_empty() {\n            return;\n        }", ""),
    Mutant("sse-name-stays", "streams", "an event's name is its own only", DECODER, "self.event.take().filter(", "self.event.clone().filter("),
    Mutant("sse-not-utf-8", "streams", "what is no UTF-8 is replaced", DECODER, "String::from_utf8_lossy(line).into_owned().into()", "ByteString::new()"),
    Mutant("sse-limit", "streams", "an event of more than 64 MiB is an error", FOLLOW, "const LARGEST_EVENT: usize = 64 << 20;", "const LARGEST_EVENT: usize = 640 << 20;"),
    Mutant("sse-done", "streams", "[DONE] ends the stream", FRAME, 'self.data.trim_ascii() == "[DONE]"', "false"),
    Mutant("sse-last-frame", "streams", "a last frame that is whole counts without its blank line", FOLLOW, ".filter(|frame| frame.is_whole())", ".filter(|_| false)"),
    Mutant("sse-half-frame", "streams", "a last frame that is not whole does not count", FOLLOW, ".filter(|frame| frame.is_whole())", ".filter(|_| true)"),
    Mutant("sse-read-ahead", "streams", "a reader that stops reading stops the sender", READ_AHEAD, "self.frames.len() >= MOST_FRAMES || self.bytes >= MOST_BYTES", "false"),
    Mutant("sse-drop", "leaving", "a stream that is let go closes its connection", FRAMES, "fn drop(&mut self) {\n        self.close();", "fn drop(&mut self) {"),
    # A stream over several connections.
    Mutant("resume-never", "resume", "a stream that breaks is taken up again", NEXT, "self.resumable && self.tries < self.max_tries", "false && self.tries < self.max_tries"),
    Mutant("resume-place", "resume", "Last-Event-ID says where to go on", FOLLOW, 'request.headers.insert("last-event-id", id);', "drop(id);"),
    Mutant("resume-doubles", "resume", "an event that comes again is not given out again", POSITION, "self.id == frame.id || behind", "false && behind"),
    Mutant("resume-budget", "resume", "an event refills the budget", FOLLOW, "if buffer.count > before {\n            self.tries = 0;\n        }", "let _ = before;"),
    Mutant("resume-too-often", "resume", "the budget limits how often a stream is taken up again", NEXT, "self.resumable && self.tries < self.max_tries", "self.resumable && self.max_tries > 0"),
    Mutant("resume-without-place", "resume", "without an id nothing is taken up again", POSITION, "self.exact && (self.header()", "(true || self.header()"),
    Mutant("resume-elsewhere", "resume", "a Link leads to no other origin", LINK, ".filter(|url| url.origin() == base.origin())", ".filter(|_| true)"),
    Mutant("resume-after-end", "resume", "nothing is asked once the task has ended", NEXT, "if self.task_ended {", "if self.task_ended && !self.resumable {"),
    Mutant("end-not-asked", "resume", "a clean end without a terminal event asks for the task's status", NEXT, "Ending::Clean if self.task_known => Next::AskTask,", ""),
    Mutant("end-not-believed", "resume", "a task that has ended ends the stream", FOLLOW, "status.is_some_and(|status| status.has_ended())", "status.is_some_and(|_| false)"),
    Mutant("interrupted-task", "resume", "the error of a stream names the task", FOLLOW, "record.task_id.clone_from(&buffer.task_id);", "record.task_id = None;"),
    Mutant("interrupted-place", "resume", "the error of a stream names the last event", FOLLOW, "record.last_event_id = buffer.last_id.as_deref().map(str::to_owned);", ""),
    # Redirects.
    Mutant("redirect-key", "paths", "another origin does not get the key", REDIRECT, "headers::remove_secrets(&mut next.headers);", ""),
    Mutant("redirect-get", "paths", "after 303 a GET is sent", REDIRECT, "StatusCode::SEE_OTHER => self.method != Method::HEAD", "StatusCode::SEE_OTHER => false"),
    Mutant("redirect-plain", "network", "from https to http nothing is followed", REDIRECT, 'self.url.scheme() == "https" && url.scheme() != "https"', "false"),
    Mutant("refused-again", "network", "what a server of HTTP/2 has not looked at is sent again", SEND, "const REFUSALS: usize = 2;", "const REFUSALS: usize = 0;"),
    # Time.
    Mutant("time-of-call", "timeouts", "the timeouts of a call go before the client's", CLIENT, "options.timeouts.unwrap_or(self.config.timeouts)", "self.config.timeouts"),
    Mutant("time-to-head", "timeouts", "silence before an answer ends at the read timeout", PROGRESS, "(timeouts.read, Broken::Silent)", "(timeouts.read.map(|limit| limit * 100), Broken::Silent)"),
    Mutant("time-to-write", "bodies", "a body that nobody takes ends at the write timeout", PROGRESS, "(timeouts.write, Broken::NotTaken)", "(timeouts.read, Broken::NotTaken)"),
    Mutant("time-of-pieces", "bodies", "each piece that is taken sets the clock anew", PROGRESS, "(state.unsent, state.since) = (state.unsent.saturating_sub(bytes), Instant::now());", "state.unsent = state.unsent.saturating_sub(bytes);"),
    Mutant("time-in-body", "timeouts", "silence inside an answer ends at the read timeout", BODY, "Some(limit) => tokio::time::timeout(limit, self.response.chunk())", "Some(limit) => tokio::time::timeout(limit * 100, self.response.chunk())"),
    Mutant("time-of-events", "timeouts", "pings do not count as events", CONNECTION, "match self.clocks.event {", "match self.clocks.event.map(|limit| limit * 100) {"),
    Mutant("time-for-connection", "network", "whoever waits for a connection waits as long as pool says", TRANSPORT, "self.places.take(request.timeouts.pool)", "self.places.take(request.timeouts.pool.map(|limit| limit * 100))"),
    # Connections.
    Mutant("streams-are-no-calls", "network", "open streams do not count among the calls under way", TRANSPORT, "place.is_of_stream();", ""),
    Mutant("streams-in-limit", "network", "a limit that was given is for open streams too", PLACES, "if !self.places.for_streams {", "{"),
]
