//! `lightcone run`, and how a task is steered from elsewhere.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::process::{Scripts, lightcone, text};

const SCRIPTS: &str = r#"
- instruction: say hello
  steps:
    - event: { type: progress_update, message: "half way\u001b[31m" }
    - finish: "hello\nworld"
- instruction: fail
  steps:
    - fail: { error_code: tired, result: no strength left }
- instruction: wait for a word
  steps:
    - message: go
    - finish: heard
"#;

#[test]
fn run_shows_the_result_and_exits_as_the_task_did() {
    let scripts = Scripts::new(SCRIPTS);
    let (out, _, code) = text(&scripts.run("say hello").output().unwrap());
    assert_eq!(code, Some(0));
    assert!(out.contains("decided by scripted") && out.contains("half way\u{fffd}[31m") && out.ends_with("\nhello\nworld\n"), "{out:?}");
    let (out, _, code) = text(&scripts.run("fail").output().unwrap());
    assert!(code == Some(1) && out.ends_with("failed (tired): no strength left\n"), "{out:?}");
}

#[test]
fn wrong_usage_is_explained() {
    let (_, error, code) = text(&lightcone(&["run"]).output().unwrap());
    assert!(code == Some(2) && error.contains("<INSTRUCTION>"), "{error}");
    let (_, error, code) = text(&lightcone(&["run", "x", "--web", "nowhere/at/all"]).output().unwrap());
    assert!(code == Some(2) && error.contains("nowhere/at/all"), "{error}");
    for (options, why) in
        [(["--allow", "a.test:80"], "is no host"), (["--deny", "*"], "is no host"), (["--web", "demo"], "--allow-private")]
    {
        let mut command = lightcone(&["run", "x", "--allow-private"]);
        let (_, error, code) = text(&command.args(options).output().unwrap());
        assert!(code == Some(2) && error.contains(why), "{error}");
    }
    let elsewhere = lightcone(&["run", "x", "--allow", "localhost"]).env("LIGHTCONE_BASE_URL", "http://127.0.0.1:9").output().unwrap();
    assert!(text(&elsewhere).1.contains("LIGHTCONE_BASE_URL"));
    let elsewhere = lightcone(&["run", "x", "--web", "demo"]).env("LIGHTCONE_BASE_URL", "http://127.0.0.1:9").output().unwrap();
    let (_, error, code) = text(&elsewhere);
    assert!(code == Some(2) && error.contains("LIGHTCONE_BASE_URL"), "{error}");
}

#[test]
fn run_uses_the_server_that_the_environment_names() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let mut command = server.lightcone(&["run", "say hello", "--model", "scripted"]);
    let (out, error, code) = text(&command.output().unwrap());
    assert!(code == Some(0) && out.ends_with("hello\nworld\n"), "{out}{error}");
    let (_, error, code) = text(&command.env("TZAFON_API_KEY", "sk_wrong").output().unwrap());
    assert!(code == Some(1) && error.contains("401") && !error.contains("sk_wrong"), "{error}");
}

#[test]
fn a_task_is_steered_from_another_terminal() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let ask = |arguments: &[&str]| server.ask(arguments);
    let mut run = server.lightcone(&["run", "wait for a word", "--model", "scripted", "--json"]);
    let mut running = run.stdout(Stdio::piped()).spawn().unwrap();
    let mut events = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = events.next().unwrap();
    let id = first.split("\"task_id\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(ask(&["pause", id]).0, "paused\n");
    assert_eq!(ask(&["status", id]).0, "paused\n");
    assert_eq!(ask(&["resume", id]).0, "running\n");
    assert_eq!(ask(&["message", id, "the word is go"]).0, "queued\n");
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert!(events.last().unwrap().contains("\"completed\""));
    assert_eq!(ask(&["status", id]).0, "completed, exit code 0\n");
    assert!(ask(&["status", id, "--json"]).0.contains("\"exit_code\":0"));
    let (_, error, code) = ask(&["pause", id]);
    assert!(code == Some(1) && error.contains("409"), "{error}");
    let (_, error, code) = ask(&["status", "task_unknown"]);
    assert!(code == Some(1) && error.contains("404"), "{error}");
}

#[test]
fn completions_know_every_command() {
    let help = text(&lightcone(&["--help"]).output().unwrap()).0;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names: Vec<&str> = commands.lines().map_while(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(names.len() > 12 && names.contains(&"watch"), "{names:?}");
    for shell in ["bash", "zsh", "fish"] {
        let (script, _, code) = text(&lightcone(&["completions", shell]).output().unwrap());
        assert_eq!(code, Some(0));
        assert!(names.iter().all(|name| script.contains(name)) && script.contains("older-than"), "{shell}");
    }
    // A reader that has enough of it is no reason to complain.
    let mut process = lightcone(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stdout.take());
    let (_, error, code) = text(&process.wait_with_output().unwrap());
    assert_eq!((error, code), (String::new(), Some(0)));
}
