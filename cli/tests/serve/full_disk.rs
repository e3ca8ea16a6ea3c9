//! A disk that fills up while tasks run.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::serving::{Serving, copy_folder};

/// A task that writes more than there is room for, and one that waits meanwhile.
fn scripts() -> String {
    let large = json!({"event": {"type": "progress_update", "message": "x".repeat(100_000)}});
    let flood = json!({"instruction": "flood", "steps": vec![large; 500]});
    let stay = json!({"instruction": "stay", "steps": [{"message": "go on"}, {"finish": "done"}]});
    json!([flood, stay]).to_string()
}

/// The command, with a filesystem of so many MiB of its own in place of `folder`.
fn on_small_disk(folder: &Path, size: u32) -> Command {
    let mut command = Command::new("unshare");
    let mount = format!("mount -t tmpfs -o size={size}m none \"$0\" && exec {} \"$@\"", env!("CARGO_BIN_EXE_lightcone"));
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount]).arg(folder);
    command
}

#[test]
fn a_full_disk_ends_its_tasks_refuses_new_ones_and_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let may_mount =
        Command::new("unshare").args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none"]).arg(&data).status();
    if !may_mount.is_ok_and(|status| status.success()) {
        eprintln!("this machine lets nobody mount a small filesystem, so there is none to fill");
        return;
    }
    let server = Serving::by(on_small_disk(&data, 16), place.path(), &scripts(), &[]);
    let waiting = server.start_task("stay");
    let mut reader = server.events(&waiting, None);
    let mut seen = reader.until("started");
    let flood = server.start_task("flood");
    let told: Vec<(u64, Value)> = server.events(&flood, None).collect();
    let (_, end) = told.last().unwrap();
    assert_eq!((&end["type"], &end["error_code"], &end["retryable"]), (&"failed".into(), &"storage_failed".into(), &true.into()), "{end}");
    assert!(end["result"].as_str().unwrap().contains("the disk is full"), "{end}");
    assert_eq!(server.ended(&flood)["exit_code"], 70);
    let ids: Vec<u64> = told.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, (0..told.len() as u64).collect::<Vec<_>>());
    // What does not fit is refused, and said why.
    let large = json!({"instruction": "stay", "system_prompt": "x".repeat(1_000_000)});
    let body = (0..20).map(|_| server.ask("POST", "/agent/tasks", &large)).find(|(status, _)| *status != 200);
    let (status, problem) = body.unwrap();
    assert_eq!((status, &problem["status"]), (503, &503.into()));
    assert!(problem["detail"].as_str().unwrap().contains("the disk is full"), "{problem}");
    // What is there can be read.
    assert_eq!(server.call("GET", &format!("/agent/tasks/{waiting}"), &Value::Null)["status"], "running");
    // And it is whole: another server goes on with it.
    let copy = tempfile::tempdir().unwrap();
    server.paused(|root| copy_folder(&root.join(data.strip_prefix("/").unwrap()), &copy.path().join("data")));
    server.kill();
    seen.extend(reader);
    let server = Serving::start(copy.path(), &scripts(), &[]);
    assert_eq!(server.events(&flood, None).collect::<Vec<_>>(), told);
    assert_eq!(server.ended(&waiting)["error_code"], "server_restarted");
    let events: Vec<(u64, Value)> = server.events(&waiting, None).collect();
    assert!(events.starts_with(&seen) && events.len() == seen.len() + 1, "{events:?}");
}
