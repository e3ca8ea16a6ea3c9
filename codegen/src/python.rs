//! The Python package's generated modules, for Python 3.9 and up.

use lightcone::{ERRORS, ErrorKind};

use crate::files::Output;
use crate::model::{Answer, Api, Event, Member, Operation, Record, Type};
use crate::text::wrap;
use module::{Module, WIDTH, hanging};

mod module;

/// Where the modules lie.
pub(crate) const FOLDER: &str = "bindings-python/tzafon/_generated";

/// Every module.
pub(crate) fn render(api: &Api) -> Vec<Output> {
    let modules = [
        ("__init__", Module::new("What the package shares with the core, written from the core's own types.")),
        ("params", params(api)),
        ("models", models(api)),
        ("events", events(api)),
        ("errors", errors()),
        ("operations", operations(api)),
        ("tasks", tasks(api)),
        ("raw", raw(api)),
    ];
    modules.into_iter().map(|(name, module)| Output { path: format!("{FOLDER}/{name}.py"), text: module.finish() }).collect()
}

fn params(api: &Api) -> Module {
    let mut out = Module::new("What the operations take, for annotations of your own.");
    for record in api.parts.iter().chain(&api.params) {
        typed_dict(&mut out, record, None);
    }
    for (own, name) in api.params_aliases() {
        out.export(&own);
        out.lines.lines(0, ["", "", format!("{own} = {name}").as_str()]);
    }
    out
}

fn models(api: &Api) -> Module {
    let mut out = Module::new("What the operations answer.");
    out.import(".._models", "BaseModel");
    for record in &api.responses {
        out.class(&record.name, "BaseModel", &record.doc);
        for member in &record.members {
            let type_ = annotation(&mut out, &member.type_);
            let declared = if member.required { type_ } else { format!("{}[{type_}] = None", out.typing("Optional")) };
            attribute(&mut out, member, &declared);
        }
    }
    out
}

fn events(api: &Api) -> Module {
    let mut out = Module::new("The events of a task's stream, as types for plain dicts.");
    for Event { wire, record, .. } in &api.events {
        typed_dict(&mut out, record, Some(wire));
    }
    out.class("UnknownEvent", "TypedDict, total=False", "An event of any other type, with any members.");
    out.lines.lines(0, ["", "    type: Required[Literal[\"<other>\"]]"]);
    let placeholder = "Stands for every type that is not known here; no event really says `<other>`. Type checkers narrow a union by \
        a key only where the key has a literal type in every member: a plain `str` here would end all narrowing by \
        `event[\"type\"] == \"completed\"`. To look for a type that is not known here, compare `str(event[\"type\"])`.";
    out.docstring(4, placeholder, &[]);

    let union = out.typing("Union");
    out.lines.lines(0, ["", "", format!("TaskEvent = {union}[").as_str()]);
    for name in api.events.iter().map(|event| event.record.name.as_str()).chain(["UnknownEvent"]) {
        out.lines.line(4, format!("{name},"));
    }
    out.lines.line(0, "]");
    let doc = "One event. Compare `event[\"type\"]` to learn which; read other members with `event.get(...)`, for a server may \
        leave any of them out.";
    out.docstring(0, doc, &[]);
    out.export("TaskEvent");
    for alias in api.stream_aliases() {
        out.lines.lines(0, ["", format!("{alias} = TaskEvent").as_str()]);
        out.export(&alias);
    }
    out.lines.lines(0, ["", "TERMINAL_TYPES: frozenset[str] = frozenset(", "    {"]);
    api.events.iter().filter(|event| event.terminal).for_each(|event| out.lines.line(8, format!("{:?},", event.wire)));
    out.lines.lines(0, ["    }", ")"]);
    out.docstring(0, "The types after which a task has ended.", &[]);
    out.export("TERMINAL_TYPES");
    out
}

