//! Models that are asked, by options and by a file.

use std::path::{Path, PathBuf};

use crate::process::{Serving, lightcone, text};

fn example() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/models/command.py");
    format!("command:python3 '{}'", file.display())
}

/// A web of one host with a button that says whether it was clicked.
fn web(folder: &Path) -> PathBuf {
    let web = folder.join("web");
    std::fs::create_dir_all(web.join("shop.test")).unwrap();
    let page = "<!doctype html><title>Shop</title><button onclick=\"document.title = 'Bought'\">Buy now</button>";
    std::fs::write(web.join("shop.test/index.html"), page).unwrap();
    web
}

#[test]
fn a_program_drives_a_real_browser_and_a_recording_does_so_again() {
    let folder = tempfile::tempdir().unwrap();
    let (web, record) = (web(folder.path()), folder.path().join("shop.jsonl"));
    let run = |model: &str, more: &[&str]| {
        let arguments = ["run", "Click \"buy now\"", "--start-url", "https://shop.test", "--web", web.to_str().unwrap(), "--model", model];
        text(&lightcone(&[&arguments, more].concat()).env("LIGHTCONE_MODEL_KEY", "sk-kept-out").output().unwrap())
    };
    let (out, error, code) = run(&example(), &["--record", record.to_str().unwrap()]);
    assert!(code == Some(0) && out.contains("The page is now 'Bought', https://shop.test/."), "{out}{error}");
    assert!(!std::fs::read_to_string(&record).unwrap().contains("sk-kept-out"));
    let (out, error, code) = run(&format!("cassette:{}", record.display()), &[]);
    assert!(code == Some(0) && out.contains("The page is now 'Bought', https://shop.test/."), "{out}{error}");
    let (_, error, code) = run(&example(), &["--record", record.to_str().unwrap()]);
    assert!(code == Some(2) && error.contains("something is in it already"), "{error}");
}

#[test]
fn a_file_names_models_for_serve_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.toml");
    std::fs::write(&file, format!("[models.clicker]\nuse = \"{}\"\n", example())).unwrap();
    let web = web(folder.path());
    let options = ["--config", file.to_str().unwrap(), "--web", web.to_str().unwrap()];
    let task = ["run", "Click \"gone\"", "--start-url", "https://shop.test", "--model", "clicker"];
    let (out, error, code) = text(&lightcone(&[&task[..], &options].concat()).output().unwrap());
    assert!(code == Some(1) && out.contains("decided by clicker") && out.contains("is called gone"), "{out}{error}");
    let server = Serving::start(&[&["--data", ":memory:"][..], &options].concat());
    let (out, error, code) = server.ask(&task);
    assert!(code == Some(1) && out.contains("decided by clicker") && out.contains("is called gone"), "{out}{error}");
    let (out, error, code) = server.ask(&["run", "x", "--model", "nobody"]);
    assert!(code == Some(2) && out.contains("clicker"), "{out}{error}");
    let (_, error, code) = server.ask(&["run", "x", "--config", "any"]);
    assert!(code == Some(2) && error.contains("--config"), "{error}");
}

#[test]
fn doctor_says_where_a_models_click_lands() {
    // Sees the button, and clicks so far below its middle.
    let program = "import json, sys
for line in sys.stdin:
    button = next(e for e in json.loads(line)['elements'] if e['name'] == 'Target')
    x, y = button['x'] + button['width'] / 2, button['y'] + button['height'] / 2 + float(sys.argv[1])
    print(json.dumps({'actions': [{'type': 'click', 'x': x, 'y': y}]}), flush=True)";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("off.py");
    std::fs::write(&file, program).unwrap();
    let asked = |model: &str| text(&lightcone(&["doctor", "--model", model]).output().unwrap());
    let (out, error, _) = asked(&example());
    assert!(out.contains("ok    model") && out.contains("+0 across and +0 down"), "{out}{error}");
    let (out, error, code) = asked(&format!("command:python3 {} 90", file.display()));
    assert!(code == Some(1) && out.contains("BAD   model") && out.contains("+90 down"), "{out}{error}");
    let (out, error, code) = asked("northstar@http://127.0.0.1:1/v1");
    assert!(code == Some(1) && out.contains("BAD   model") && out.contains("gave no answer"), "{out}{error}");
    let (_, error, code) = asked("nobody");
    assert!(code == Some(2) && error.contains("there is no model"), "{error}");
}

#[test]
fn what_is_wrong_with_a_model_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.toml");
    std::fs::write(&file, "[models.a]\nuse = 'command:true'\nkey = 'sk-written-down'\n").unwrap();
    for (options, words) in [
        (["--config", file.to_str().unwrap()], "models.toml, line 3: unknown field `key`"),
        (["--config", "nowhere"], "--config: nowhere cannot be read"),
        (["--model", "gpt"], "there is no model \"gpt\""),
        (["--model", "anthropic:claude"], "set ANTHROPIC_API_KEY"),
        (["--record", "x"], "name one, such as northstar@http://localhost:8000/v1"),
    ] {
        let (out, error, code) =
            text(&lightcone(&[&["run", "x"], &options[..]].concat()).env_remove("ANTHROPIC_API_KEY").output().unwrap());
        assert!(code == Some(2) && error.contains(words) && !error.contains("sk-written-down"), "{words}: {out}{error}");
    }
    let (out, _, _) = text(&lightcone(&["serve", "--help"]).env("LIGHTCONE_MODEL_KEY", "sk-of-the-environment").output().unwrap());
    assert!(out.contains("--model-key-file") && !out.contains("sk-of-the-environment"), "{out}");
}
