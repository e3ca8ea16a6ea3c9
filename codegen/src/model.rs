//! What everything is rendered from: the core's table of operations, types and
//! errors as plain records with the names that the bindings give them.

use lightcone::operation::{self, COMPOSITES, Input, OPERATIONS};
use lightcone::tasks;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::text::pascal;

/// All there is to render.
#[derive(Debug)]
pub(crate) struct Api {
    /// In the order of the core's table.
    pub(crate) operations: Vec<Operation>,
    /// What the client makes of several operations.
    pub(crate) composites: Vec<Operation>,
    /// What parameters are made of; they come first in a file.
    pub(crate) param_parts: Vec<Record>,
    /// The same for what is answered.
    pub(crate) response_parts: Vec<Record>,
    /// What operations take.
    pub(crate) params: Vec<Record>,
    /// What composites take that the client itself goes by.
    pub(crate) client_params: Vec<Record>,
    /// What operations answer.
    pub(crate) responses: Vec<Record>,
    /// How a task ended, which composites answer.
    pub(crate) outcome: Record,
    /// The known events of a task's stream.
    pub(crate) events: Vec<Event>,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its row in the core's table.
    pub(crate) row: &'static operation::Operation,
    /// The type it takes, if any.
    pub(crate) params: Option<String>,
    /// What it answers.
    pub(crate) answer: Answer,
}

/// What an operation answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// One JSON object of the named type.
    Object(String),
    /// A page of a list with items of the named type.
    Page(String),
    /// A stream of events.
    Events,
    /// How a task ended.
    Outcome,
}

/// An object with known members. Others may come and go with it.
#[derive(Debug)]
pub(crate) struct Record {
    /// Its public name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) doc: String,
    /// In the order of the declaration, which is their order on the wire.
    pub(crate) members: Vec<Member>,
}

/// A member of a [`Record`].
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name on the wire and in every language.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) type_: Type,
    /// Always there and never null; else it may be left out or be null.
    pub(crate) required: bool,
    /// What it means, with its unit and default.
    pub(crate) doc: String,
}

/// A known event.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its `type` on the wire.
    pub(crate) wire: &'static str,
    /// Whether the task has ended with it.
    pub(crate) terminal: bool,
    /// Its other members.
    pub(crate) record: Record,
}

/// What a member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Text.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Any JSON value.
    Any,
    /// Text of which some values have a meaning and others are allowed.
    OpenEnum(Vec<Choice>),
    /// A list.
    List(Box<Type>),
    /// An object of which only the values' type is known.
    Map(Box<Type>),
    /// The [`Record`] of that name.
    Record(String),
}

/// A known value of an [`Type::OpenEnum`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The value.
    pub(crate) value: String,
    /// What it means.
    pub(crate) doc: String,
}

/// The types that the table names, by their Rust names.
macro_rules! named {
    ($($name:ident),* $(,)?) => {
        fn named(name: &str, generator: &mut SchemaGenerator) -> Result<Schema, String> {
            match name {
                $( stringify!($name) => Ok(tasks::$name::json_schema(generator)), )*
                _ => Err(format!("The core's table of operations names the type `{name}`; add it to `named!` in codegen/src/model.rs.")),
            }
        }
    };
}

named!(
    StartParams,
    InjectMessageParams,
    ListParams,
    EventsParams,
    WaitParams,
    TaskResult,
    StartResponse,
    RetrieveStatusResponse,
    InjectMessageResponse,
    PauseResponse,
    ResumeResponse,
    CancelResponse,
);