fn errors() -> Module {
    let mut out = Module::new("Which exception stands for which kind of error.");
    table(&mut out, "CLASS_BY_KIND", "str");
    for row in ERRORS {
        // What is wrong with an argument is a ValueError in Python.
        let class = if row.kind == ErrorKind::InvalidArgument { "ValueError" } else { row.class };
        out.lines.lines(4, wrap(row.doc, WIDTH - 6).iter().map(|line| format!("# {line}")));
        out.lines.line(4, format!("{:?}: {class:?},", row.kind.as_str()));
    }
    out.lines.line(0, "}");
    out.docstring(0, "The name of the exception for each kind that the core tells apart.", &[]);

    table(&mut out, "KIND_BY_STATUS", "int");
    for row in ERRORS {
        if let Some(status) = row.status {
            out.lines.line(4, format!("{status}: {:?},", row.kind.as_str()));
        }
    }
    out.lines.line(0, "}");
    let (server, other) = (ErrorKind::InternalServer, ErrorKind::Status);
    let rest = format!("The kind for each HTTP status that has one of its own. Any other is `{server}` from 500 on, else `{other}`.");
    out.docstring(0, &rest, &[]);
    out
}

fn operations(api: &Api) -> Module {
    let mut out = Module::new("What the client must know of the operations before it calls one.");
    table(&mut out, "METHODS", "str");
    for Operation { row, .. } in &api.operations {
        out.lines.line(4, format!("{:?}: {:?},", row.name, row.method.as_str()));
    }
    out.lines.line(0, "}");
    out.docstring(0, "The HTTP method of each.", &[]);
    out
}

/// The first line of a table, which is exported.
fn table(out: &mut Module, name: &str, key: &str) {
    out.lines.lines(0, ["", format!("{name}: dict[{key}, str] = {{").as_str()]);
    out.export(name);
}

/// What every method takes after its own parameters.
const PER_CALL: [(&str, &str, &str); 4] = [
    ("extra_headers", "Headers | None = None", "Headers for this call alone; a value of `omit` removes the header."),
    ("extra_query", "Query | None = None", "Query parameters for this call alone."),
    ("extra_body", "Body | None = None", "Members added to what is sent, which is a JSON body as a rule; they win over the arguments."),
    (
        "timeout",
        "float | TimeoutLike | None | NotGiven = not_given",
        "How long to wait, in seconds or as a `Timeout`; None waits for ever. Default: the client's own.",
    ),
];

