//! The JSON Schema of the case files, made from the types that read them.

use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Value, json};

use crate::case::{Case, CaseFile};

/// The schema as it is committed beside the cases.
pub(crate) fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(allow_placeholders)).into_generator();
    let case = generator.subschema_for::<Case>();
    let mut schema = generator.into_root_schema_for::<CaseFile>().to_value();
    if let Some(cases) = schema.pointer_mut("/properties/cases/items") {
        *cases = case.to_value();
    }
    if let Some(case) = schema.pointer_mut("/$defs/Case/properties").and_then(Value::as_object_mut) {
        case.insert("vary".to_owned(), json!({
            "description": "Variables with their values: each combination is a case, with the value (or `.member` of it) in the place of each `${variable}`. `splits` and `cuts` are the places in the first stream.",
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "array"}, {"enum": ["splits", "cuts"]}]},
        }));
        case.insert("when".to_owned(), json!({
            "description": "Changes for some of the combinations: [left, right, changes], where left is the same as right or one of the list right.",
            "type": "array",
            "items": {"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [{"type": "string"}, {"type": ["string", "array"]}, {"type": "object"}]},
        }));
    }
    schema
}

/// Before it is filled in, any member may be a variable.
fn allow_placeholders(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for property in properties.values_mut() {
        let own = std::mem::take(property);
        *property = json!({"anyOf": [own, {"type": "string", "pattern": "^\\$\\{[a-z_]+(\\.[a-z_-]+)*\\}$"}]});
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn folder() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases")
    }

    #[test]
    fn the_committed_schema_is_current() {
        let committed = fs::read_to_string(folder().join("../schema.json")).unwrap();
        let now = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        assert!(
            committed == now,
            "schema.json is not current: `cargo run -p lightcone-conformance -- --schema > tests/conformance/schema.json`"
        );
    }

    #[test]
    fn every_case_is_as_the_schema_says() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for entry in fs::read_dir(folder()).unwrap() {
            let path = entry.unwrap().path();
            let cases: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let errors: Vec<String> = validator.iter_errors(&cases).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        }
    }

    #[test]
    fn every_case_can_be_read_for_every_runner() {
        for runner in ["rust", "python", "python-async", "typescript"] {
            let cases = crate::expand::all(&folder(), runner).unwrap();
            let mut names: Vec<String> = cases.iter().map(|case| format!("{} {}", case.topic, case.name)).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "cases of the same name");
        }
    }
}
