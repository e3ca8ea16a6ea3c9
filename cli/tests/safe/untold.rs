//! What must not get out: passwords and keys into files and logs, control characters of
//! pages into terminals.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{
    common::{Serving, after},
    serving::serve,
};

const KEY: &str = "sk_chosen_by_somebody";
const PASSWORD: &str = "correct-horse";
const FRAMED: &str = "battery-staple";
const SECRET: &str = "pa/per c%lip";
const PIN: &str = "rusty-pin";

/// A page on which people log in, by a field of its own and by one of another site.
const LOGIN: &str = "<!doctype html><title>Log in</title><body style='margin:0'>
<input type=password style='position:absolute;left:0;top:0;width:300px;height:100px'>
<iframe src='http://login.test/' style='position:absolute;left:0;top:200px;border:0'></iframe>";

const FRAME: &str = "<body style='margin:0'><input type=password style='position:absolute;left:0;top:0;width:300px;height:100px'>";

/// A page that says all over what is put into its field.
const ECHO: &str = "<!doctype html><title>Echo</title><body style='margin:0'>
<input id=field style='position:absolute;left:0;top:0;width:300px;height:100px'><h1 id=head style='margin-top:120px'>x</h1>
<script>field.oninput = () => { document.title = head.textContent = field.value; history.replaceState(0, '', '?' + encodeURIComponent(field.value)); };</script>";

const SCRIPTS: &str = "
- instruction: enter the secret
  computer: true
  steps:
    - action: {type: navigate, url: 'https://echo.test/'}
    - action: {type: click, coordinates: [150, 50]}
    - action: {type: type, text: '<secret:CLIP>'}
      description: types pa/per c%lip, as told
    - action: {type: type, text: '<secret:PIN>'}
    - event: {type: remark, text: 'it was PA/PER C%LIP'}
    - action: {type: navigate, url: 'http://nowhere.test/pa/per%20c%25lip'}
- instruction: tell it to another
  computer: true
  steps:
    - action: {type: navigate, url: 'https://site.test/'}
    - action: {type: click, coordinates: [150, 50]}
    - action: {type: type, text: '<secret:CLIP>'}
- instruction: log in
  computer: true
  steps:
    - action: {type: click, coordinates: [150, 50]}
    - action: {type: type, text: correct-horse}
      description: types correct-horse, as told
    - action: {type: keys, keys: [x]}
    - action: {type: click, coordinates: [150, 250]}
    - action: {type: type, text: battery-staple}
      description: types battery-staple, as told
    - finish: logged in
- instruction: break
  computer: true
  steps:
    - action: {type: click, coordinates: [150, 50]}
    - action: {type: type, text: correct-horse}
    - action: {type: navigate, url: 'http://nowhere.test/'}
";

/// A page whose title, text and link carry what a terminal or a browser might act on.
const HOSTILE: &str = "<!doctype html><title>x</title><h1 id=head>x</h1><a id=link href='/'>x</a><script>
const text = '\\u001b]0;owned\\u0007\\u001b[31mred\\u009b2J<script>alert(1)<' + '/script><img src=x onerror=alert(2)>';
document.title = text; head.textContent = 'Head ' + text; link.textContent = text;
</script>";

fn web() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (host, page) in [("site.test", LOGIN), ("login.test", FRAME), ("hostile.test", HOSTILE), ("echo.test", ECHO)] {
        std::fs::create_dir(folder.path().join(host)).unwrap();
        std::fs::write(folder.path().join(host).join("index.html"), page).unwrap();
    }
    std::fs::write(folder.path().join("agent.yaml"), SCRIPTS).unwrap();
    folder
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

