//! What a model answered is recorded, and played again without it.

use std::path::{Path, PathBuf};

use lightcone_server::model::{Models, Reference, Settings};
use lightcone_server::secrets::Secrets;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::local::Local;
use crate::programs::{Program, button};

const KEY: &str = "sk-kept-out-of-files";

/// Scrolls as often as the instruction has letters, then says how often, and shows its key.
const COUNTS: &str = "keep('asked', 1)
time.sleep(0.02)
scroll = {'type': 'scroll', 'x': 5, 'y': 5, 'direction': 'down', 'amount': 1}
over = seen['step'] > len(seen['instruction'])
key = os.environ.get('LIGHTCONE_MODEL_KEY', '')
say({'done': seen['instruction'] + str(seen['step'] - 1), 'text': key} if over else {'actions': [scroll], 'text': key})";

async fn serve(reference: &str, settings: Settings) -> Local {
    let connection = reference.parse::<Reference>().unwrap().connect(settings).unwrap();
    Local::with_models(Models::new("any", move |brief| connection.model(brief)), |_| {}).await
}

fn refused(reference: &str, settings: Settings) -> String {
    reference.parse::<Reference>().unwrap().connect(settings).unwrap_err().to_string()
}

fn recording(file: &Path) -> Settings {
    Settings { record: Some(file.to_owned()), key: Some(SecretString::from(KEY)), ..Settings::default() }
}

/// Runs these at once.
async fn results(local: &Local, instructions: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for instruction in instructions {
        ids.push(local.start(json!({ "instruction": instruction })).await);
    }
    let mut results = Vec::new();
    for id in &ids {
        results.push(local.ended(id).await["result"].as_str().unwrap().to_owned());
    }
    results
}

async fn recorded(program: &Program, instructions: &[&str]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("agent.jsonl");
    let local = serve(&program.reference(), recording(&file)).await;
    results(&local, instructions).await;
    local.server.shutdown().await;
    (folder, file)
}

#[tokio::test]
async fn tasks_recorded_at_once_are_played_without_the_model() {
    let program = Program::new(COUNTS);
    let instructions = ["abc", "ab", "a", "ab"];
    let (_folder, file) = recorded(&program, &instructions).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && text.ends_with('\n'), "{text}");
    assert_eq!(text.lines().count(), 1 + 4 + 3 + 2 + 3);
    let asked = program.kept("asked").len();
    let local = serve(&format!("cassette:{}", file.display()), Settings::default()).await;
    assert_eq!(results(&local, &instructions).await, ["abc3", "ab2", "a1", "ab2"]);
    // Each task has all of it to itself.
    assert_eq!(results(&local, &instructions).await, ["abc3", "ab2", "a1", "ab2"]);
    assert_eq!(program.kept("asked").len(), asked);
    local.server.shutdown().await;
}

#[tokio::test]
async fn neither_keys_nor_pictures_are_in_a_recording() {
    let (_folder, file) = recorded(&Program::new(COUNTS), &["a"]).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(KEY) && !text.contains("iVBORw0KGgo"), "{text}");
    assert!(text.contains("***") && text.contains("\"screenshot\":\"picture 1280x720\""), "{text}");
}

#[tokio::test]
async fn no_secret_is_in_a_recording() {
    let program = Program::new("say({'done': seen['instruction'], 'text': seen['elements'][0]['name']})");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("agent.jsonl");
    let connection = program.reference().parse::<Reference>().unwrap().connect(recording(&file)).unwrap();
    let secrets = Secrets::default().with("WORD=hunter2!@shop.test".parse().unwrap()).unwrap();
    let local = Local::with_models(Models::new("any", move |brief| connection.model(brief)), |config| config.secrets = secrets).await;
    *local.computers.nodes.lock().unwrap() = vec![button("Your word: hunter2!", 0.0, 0.0)];
    assert_eq!(results(&local, &["log in with hunter2!"]).await, ["log in with <secret:WORD>"]);
    local.server.shutdown().await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("hunter2") && text.contains("Your word: <secret:WORD>") && text.lines().count() == 2, "{text}");
}