impl Api {
    /// Reads the core.
    pub(crate) fn of_core() -> Result<Self, String> {
        let mut generator = SchemaGenerator::default();
        let (mut params, mut client_params, mut responses) = (Vec::new(), Vec::new(), Vec::new());
        let mut operation = |row: &'static operation::Operation| {
            let taken = match row.input {
                Input::None => None,
                Input::Body(name) | Input::Query(name) | Input::Headers(name) => Some(add(&mut params, name, &mut generator)?),
                Input::Client(name) => Some(add(&mut client_params, name, &mut generator)?),
            };
            let answer = match row.answer {
                operation::Answer::Events => Answer::Events,
                operation::Answer::Outcome => Answer::Outcome,
                operation::Answer::Object(name) => Answer::Object(add(&mut responses, name, &mut generator)?),
                operation::Answer::Page(name) => Answer::Page(add(&mut responses, name, &mut generator)?),
            };
            Ok::<_, String>(Operation { row, params: taken, answer })
        };
        let operations = OPERATIONS.iter().map(&mut operation).collect::<Result<_, _>>()?;
        let composites = COMPOSITES.iter().map(&mut operation).collect::<Result<_, _>>()?;
        let outcome = record("TaskResult".to_owned(), named("TaskResult", &mut generator)?.as_value())?;
        let event = |schema: tasks::EventSchema| {
            let name = format!("{}Event", schema.name.trim_end_matches("Event"));
            let record = record(name, schema.schema.as_value())?;
            Ok(Event { wire: schema.wire, terminal: tasks::TERMINAL.contains(&schema.wire), record })
        };
        let events = tasks::event_schemas(&mut generator).into_iter().map(event).collect::<Result<_, String>>()?;
        let parts = generator.definitions().iter().map(|(name, schema)| record(name.clone(), schema));
        let parts = parts.collect::<Result<Vec<_>, _>>()?.into_iter();
        let (response_parts, param_parts) = parts.partition(|part| responses.iter().any(|response| response.has(&part.name)));
        Ok(Self { operations, composites, param_parts, response_parts, params, client_params, responses, outcome, events })
    }

    /// Second names, so that every operation has types called after it: `TaskStartStreamParams`.
    pub(crate) fn params_aliases(&self) -> Vec<(String, &str)> {
        let named = |operation: &Operation| Some((operation.own_name("Params"), operation.params.as_deref()?.to_owned()));
        let aliases = self.operations.iter().filter_map(named).filter(|(own, name)| own != name);
        aliases.filter_map(|(own, name)| Some((own, self.params.iter().find(|record| record.name == name)?.name.as_str()))).collect()
    }

    /// The same for what the operations with a stream answer.
    pub(crate) fn stream_aliases(&self) -> Vec<String> {
        let streams = self.operations.iter().filter(|operation| operation.answer == Answer::Events);
        streams.map(|operation| operation.own_name("Response")).collect()
    }
}

impl Operation {
    /// The type it takes, out of all.
    pub(crate) fn params<'a>(&self, api: &'a Api) -> Option<&'a Record> {
        let name = self.params.as_deref()?;
        api.params.iter().chain(&api.client_params).find(|record| record.name == name)
    }

    /// The type of its answer, or of the items of its answer, out of all.
    pub(crate) fn response<'a>(&self, api: &'a Api) -> Option<&'a Record> {
        match &self.answer {
            Answer::Object(name) | Answer::Page(name) => api.responses.iter().find(|record| record.name == *name),
            Answer::Events | Answer::Outcome => None,
        }
    }

    /// The name of a type of its own: `TaskStartStreamParams`.
    pub(crate) fn own_name(&self, suffix: &str) -> String {
        format!("Task{}{suffix}", pascal(self.row.name))
    }
}

impl Record {
    /// Whether a member is of the record of that name.
    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.type_ == Type::Record(name.to_owned()))
    }
}

/// The public name of a type of the table, which is put into `records` if it is new there.
fn add(records: &mut Vec<Record>, name: &str, generator: &mut SchemaGenerator) -> Result<String, String> {
    let public = format!("Task{name}");
    if !records.iter().any(|record| record.name == public) {
        records.push(record(public.clone(), named(name, generator)?.as_value())?);
    }
    Ok(public)
}