#[test]
fn no_password_and_no_key_is_in_any_file_log_or_event() {
    let (web, place) = (web(), tempfile::tempdir().unwrap());
    let (data, temporary) = (place.path().join("data"), place.path().join("temporary"));
    std::fs::create_dir(&temporary).unwrap();
    let mut command = serve(data.to_str().unwrap(), &["--api-key", KEY, "--web"]);
    command.arg(web.path()).arg("--scripts").arg(web.path().join("agent.yaml"));
    command.args(["--secret", "CLIP=env:CLIP@echo.test"]).env("CLIP", SECRET);
    let config = web.path().join("lightcone.toml");
    std::fs::write(&config, format!("[secrets.PIN]\nvalue = '{PIN}'\nhosts = ['echo.test']")).unwrap();
    command.arg("--config").arg(config);
    command.env("LIGHTCONE_LOG", "trace").env("TMPDIR", &temporary);
    let server = Serving::of(command);
    let mut told = server.said.clone();
    for (instruction, end) in [("log in", "\"completed\""), ("break", "\"failed\"")] {
        let body = format!(r#"{{"instruction":"{instruction}","model":"scripted","start_url":"http://site.test/","persistent":true}}"#);
        let events = server.stream(KEY, &body);
        assert!(events.contains(end) && events.contains("•"), "{events}");
        told.push_str(&events);
    }
    for (instruction, said) in [("enter the secret", "it was <secret:CLIP>"), ("tell it to another", "was not typed")] {
        let body = format!(r#"{{"instruction":"{instruction}","model":"scripted","context":[{{"role":"user","content":"{SECRET}"}}]}}"#);
        let events = server.stream(KEY, &body);
        assert!(events.contains(r#""text":"<secret:CLIP>""#) && events.contains(said), "{events}");
        told.push_str(&events);
    }
    let key_tried = "sk_tried_in_vain";
    assert_eq!(server.status(key_tried), "401");
    // Killed, so that what was not meant to stay is found, too.
    let log = server.end();
    assert!(log.contains("/agent/tasks/stream"), "{log}");
    told.push_str(&log);
    let files = files(place.path());
    for part in ["tasks.sqlite", "computers", "screenshots"] {
        assert!(files.iter().any(|file| file.display().to_string().contains(part)), "no {part} in {files:?}");
    }
    for secret in [PASSWORD, FRAMED, KEY, key_tried, PIN, SECRET, "pa/per%20c%25lip", "pa%2Fper%20c%25lip"] {
        assert!(!told.contains(secret), "{secret} in {told}");
        for file in &files {
            assert!(!contains(&std::fs::read(file).unwrap(), secret), "{secret} in {}", file.display());
        }
    }
}

/// Whether a terminal might act on it.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t'))
}

fn written(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), output.stderr.as_slice()].concat()).unwrap()
}

#[test]
fn no_control_character_of_a_page_reaches_a_terminal() {
    let web = web();
    let mut command = serve(":memory:", &["--web"]);
    command.arg(web.path()).env("LIGHTCONE_LOG", "trace");
    let server = Serving::of(command);
    let key = after(&server.said, "TZAFON_API_KEY=").unwrap().to_owned();
    let run = |instruction: &str, options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightcone"));
        command.args(["run", instruction, "--start-url", "http://hostile.test/"]).args(options).env("LIGHTCONE_LOG", "trace");
        command.env("LIGHTCONE_BASE_URL", &server.url).env("TZAFON_API_KEY", &key);
        written(&command.output().unwrap())
    };
    for options in [&[][..], &["--json"]] {
        for (instruction, shown) in
            [("Read the first heading", "owned"), ("List the links", "red"), ("Click \u{1b}[31m nowhere", "nowhere")]
        {
            let seen = run(instruction, options);
            assert!(seen.contains(shown) && is_plain(&seen), "{seen:?}");
            assert!(!seen.contains(&key), "{seen:?}");
        }
    }
    let log = server.end();
    assert!(is_plain(&log) && !log.is_empty(), "{log:?}");
}

#[test]
fn a_secret_that_cannot_be_used_is_refused_without_its_value() {
    for (secret, why) in [
        ("CLIP=paperclip", "NAME=VALUE@HOST"),
        ("CLIP=pa@echo.test", "less than 3 characters"),
        ("CLIP=paperclip@echo.test:80", "its host is none"),
        ("CLIP=env:NOT_SET_ANYWHERE@echo.test", "NOT_SET_ANYWHERE is not set"),
    ] {
        let output = serve(":memory:", &["--secret", secret]).output().unwrap();
        let text = written(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("--secret: ") && text.contains(why) && !text.contains("paperclip"), "{text}");
    }
}
