//! The Python package's generated modules, for Python 3.9 and up.

use lightcone::{ERRORS, ErrorKind};

use crate::files::Output;
use crate::model::{Api, Event, Member, Operation, Record, Type};
use crate::text::wrap;
use module::{Module, WIDTH};

mod methods;
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
        ("tasks", methods::tasks(api)),
        ("raw", methods::raw(api)),
    ];
    modules.into_iter().map(|(name, module)| Output { path: format!("{FOLDER}/{name}.py"), text: module.finish() }).collect()
}

fn params(api: &Api) -> Module {
    let mut out = Module::new("What the operations take, for annotations of your own.");
    for record in api.param_parts.iter().chain(&api.params) {
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
    ["BaseModel", "Outcome"].iter().for_each(|name| out.import(".._models", name));
    let responses = api.response_parts.iter().chain(&api.responses).map(|record| (record, "BaseModel"));
    for (record, base) in responses.chain([(&api.outcome, "Outcome")]) {
        out.class(&record.name, base, &record.doc);
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
    let doc = "One event. Compare `event[\"type\"]` to learn which; read members that are not required with `event.get(...)`, for \
        a server may leave them out.";
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
    for Operation { row, .. } in api.operations.iter().chain(&api.composites) {
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
    fn every_kind_of_error_has_its_class() {
        let text = errors().finish();
        assert!(text.contains("\"invalid_argument\": \"ValueError\","));
        assert!(text.contains("\"timeout\": \"APITimeoutError\","));
        assert!(text.contains("429: \"rate_limit\","));
    }
}