#[tokio::test]
async fn a_request_that_was_not_recorded_fails_and_says_what_is_new() {
    let (_folder, file) = recorded(&Program::new(COUNTS), &["abc", "xyz"]).await;
    let local = serve(&format!("cassette:{}", file.display()), Settings::default()).await;
    *local.computers.nodes.lock().unwrap() = vec![button("Buy", 0.0, 0.0)];
    let id = local.start(json!({ "instruction": "abc" })).await;
    let end = local.ended(&id).await;
    let result = end["result"].as_str().unwrap();
    assert_eq!((&end["status"], &end["error_code"]), (&json!("failed"), &json!("model_error")));
    for words in [file.to_str().unwrap(), "comes closest, but /elements/0 was recorded as nothing, and is {", "Buy", "Record anew"] {
        assert!(result.contains(words), "{words}: {result}");
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn where_things_are_is_not_compared() {
    let program = Program::new("say({'done': seen['elements'][0]['name']})");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("agent.jsonl");
    for (reference, settings, x) in
        [(program.reference(), recording(&file), 1.25), (format!("cassette:{}", file.display()), Settings::default(), 97.5)]
    {
        let local = serve(&reference, settings).await;
        *local.computers.nodes.lock().unwrap() = vec![button("Buy", x, x)];
        assert_eq!(results(&local, &["which"]).await, ["Buy"]);
        local.server.shutdown().await;
    }
}

#[tokio::test]
async fn a_file_is_recorded_once() {
    let (folder, file) = recorded(&Program::new(COUNTS), &["a"]).await;
    let before = std::fs::read(&file).unwrap();
    assert!(refused("command:true", recording(&file)).contains("something is in it already"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let other = folder.path().join("other");
    std::fs::write(&other, "a letter").unwrap();
    assert!(refused("command:true", recording(&other)).contains("something is in it already"));
    // What a server leaves that was asked nothing is no recording yet.
    let new = folder.path().join("new");
    let first = "command:true".parse::<Reference>().unwrap().connect(recording(&new)).unwrap();
    assert!(refused("command:true", recording(&new)).contains("another model is recorded there"));
    drop(first);
    drop("command:true".parse::<Reference>().unwrap().connect(recording(&new)).unwrap());
    assert!(refused(&format!("cassette:{}", file.display()), recording(&new)).contains("cannot be recorded"));
}

#[tokio::test]
async fn a_file_that_cannot_be_played_is_named_with_its_line() {
    let (folder, file) = recorded(&Program::new(COUNTS), &["a"]).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = folder.path().join("changed.jsonl");
    for (text, words) in [
        ("", "line 1 of"),
        ("{\"a\": 1}\n", "is not how a recording begins"),
        ("{\"cassette\": 2}\n", "is of version 2; this program plays version 1"),
        (
            "{\"cassette\": 1, \"model\": \"gpt\", \"settings\": {\"allow_safety_checks\": false, \"vision\": true}}\n",
            "there is no kind of model \"gpt\"",
        ),
        (
            "{\"cassette\": 1, \"model\": \"cassette:x\", \"settings\": {\"allow_safety_checks\": false, \"vision\": true}}\n",
            "but a recording",
        ),
        (&format!("{text}half"), "line 4 of"),
        (&text.replace("\"instruction\":\"a\"", "\"instruction\":\"b\""), "line 2 of"),
    ] {
        std::fs::write(&changed, text).unwrap();
        let error = refused(&format!("cassette:{}", changed.display()), Settings::default());
        assert!(error.contains(words) && error.contains("changed.jsonl"), "{words}: {error}");
    }
    assert!(refused("cassette:no/such/file", Settings::default()).contains("no/such/file cannot be read"));
}
