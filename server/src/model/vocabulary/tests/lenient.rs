//! Objects out of text.

use serde_json::{Value, json};

use crate::model::vocabulary::object;

fn found(text: &str) -> Value {
    object(text).unwrap_or_else(|why| panic!("{text}: {why}")).into()
}

#[test]
fn an_object_is_found_in_what_is_around_it() {
    let click = json!({ "action": "click", "coordinate": [100, 200] });
    let plain = click.to_string();
    for text in [
        plain.clone(),
        format!("  {plain}\n"),
        format!("```json\n{plain}\n```"),
        format!("```\n{plain}```\nDone."),
        format!("I will click it now.\n{plain}"),
        format!("The set {{}} is empty. {plain} And {{more}}"),
        format!("Not {{this}}, but: {plain}"),
        format!("<tool_call>\n{plain}\n</tool_call>"),
        format!("[{plain}]"),
        format!("{{{plain}}}"),
        plain.replace('"', "'"),
        serde_json::to_string(&plain).unwrap(),
        "{action: click, coordinate: [100, 200]}".to_owned(),
        "{\"action\": \"click\", \"coordinate\": [100, 200,],}".to_owned(),
        "{'action': 'click', 'coordinate': (100, 200)}".to_owned(),
        "{\"action\": \"click\", \"coordinate\": [100, 200]".to_owned(),
        "{\"action\": \"click\", \"coordinate\": [100, 200 ] ".to_owned(),
        "{\"action\": \"click\", \"coordinate\": [100, 200}".to_owned(),
        "{\"action\": \"click\"\n \"coordinate\": [100, 200]}".to_owned(),
        "{\u{201c}action\u{201d}: \u{201c}click\u{201d}, \u{201c}coordinate\u{201d}: [100, 200]}".to_owned(),
        "{\"action\": \"click\", \"coordinate\": [100, 200]\n</tool_call>".to_owned(),
        format!("{plain}{plain}"),
    ] {
        assert_eq!(found(&text), click, "{text}");
    }
}

#[test]
fn values_have_the_habits_of_other_languages() {
    for (text, object) in [
        ("{'a': True, 'b': False, 'c': None}", json!({ "a": true, "b": false, "c": null })),
        ("{a: -1, b: 2.5, c: .5, d: 1e3, e: +7}", json!({ "a": -1, "b": 2.5, "c": 0.5, "d": 1000.0, "e": 7 })),
        ("{'a': 'it\\'s'}", json!({ "a": "it's" })),
        ("{'a': 'it's'}", json!({ "a": "it's" })),
        ("{\"a\": \"say \"hi\" now\", \"b\": 1}", json!({ "a": "say \"hi\" now", "b": 1 })),
        ("{\"a\": \"two\nlines\"}", json!({ "a": "two\nlines" })),
        ("{'a': 'x\\n\\t\\\\\\u00e9\\ud83d\\ude00\\d'}", json!({ "a": "x\n\t\\\u{e9}\u{1f600}\\d" })),
        ("{'a': '\\ud83d'}", json!({ "a": "\u{fffd}" })),
        ("{a: [], b: {}, c: [[1], {d: 2}]}", json!({ "a": [], "b": {}, "c": [[1], { "d": 2 }] })),
        ("{'a': https://a.test/x}", json!({ "a": "https://a.test/x" })),
        ("{'a': }", json!({ "a": null })),
        ("{{'a': {{'b': 1}}}}", json!({ "a": { "b": 1 } })),
        ("", json!({})),
        (" {} ", json!({})),
        ("{", json!({})),
    ] {
        assert_eq!(found(text), object, "{text}");
    }
}

#[test]
fn what_is_no_object_says_where_it_ends_to_be_one() {
    for (text, why) in [
        ("click it", "there is no object: right is one such as {\"action\": \"click\""),
        ("[1, 2]", "there is no object"),
        ("{'action': 'type', 'text': 'half of", "in `text`, the text is cut short: its closing quote is missing"),
        ("so {'action': 'click', 'x': 12", "from character 4 on cannot be read: in `x`, the value is cut short"),
        ("{action click}", "after the member \"action\" a colon is missing"),
        (&"{'a':".repeat(100), "nested too deeply"),
        (&format!("{{'a': {}", "[".repeat(100)), "nested too deeply"),
    ] {
        let Err(wrong) = object(text) else { panic!("{text}: {:?}", object(text)) };
        assert!(wrong.to_string().contains(why), "{text}: {wrong}");
        assert!(wrong.to_string().len() < 200, "{wrong}");
    }
}
