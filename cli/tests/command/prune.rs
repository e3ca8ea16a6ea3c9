//! `lightcone prune`: a folder of tasks between two runs of its server.

use crate::process::{Scripts, lightcone, text};

#[test]
fn old_tasks_are_forgotten_while_no_server_runs() {
    let long = "x".repeat(1 << 20);
    let scripts = Scripts::new(&format!(
        "[{{instruction: hello, steps: [{{event: {{type: progress_update, message: {long}}}}}, {{finish: done}}]}}]"
    ));
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("tasks");
    let prune = |days: &str| text(&lightcone(&["prune", "--older-than", days, "--data", data.to_str().unwrap()]).output().unwrap());

    let (_, error, code) = prune("0");
    assert!(code == Some(1) && error.contains("no server has kept tasks here") && !data.exists(), "{error}");
    let server = scripts.serve_in(&data);
    assert_eq!(server.ask(&["run", "hello", "--model", "scripted"]).2, Some(0));
    let (_, error, code) = prune("0");
    assert!(code == Some(1) && error.contains("a server uses this folder") && error.contains("--keep"), "{error}");
    server.end();
    assert_eq!(prune("1"), ("no task is that old\n".to_owned(), String::new(), Some(0)));
    let size = || data.join("tasks.sqlite").metadata().unwrap().len();
    assert!(size() > 1 << 20);
    assert_eq!(prune("0"), ("1 task is forgotten\n".to_owned(), String::new(), Some(0)));
    assert!(size() < 1 << 17, "its room is free again: {}", size());
    assert_eq!(prune("0").0, "no task is that old\n");
}

#[test]
fn how_old_must_be_said() {
    let (_, error, code) = text(&lightcone(&["prune"]).output().unwrap());
    assert!(code == Some(2) && error.contains("--older-than <DAYS>"), "{error}");
}