fn record(name: String, schema: &Value) -> Result<Record, String> {
    let listed = |member: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|names| names.iter().any(|name| name == member))
    };
    // An object without members of its own has no `properties` at all.
    let properties = schema.get("properties").and_then(Value::as_object);
    let member = |(member, schema): (&String, &Value)| {
        let (type_, nullable) = type_of(schema).map_err(|fault| format!("{name}.{member}: {fault}"))?;
        let required = !nullable && (listed(member) || type_ != Type::Any);
        Ok(Member { name: member.clone(), type_, required, doc: doc(schema) })
    };
    let members = properties.into_iter().flatten().map(member).collect::<Result<_, String>>()?;
    Ok(Record { doc: doc(schema), members, name })
}

fn doc(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The type that a schema describes, and whether null will do as well.
fn type_of(schema: &Value) -> Result<(Type, bool), String> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return Ok((Type::Record(name.to_owned()), false));
    }
    // What is optional and has a name of its own.
    if let Some([type_, null]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
        && null.get("type").is_some_and(|name| name == "null")
    {
        return Ok((type_of(type_)?.0, true));
    }
    let names: Vec<&str> = match schema.get("type") {
        None => return Ok((Type::Any, false)),
        Some(Value::String(name)) => vec![name],
        Some(other) => other.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let nullable = names.contains(&"null");
    let inner = |key: &str| match schema.get(key) {
        Some(schema) if schema.is_object() => type_of(schema).map(|(type_, _)| Box::new(type_)),
        _ => Ok(Box::new(Type::Any)),
    };
    let type_ = match names.iter().find(|name| **name != "null") {
        Some(&"string") => choices(schema)?.map_or(Type::String, Type::OpenEnum),
        Some(&"integer") => Type::Integer,
        Some(&"number") => Type::Number,
        Some(&"boolean") => Type::Boolean,
        Some(&"array") => Type::List(inner("items")?),
        Some(&"object") => Type::Map(inner("additionalProperties")?),
        _ => return Err(format!("no type of the generator's fits {schema}")),
    };
    Ok((type_, nullable))
}

/// The values of an enum with their meanings.
fn choices(schema: &Value) -> Result<Option<Vec<Choice>>, String> {
    let Some(values) = schema.get("enum").and_then(Value::as_array) else { return Ok(None) };
    if schema.get("x-open") != Some(&Value::Bool(true)) {
        return Err("an enum that is not open; declare it with `open_enum!`".to_owned());
    }
    let docs = schema.get("x-values").and_then(Value::as_array).into_iter().flatten();
    let choice = |(value, doc): (&str, &Value)| Choice { value: value.to_owned(), doc: doc.as_str().unwrap_or_default().trim().to_owned() };
    Ok(Some(values.iter().filter_map(Value::as_str).zip(docs).map(choice).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn api() -> Api {
        Api::of_core().unwrap()
    }

    fn member<'a>(records: &'a [Record], record: &str, member: &str) -> &'a Member {
        records.iter().find(|r| r.name == record).unwrap().members.iter().find(|m| m.name == member).unwrap()
    }

    #[test]
    fn every_row_of_the_table_is_there_once() {
        let api = api();
        let names: Vec<&str> = api.operations.iter().map(|operation| operation.row.name).collect();
        assert_eq!(names, OPERATIONS.iter().map(|row| row.name).collect::<Vec<_>>());
        assert_eq!(api.operations[1].params.as_deref(), Some("TaskStartParams"));
        assert_eq!(api.operations[1].answer, Answer::Events);
        assert_eq!(api.operations[2].answer, Answer::Object("TaskRetrieveStatusResponse".into()));
        let params: Vec<&str> = api.params.iter().map(|record| record.name.as_str()).collect();
        assert_eq!(params, ["TaskStartParams", "TaskInjectMessageParams", "TaskListParams", "TaskEventsParams"]);
        let composites: Vec<&str> = api.composites.iter().map(|operation| operation.row.name).collect();
        assert_eq!(composites, ["wait", "run"]);
        let required: Vec<&str> = api.outcome.members.iter().filter(|member| member.required).map(|member| member.name.as_str()).collect();
        assert_eq!(required, ["status"]);
        let list = api.operations.iter().find(|operation| operation.row.name == "list").unwrap();
        assert_eq!(list.answer, Answer::Page("TaskRetrieveStatusResponse".into()));
    }

    #[test]
    fn an_operation_that_shares_its_types_has_names_of_its_own() {
        let api = api();
        assert_eq!(api.params_aliases(), [("TaskStartStreamParams".to_owned(), "TaskStartParams")]);
        assert_eq!(api.stream_aliases(), ["TaskStartStreamResponse", "TaskEventsResponse"]);
    }

    #[test]
    fn parameters_keep_their_order_and_what_they_require() {
        let api = api();
        let start = &api.params[0];
        let names: Vec<&str> = start.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names[0], "instruction");
        assert!(names[1..].is_sorted(), "{names:?}");
        assert!(start.members.iter().all(|member| member.required == (member.name == "instruction")));
        assert!(start.members.iter().all(|member| !member.doc.is_empty()));
    }

    #[test]
    fn types_are_told_apart() {
        let api = api();
        let of = |name| member(&api.params, "TaskStartParams", name).type_.clone();
        assert_eq!(of("instruction"), Type::String);
        assert_eq!(of("max_steps"), Type::Integer);
        assert_eq!(of("temperature"), Type::Number);
        assert_eq!(of("persistent"), Type::Boolean);
        assert_eq!(of("metadata"), Type::Map(Box::new(Type::String)));
        assert_eq!(of("context"), Type::List(Box::new(Type::Record("ContextMessage".into()))));
        let Type::OpenEnum(kinds) = of("kind") else { panic!("{:?}", of("kind")) };
        assert_eq!((kinds[0].value.as_str(), kinds[0].doc.as_str()), ("browser", "A web browser."));
        assert_eq!(kinds[1].value, "desktop");
        let names = |parts: &[Record]| parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&api.param_parts), names(&api.response_parts)),
            (vec!["ContextMessage".to_owned()], vec!["TaskUsage".to_owned()])
        );
        let usage = member(&api.responses, "TaskRetrieveStatusResponse", "usage");
        assert_eq!((&usage.type_, usage.required), (&Type::Record("TaskUsage".into()), false));
    }

    #[test]
    fn answers_promise_what_the_contract_stars() {
        let api = api();
        assert!(member(&api.responses, "TaskStartResponse", "task_id").required);
        assert!(!member(&api.responses, "TaskStartResponse", "reused").required);
        assert!(!member(&api.responses, "TaskRetrieveStatusResponse", "exit_code").required);
    }

    #[test]
    fn events_have_one_suffix_and_know_whether_they_end_a_task() {
        let api = api();
        let event = |wire| api.events.iter().find(|event| event.wire == wire).unwrap();
        assert_eq!(event("error").record.name, "ErrorEvent");
        assert_eq!(event("progress_update").record.name, "ProgressUpdateEvent");
        assert!(event("max_steps").terminal && !event("error").terminal);
        assert!(event("cancelled").record.members.is_empty());
        let action = event("action").record.members.iter().find(|member| member.name == "action").unwrap();
        assert_eq!(action.type_, Type::Map(Box::new(Type::Any)));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let schema = json!({"type": "object", "properties": {"when": {"type": "string", "enum": ["now"]}}});
        let fault = record("Thing".into(), &schema).unwrap_err();
        assert!(fault.starts_with("Thing.when: an enum that is not open"), "{fault}");
        let fault = record("Thing".into(), &json!({"properties": {"nothing": {"type": "null"}}})).unwrap_err();
        assert!(fault.contains("Thing.nothing"), "{fault}");
        let fault = named("Nobody", &mut SchemaGenerator::default()).unwrap_err();
        assert!(fault.contains("`Nobody`"), "{fault}");
    }
}
