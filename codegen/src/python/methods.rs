//! `client.agent.tasks`: one method for each operation, sync and async.

use lightcone::operation::Input;

use super::module::{Module, hanging};
use super::{annotation, meaning};
use crate::model::{Answer, Api, Member, Operation};

/// What a method takes after its own parameters: a name, its declaration, its meaning.
type Extra = (&'static str, &'static str, &'static str);

/// What every method takes.
const PER_CALL: [Extra; 4] = [
    ("extra_headers", "Headers | None = None", "Headers for this call alone; a value of `omit` removes the header."),
    ("extra_query", "Query | None = None", "Query parameters for this call alone."),
    ("extra_body", "Body | None = None", "Members added to what is sent, which is a JSON body as a rule; they win over the arguments."),
    (
        "timeout",
        "float | TimeoutLike | None | NotGiven = not_given",
        "How long to wait, in seconds or as a `Timeout`; None waits for ever. Default: the client's own.",
    ),
];

/// What every method takes that follows a stream.
const PER_STREAM: Extra = (
    "event_timeout",
    "float | None | NotGiven = not_given",
    "How long to wait for each next event although the server shows that it is there, in seconds; None waits for ever. Default: the \
     client's own.",
);

/// What `run` takes.
const ON_EVENT: Extra = (
    "on_event",
    "Callable[[TaskEvent], object] | None = None",
    "Called with each event as it comes. What it raises ends the call; the task goes on.",
);

/// The same where it may be a coroutine.
const ON_EVENT_ASYNC: Extra = (
    "on_event",
    "Callable[[TaskEvent], Awaitable[object] | object] | None = None",
    "Called with each event as it comes, and awaited if it is a coroutine. What it raises ends the call; the task goes on.",
);

/// The module with both classes.
pub(super) fn tasks(api: &Api) -> Module {
    let mut out = Module::with_lazy_types("`client.agent.tasks`, sync and async.");
    ["AsyncResource", "SyncResource"].iter().for_each(|name| out.import(".._resource", name));
    ["not_given", "omit"].iter().for_each(|name| out.import(".._types", name));
    ["AsyncPage", "Page"].iter().for_each(|name| out.import_lazily(".._pages", name));
    ["AsyncStream", "Stream"].iter().for_each(|name| out.import_lazily(".._streaming", name));
    ["Body", "Headers", "NotGiven", "Omit", "Query"].iter().for_each(|name| out.import_lazily(".._types", name));
    out.import_lazily(".._timeout", "TimeoutLike");
    out.import_lazily(".events", "TaskEvent");
    out.import(".._process", "cached_property");
    ["Awaitable", "Callable"].iter().for_each(|name| out.import_lazily("typing", name));
    api.responses.iter().chain([&api.outcome]).for_each(|record| out.import_lazily(".models", &record.name));
    for (name, base, is_async) in [("Tasks", "SyncResource", false), ("AsyncTasks", "AsyncResource", true)] {
        out.class(name, base, "Agent tasks: start them, follow them, steer them.");
        for operation in api.operations.iter().chain(&api.composites) {
            out.lines.gap();
            method(&mut out, api, operation, is_async);
        }
        for (form, kind, doc) in FORMS {
            out.lines.gap();
            out.lines.lines(4, ["@cached_property", format!("def with_{kind}_response(self) -> {}:", view(name, kind)).as_str()]);
            out.docstring(8, doc, &[]);
            out.lines.line(8, format!("from .raw import {}", view(name, kind)));
            out.lines.lines(0, ["", format!("        return {}({name}(self._client, {form:?}))", view(name, kind)).as_str()]);
            out.import_lazily(".raw", &view(name, kind));
        }
    }
    out
}

/// The forms in which an answer comes as it came: what the package calls it, how its methods are named, what it is.
const FORMS: [(&str, &str, &str); 2] = [
    ("raw", "raw", "The same methods; each gives its answer as it came, with its content in it."),
    ("stream", "streaming", "The same methods; each is a context manager of its answer, the body unread."),
];

/// The class that has the same methods with answers as they came.
fn view(name: &str, kind: &str) -> String {
    format!("{name}With{}Response", if kind == "raw" { "Raw" } else { "Streaming" })
}

/// The module with the same methods for answers as they came. What is made of several answers is not among them.
pub(super) fn raw(api: &Api) -> Module {
    let mut out = Module::with_lazy_types("`client.agent.tasks` with answers as they came.");
    for (name, suffix) in [("Tasks", ""), ("AsyncTasks", "_async")] {
        out.import_lazily(".tasks", name);
        for ((_, kind, _), wrapper) in FORMS.into_iter().zip(["raw", "streamed"]) {
            let wrapper = format!("{wrapper}{suffix}");
            out.import(".._raw", &wrapper);
            out.plain_class(&view(name, kind), &format!("The methods of `{name}` with answers as they came."));
            out.lines.lines(0, ["", format!("    def __init__(self, tasks: {name}) -> None:").as_str()]);
            for operation in &api.operations {
                out.lines.line(8, format!("self.{0} = {wrapper}(tasks.{0})", operation.row.name));
            }
        }
    }
    out
}

fn method(out: &mut Module, api: &Api, operation: &Operation, is_async: bool) {
    let (def, wait, prefix) = if is_async { ("async def", "await ", "Async") } else { ("def", "", "") };
    let name = operation.row.name;
    let members: &[Member] = operation.params(api).map_or(&[], |record| &record.members);
    // The client goes by these itself: nothing is sent, and a limit of its own takes the place of the call's.
    let is_clients = matches!(operation.row.input, Input::Client(_));
    let (call, answer, model) = match &operation.answer {
        Answer::Object(name) => ("_unary", name.clone(), Some(name.as_str())),
        Answer::Page(name) => ("_page", format!("{prefix}Page[{name}]"), Some(name.as_str())),
        Answer::Events => ("_stream", format!("{prefix}Stream[TaskEvent]"), None),
        Answer::Outcome if is_clients => ("_wait", api.outcome.name.clone(), Some(api.outcome.name.as_str())),
        Answer::Outcome => ("_run", api.outcome.name.clone(), None),
    };
    let passed: Vec<Extra> = match call {
        "_stream" => PER_CALL.into_iter().chain([PER_STREAM]).collect(),
        "_run" => [if is_async { ON_EVENT_ASYNC } else { ON_EVENT }].into_iter().chain(PER_CALL).chain([PER_STREAM]).collect(),
        _ => PER_CALL.to_vec(),
    };
    let is_taken = |(name, ..): &&Extra| !is_clients || !["extra_body", "timeout"].contains(name);
    let extras: Vec<Extra> = passed.iter().filter(is_taken).copied().collect();

    out.lines.lines(4, [format!("{def} {name}(").as_str(), "    self,"]);
    if operation.row.takes_id() {
        out.lines.line(8, "id: str,");
    }
    out.lines.line(8, "*,");
    for member in members {
        let type_ = annotation(out, &member.type_);
        let declared = match (member.required, is_clients) {
            (true, _) => type_,
            (false, true) => format!("{type_} | None = None"),
            (false, false) => format!("{type_} | None | Omit = omit"),
        };
        out.lines.line(8, format!("{}: {declared},", member.name));
    }
    extras.iter().for_each(|(name, declared, _)| out.lines.line(8, format!("{name}: {declared},")));
    out.lines.line(4, format!(") -> {answer}:"));
    out.docstring(8, operation.row.doc, &sections(api, operation, members, &extras, is_async));

    // The declaration tells type checkers what `_unary`, which serves every operation, cannot, nor what stands on it.
    let is_any = ["_unary", "_wait"].contains(&call);
    out.lines.line(8, if is_any { format!("result: {answer} = {wait}self.{call}(") } else { format!("return {wait}self.{call}(") });
    out.lines.line(12, format!("{name:?},"));
    out.lines.line(12, if operation.row.takes_id() { "id," } else { "None," });
    if operation.params.is_some() {
        out.lines.line(12, "{");
        members.iter().for_each(|member| out.lines.line(16, format!("\"{0}\": {0},", member.name)));
        out.lines.line(12, "},");
    } else {
        out.lines.line(12, "None,");
    }
    if let Some(model) = model {
        out.lines.line(12, format!("{model:?},"));
    }
    for extra in &passed {
        let value = match extra.0 {
            _ if is_taken(&extra) => extra.0,
            "timeout" => "not_given",
            _ => "None",
        };
        out.lines.line(12, format!("{value},"));
    }
    out.lines.line(8, ")");
    if is_any {
        out.lines.line(8, "return result");
    }
}

/// What a method's docstring says of its parameters, its answer and its exceptions.
fn sections(api: &Api, operation: &Operation, members: &[Member], extras: &[Extra], is_async: bool) -> Vec<String> {
    let mut lines = vec!["Args:".to_owned()];
    let id = operation.row.takes_id().then(|| ("id", "The task's id.".to_owned()));
    let own = members.iter().map(|member| (member.name.as_str(), meaning(member)));
    let extras = extras.iter().map(|(name, _, doc)| (*name, (*doc).to_owned()));
    for (name, doc) in id.into_iter().chain(own).chain(extras) {
        hanging(&mut lines, &format!("{name}: {doc}"));
    }
    lines.extend([String::new(), "Returns:".to_owned()]);
    let each = if is_async { "`async for`" } else { "`for`" };
    let returns = match &operation.answer {
        Answer::Object(_) => operation.response(api).map_or_else(String::new, |record| record.doc.clone()),
        Answer::Page(_) => format!("The first page; {each} goes through its items and those of all pages after it."),
        Answer::Events => format!("The task's events, to be iterated with {each}."),
        Answer::Outcome => format!("{} `raise_for_status()` raises TaskFailedError unless it was completed.", api.outcome.doc),
    };
    hanging(&mut lines, &returns);
    lines.extend([String::new(), "Raises:".to_owned()]);
    if operation.row.takes_id() {
        hanging(&mut lines, "ValueError: `id` is empty, `.` or `..`.");
    }
    if !operation.row.everywhere {
        hanging(&mut lines, "NotSupportedError: The server has no such operation; the hosted service has none.");
    }
    hanging(&mut lines, "APIStatusError: The server says no; the subclass tells which HTTP status it said.");
    let late = match operation.row.input {
        Input::Client(_) => "APITimeoutError: The task had not ended after `timeout` seconds; the error names the task.",
        _ => "APITimeoutError: Nothing came for as long as the timeout allows.",
    };
    hanging(&mut lines, late);
    hanging(&mut lines, "APIConnectionError: The server could not be reached, or the connection broke.");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_sends_what_it_takes_in_its_order() {
        let outputs = super::super::render(&Api::of_core().unwrap());
        let tasks = &outputs.iter().find(|output| output.path.ends_with("/tasks.py")).unwrap().text;
        let inject = tasks.split("def inject_message(").nth(1).unwrap().split("def ").next().unwrap();
        let (signature, body) = inject.split_once("-> TaskInjectMessageResponse:").unwrap();
        let words: Vec<&str> = signature.split_whitespace().take(6).collect();
        assert_eq!(words, ["self,", "id:", "str,", "*,", "message:", "str,"]);
        assert!(body.contains("\"inject_message\",\n            id,\n            {\n                \"message\": message,\n"), "{body}");
        assert!(tasks.contains("return await self._stream(\n            \"start_stream\",\n            None,\n"));
    }

    #[test]
    fn what_the_client_goes_by_is_declared_once() {
        let text = tasks(&Api::of_core().unwrap()).finish();
        let wait = text.split("def wait(").nth(1).unwrap().split("def ").next().unwrap();
        let (signature, body) = wait.split_once("-> TaskResult:").unwrap();
        assert_eq!(signature.matches("timeout: ").count(), 1, "{signature}");
        assert!(
            !signature.contains("extra_body")
                && body.ends_with("            None,\n            not_given,\n        )\n        return result\n\n    "),
            "{body}"
        );
        let run = text.split("async def run(").nth(1).unwrap();
        assert!(run.contains("        on_event: Callable[[TaskEvent], Awaitable[object] | object] | None = None,\n"));
        assert!(run.contains("return await self._run(\n            \"run\",\n            None,\n"));
    }
}