fn tasks(api: &Api) -> Module {
    let mut out = Module::with_lazy_types("`client.agent.tasks`, sync and async.");
    ["AsyncResource", "SyncResource"].iter().for_each(|name| out.import(".._resource", name));
    ["not_given", "omit"].iter().for_each(|name| out.import(".._types", name));
    ["AsyncPage", "Page"].iter().for_each(|name| out.import_lazily(".._pages", name));
    ["AsyncStream", "Stream"].iter().for_each(|name| out.import_lazily(".._streaming", name));
    ["Body", "Headers", "NotGiven", "Omit", "Query"].iter().for_each(|name| out.import_lazily(".._types", name));
    out.import_lazily(".._timeout", "TimeoutLike");
    out.import_lazily(".events", "TaskEvent");
    out.import("functools", "cached_property");
    api.responses.iter().for_each(|record| out.import_lazily(".models", &record.name));
    for (name, base, is_async) in [("Tasks", "SyncResource", false), ("AsyncTasks", "AsyncResource", true)] {
        out.class(name, base, "Agent tasks: start them, follow them, steer them.");
        for operation in &api.operations {
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

fn raw(api: &Api) -> Module {
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
    let record = operation.response(api);
    let (call, answer) = match &operation.answer {
        Answer::Object(name) => ("_unary", name.clone()),
        Answer::Page(name) => ("_page", format!("{prefix}Page[{name}]")),
        Answer::Events => ("_stream", format!("{prefix}Stream[TaskEvent]")),
    };

    out.lines.lines(4, [format!("{def} {name}(").as_str(), "    self,"]);
    if operation.row.takes_id() {
        out.lines.line(8, "id: str,");
    }
    out.lines.line(8, "*,");
    for member in members {
        let type_ = annotation(out, &member.type_);
        let declared = if member.required { type_ } else { format!("{type_} | None | Omit = omit") };
        out.lines.line(8, format!("{}: {declared},", member.name));
    }
    PER_CALL.iter().for_each(|(name, declared, _)| out.lines.line(8, format!("{name}: {declared},")));
    out.lines.line(4, format!(") -> {answer}:"));
    out.docstring(8, operation.row.doc, &sections(operation, members, record, is_async));

    // The declaration tells type checkers what `_unary`, which serves every operation, cannot.
    let is_object = matches!(operation.answer, Answer::Object(_));
    out.lines.line(8, if is_object { format!("result: {answer} = {wait}self.{call}(") } else { format!("return {wait}self.{call}(") });
    out.lines.line(12, format!("{name:?},"));
    out.lines.line(12, if operation.row.takes_id() { "id," } else { "None," });
    if operation.params.is_some() {
        out.lines.line(12, "{");
        members.iter().for_each(|member| out.lines.line(16, format!("\"{0}\": {0},", member.name)));
        out.lines.line(12, "},");
    } else {
        out.lines.line(12, "None,");
    }
    if let Some(record) = record {
        out.lines.line(12, format!("{:?},", record.name));
    }
    PER_CALL.iter().for_each(|(name, _, _)| out.lines.line(12, format!("{name},")));
    out.lines.line(8, ")");
    if is_object {
        out.lines.line(8, "return result");
    }
}

/// What a method's docstring says of its parameters, its answer and its exceptions.
fn sections(operation: &Operation, members: &[Member], record: Option<&Record>, is_async: bool) -> Vec<String> {
    let mut lines = vec!["Args:".to_owned()];
    let id = operation.row.takes_id().then(|| ("id", "The task's id.".to_owned()));
    let own = members.iter().map(|member| (member.name.as_str(), meaning(member)));
    let per_call = PER_CALL.iter().map(|(name, _, doc)| (*name, (*doc).to_owned()));
    for (name, doc) in id.into_iter().chain(own).chain(per_call) {
        hanging(&mut lines, &format!("{name}: {doc}"));
    }
    lines.extend([String::new(), "Returns:".to_owned()]);
    let each = if is_async { "`async for`" } else { "`for`" };
    let returns = match (&operation.answer, record) {
        (Answer::Object(_), record) => record.map_or_else(String::new, |record| record.doc.clone()),
        (Answer::Page(_), _) => format!("The first page; {each} goes through its items and those of all pages after it."),
        (Answer::Events, _) => format!("The task's events, to be iterated with {each}."),
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
    hanging(&mut lines, "APITimeoutError: Nothing came for as long as the timeout allows.");
    hanging(&mut lines, "APIConnectionError: The server could not be reached, or the connection broke.");
    lines
}

/// A TypedDict of a record; with `wire`, of an event of that type.
fn typed_dict(out: &mut Module, record: &Record, wire: Option<&str>) {
    for name in ["Required", "TypedDict"] {
        out.import("typing_extensions", name);
    }
    out.class(&record.name, "TypedDict, total=False", &record.doc);
    if let Some(wire) = wire {
        let literal = out.typing("Literal");
        out.lines.lines(0, ["", format!("    type: Required[{literal}[{wire:?}]]").as_str()]);
    }
    for member in &record.members {
        let wrapper = if member.required { "Required" } else { out.typing("Optional") };
        let declared = format!("{wrapper}[{}]", annotation(out, &member.type_));
        attribute(out, member, &declared);
    }
}

fn attribute(out: &mut Module, member: &Member, declared: &str) {
    out.lines.gap();
    out.lines.line(4, format!("{}: {declared}", member.name));
    out.docstring(4, &meaning(member), &[]);
}

/// What a member means, with the values it may have.
fn meaning(member: &Member) -> String {
    let mut doc = member.doc.clone();
    if let Type::OpenEnum(choices) = &member.type_ {
        choices.iter().for_each(|choice| doc.push_str(&format!(" `{}`: {}", choice.value, choice.doc)));
    }
    doc
}

/// The type as an annotation, which Python 3.9 can evaluate unless only type checkers read it.
fn annotation(out: &mut Module, type_: &Type) -> String {
    match type_ {
        Type::String => "str".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Any => out.typing("Any").to_owned(),
        Type::Record(name) => {
            out.refer(".params", name);
            name.clone()
        }
        Type::List(item) => format!("{}[{}]", out.typing("Iterable"), annotation(out, item)),
        Type::Map(value) => format!("dict[str, {}]", annotation(out, value)),
        Type::OpenEnum(choices) => {
            let values: Vec<String> = choices.iter().map(|choice| format!("{:?}", choice.value)).collect();
            let literal = format!("{}[{}]", out.typing("Literal"), values.join(", "));
            if out.lazy_types() { format!("{literal} | str") } else { format!("{}[{literal}, str]", out.typing("Union")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What Python's own parser says of every module: the names it imports, and those it uses.
    const CHECK: &str = r"
import ast, sys
for path in sys.argv[1:]:
    tree = ast.parse(open(path, encoding='utf-8').read(), path, feature_version=(3, 9))
    compile(tree, path, 'exec')
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names} - {'annotations'}
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    defined = {n.name for n in tree.body if isinstance(n, ast.ClassDef)} | {
        t.id for n in ast.walk(tree) for t in getattr(n, 'targets', [getattr(n, 'target', None)]) if isinstance(t, ast.Name)}
    arguments = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    builtin = set(dir(__builtins__))
    assert not imported - used, (path, 'imported and not used', imported - used)
    assert not used - imported - defined - arguments - builtin, (path, 'used and not imported', used - imported - defined - arguments - builtin)
    exported = [e.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == '__all__' for e in n.value.elts]
    assert set(exported) == defined - {'__all__'} - {t for t in defined if t.islower()}, (path, exported, defined)
";

    #[test]
    fn python_can_read_every_module() {
        let folder = tempfile::tempdir().unwrap();
        let mut python = Command::new("python3");
        python.args(["-c", CHECK]);
        for output in render(&Api::of_core().unwrap()) {
            let path = folder.path().join(output.path.rsplit('/').next().unwrap());
            std::fs::write(&path, output.text).unwrap();
            python.arg(path);
        }
        let run = python.output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }

    #[test]
    fn a_method_sends_what_it_takes_in_its_order() {
        let outputs = render(&Api::of_core().unwrap());
        let tasks = &outputs.iter().find(|output| output.path.ends_with("/tasks.py")).unwrap().text;
        let inject = tasks.split("def inject_message(").nth(1).unwrap().split("def ").next().unwrap();
        let (signature, body) = inject.split_once("-> TaskInjectMessageResponse:").unwrap();
        let words: Vec<&str> = signature.split_whitespace().take(6).collect();
        assert_eq!(words, ["self,", "id:", "str,", "*,", "message:", "str,"]);
        assert!(body.contains("\"inject_message\",\n            id,\n            {\n                \"message\": message,\n"), "{body}");
        assert!(tasks.contains("return await self._stream(\n            \"start_stream\",\n            None,\n"));
    }

    #[test]
    fn every_kind_of_error_has_its_class() {
        let text = errors().finish();
        assert!(text.contains("\"invalid_argument\": \"ValueError\","));
        assert!(text.contains("\"timeout\": \"APITimeoutError\","));
        assert!(text.contains("429: \"rate_limit\","));
    }
}
