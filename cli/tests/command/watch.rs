//! `lightcone watch`, `list`, `cancel`: the tasks of a server, whoever started them.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Stdio},
};

use lightcone::{Client, tasks::StartParams};

use crate::process::{KEY, Scripts, Serving};

const SCRIPTS: &str = "
- instruction: talk
  steps:
    - event: { type: progress_update, message: one }
    - message: go on
    - event: { type: progress_update, message: two }
    - finish: \"said\\nand done\"
- instruction: fail
  steps:
    - fail: { error_code: tired, result: no strength left }
- pattern: ^short
  steps:
    - finish: done
";

/// Starts a task as another program would, and returns its id.
fn start(server: &Serving, instruction: &str) -> String {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
        let task = client.agent().tasks().start(StartParams::new(instruction).model("scripted")).await.unwrap();
        task.task_id.unwrap()
    })
}

/// The lines that a command prints, as they come.
fn lines(process: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap)
}

#[test]
fn a_task_is_watched_from_its_first_event_by_anybody() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let task = start(&server, "talk");
    let mut early = server.lightcone(&["watch", &task]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = lines(&mut early);
    assert_eq!(said.next().unwrap(), format!("task {task} is decided by scripted"));
    assert_eq!(said.next().unwrap(), "     one");
    assert_eq!(server.ask(&["message", &task, "go on"]).0, "queued\n");
    assert_eq!(said.collect::<Vec<_>>(), ["     message: go on", "     two", "", "said", "and done"]);
    assert_eq!(early.wait().unwrap().code(), Some(0));

    // It has ended: all of it comes again, or the rest of it.
    let (out, error, code) = server.ask(&["watch", &task, "--json"]);
    let events: Vec<&str> = out.lines().collect();
    assert!(
        code == Some(0) && error.is_empty() && events[0].contains("\"started\"") && events.last().unwrap().contains("\"completed\""),
        "{out}"
    );
    let from = (events.len() - 1).to_string();
    assert_eq!(server.ask(&["watch", &task, "--json", "--from", &from]).0.trim_end(), *events.last().unwrap());
    let (out, error, code) = server.ask(&["watch", &task, "--from", "99"]);
    assert!(code == Some(2) && out.is_empty() && error.contains("--from 99: the task has not come that far"), "{error}");

    let failed = start(&server, "fail");
    let (out, _, code) = server.ask(&["watch", &failed]);
    assert!(code == Some(1) && out.ends_with("failed (tired): no strength left\n"), "{out}");
    let (_, error, code) = server.ask(&["watch", "task_none"]);
    assert!(code == Some(1) && error.contains("404") && error.contains("task_none"), "{error}");
}

#[cfg(unix)]
#[test]
fn whoever_stops_watching_leaves_the_task_alone() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let task = start(&server, "talk");
    let mut watching = server.lightcone(&["watch", &task]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(lines(&mut watching).nth(1).unwrap(), "     one");
    crate::process::signal(&watching, "INT");
    assert_eq!(watching.wait().unwrap().code(), Some(130));
    let mut error = String::new();
    watching.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    let hints = [format!("task {task} goes on"), format!("lightcone watch {task} --from 2 "), format!("lightcone cancel {task} ")];
    assert!(hints.iter().all(|hint| error.contains(hint)), "{error}");
    assert_eq!(server.ask(&["status", &task]).0, "running\n");
}

#[test]
fn whoever_loses_the_server_is_told_how_to_go_on() {
    let scripts = Scripts::new(SCRIPTS);
    let mut server = scripts.serve();
    let mut run = server.lightcone(&["run", "talk", "--model", "scripted"]);
    let mut running = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = lines(&mut running);
    let first = said.next().unwrap();
    let task = first.split(' ').nth(1).unwrap();
    assert_eq!(said.next().unwrap(), "     one");
    server.process.kill().unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(1));
    let mut error = String::new();
    running.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.ends_with(&format!("\n`lightcone watch {task} --from 2` goes on where this ended\n")), "{error}");
}

#[test]
fn a_task_is_cancelled_from_elsewhere() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let task = start(&server, "talk");
    for _ in 0..2 {
        assert_eq!(server.ask(&["cancel", &task]), ("cancelled\n".to_owned(), String::new(), Some(0)));
    }
    assert_eq!(server.ask(&["status", &task]).0, "cancelled, exit code 130\n");
    let (out, _, code) = server.ask(&["watch", &task]);
    assert!(code == Some(130) && out.ends_with("\ncancelled\n"), "{out}");
    let (_, error, code) = server.ask(&["cancel", "task_none"]);
    assert!(code == Some(1) && error.contains("404"), "{error}");
}

#[test]
fn tasks_are_listed_page_by_page() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    assert_eq!(server.ask(&["list"]), (String::new(), "lightcone: there is no such task\n".to_owned(), Some(0)));
    let failed = start(&server, "fail");
    assert_eq!(server.ask(&["watch", &failed]).2, Some(1));
    let short: Vec<String> = (0..130).map(|n| start(&server, &format!("short {n}"))).collect();
    let newest = short.last().unwrap();
    assert_eq!(server.ask(&["watch", newest]).2, Some(0));

    let (out, error, _) = server.ask(&["list", "--limit", "3"]);
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows.len() == 4 && rows[0].starts_with("TASK ") && rows[0].ends_with(" INSTRUCTION"), "{out}");
    assert!(rows[1].starts_with(&format!("{newest}  completed  20")) && rows[1].ends_with("Z  short 129"), "{out}");
    assert!(error.contains("--all"), "{error}");
    let (out, error, _) = server.ask(&["list", "--status", "failed"]);
    assert!(out.lines().count() == 2 && out.contains(&format!("{failed}  failed (1)")) && error.is_empty(), "{out}{error}");

    let ids = |options: &[&str]| -> Vec<String> {
        let (out, _, code) = server.ask(&[&["list", "--json"], options].concat());
        assert_eq!(code, Some(0));
        let tasks = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        tasks.map(|task| task["task_id"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<String> = short.iter().rev().chain([&failed]).cloned().collect();
    assert_eq!(ids(&["--all"]), all);
    assert_eq!(ids(&["--limit", "120"]), all[..120]);
    assert_eq!(ids(&["--limit", "131"]), all);
    assert_eq!(ids(&[]), all[..20]);
    let (_, error, code) = server.ask(&["list", "--status", "lost"]);
    assert!(code == Some(2) && error.contains("possible values: queued"), "{error}");
}
