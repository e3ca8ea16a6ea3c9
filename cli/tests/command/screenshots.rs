//! `--screenshots DIR`: the pictures of a task as files.

use std::path::Path;

use crate::process::{Scripts, lightcone, text};

const SCRIPTS: &str = "
- instruction: look
  computer: true
  steps:
    - action: { type: navigate, url: 'https://github.com/' }
    - finish: done
- instruction: broken
  steps:
    - event: { type: screenshot, step: 1, screenshot_url: 'http://127.0.0.1:9/gone.png' }
    - finish: done
";

/// The names of the files in the one folder that is in `folder`, with the folder's name.
fn files(folder: &Path) -> (String, Vec<String>) {
    let names = |folder: &Path| {
        let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let tasks = names(folder);
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    (tasks[0].clone(), names(&folder.join(&tasks[0])))
}

#[test]
fn a_tasks_screenshots_are_saved_wherever_it_runs() {
    let scripts = Scripts::new(SCRIPTS);
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name).join("shots");
    let own = folder("within");
    let within = scripts.run("look").args(["--web", "demo", "--screenshots"]).arg(&own).output().unwrap();
    let (out, error, code) = text(&within);
    assert!(code == Some(0) && error.contains("2 screenshots saved in "), "{out}{error}");
    let (task, pictures) = files(&own);
    assert!(out.contains(&task), "{out}");
    assert_eq!(pictures, ["00001-step-1.png", "00005-step-2.png"]);
    assert!(std::fs::read(own.join(&task).join(&pictures[1])).unwrap().starts_with(b"\x89PNG"));

    let server = scripts.serve_with(&["--web", "demo"]);
    let (run, watch) = (folder("run"), folder("watch"));
    let (_, error, code) = server.ask(&["run", "look", "--model", "scripted", "--screenshots", run.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{error}");
    let (task, pictures) = files(&run);
    assert_eq!(server.ask(&["watch", &task, "--screenshots", watch.to_str().unwrap()]).2, Some(0));
    assert_eq!(files(&watch), (task.clone(), pictures.clone()));
    for picture in pictures {
        let read = |folder: &Path| std::fs::read(folder.join(&task).join(&picture)).unwrap();
        assert_eq!(read(&run), read(&watch));
    }
}

#[test]
fn a_screenshot_that_cannot_be_had_is_told_and_the_task_goes_on() {
    let scripts = Scripts::new(SCRIPTS);
    let place = tempfile::tempdir().unwrap();
    let (out, error, code) = text(&scripts.run("broken").arg("--screenshots").arg(place.path()).output().unwrap());
    assert!(code == Some(0) && out.ends_with("done\n"), "{out}{error}");
    assert!(error.contains("1 screenshot could not be saved, the first because"), "{error}");

    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (_, error, code) = text(&lightcone(&["run", "x", "--screenshots", file.to_str().unwrap()]).output().unwrap());
    assert!(code == Some(2) && error.contains("--screenshots: ") && error.contains("cannot be used"), "{error}");
}
