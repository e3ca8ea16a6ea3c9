//! A browser that hangs, crashes or is killed ends its task, and nothing else.

use std::{collections::BTreeSet, process::Command, time::Duration};

use serde_json::Value;

use crate::serving::{Events, Serving, command_line, runs, soon};

const SCRIPTS: &str = "
- instruction: browse
  computer: true
  steps:
    - action: { type: wait, ms: 1 }
    - message: never
- instruction: short
  computer: true
  steps:
    - action: { type: wait, ms: 1 }
    - finish: done
- instruction: after
  computer: true
  steps:
    - action: { type: wait, ms: 1 }
    - finish: done
";

fn signal(name: &str, processes: &BTreeSet<u32>) {
    for id in processes {
        // Some may have gone with others.
        Command::new("sh").args(["-c", &format!("kill -{name} {id} 2>/dev/null || true")]).status().unwrap();
    }
}

/// Runs a task, harms its browser, and waits until the task has ended because of it and the
/// whole browser has gone; other tasks go on. Returns what the end says.
fn harmed(harm: impl FnOnce(&BTreeSet<u32>)) -> String {
    let place = tempfile::tempdir().unwrap();
    let server = Serving::start(place.path(), SCRIPTS, &["--max-concurrent", "1"]);
    let task = server.start_task("browse");
    let mut events: Events = server.events(&task, None);
    events.until("executed");
    let browser = server.browsers();
    // Its place is free again afterwards.
    let queued = server.start_task("short");
    harm(&browser);
    let (_, end) = events.until("failed").pop().unwrap();
    assert_eq!((&end["error_code"], &end["retryable"]), (&"computer_gone".into(), &true.into()), "{end}");
    assert_eq!(events.next(), None);
    let status = server.ended(&task);
    assert_eq!((&status["status"], &status["exit_code"], &status["result"]), (&"failed".into(), &1.into(), &end["result"]));
    soon("the whole browser has gone", || (!browser.iter().any(|id| runs(*id))).then_some(()));
    assert_eq!(server.ended(&queued)["status"], "completed");
    let after = server.start_task("after");
    assert_eq!(server.ended(&after)["status"], "completed");
    soon("every browser has gone", || server.browsers().is_empty().then_some(()));
    let temporary = place.path().join("tmp");
    soon("every profile has gone", || (temporary.read_dir().unwrap().count() == 0).then_some(()));
    end["result"].as_str().map(str::to_owned).unwrap_or_else(|| panic!("{end}"))
}

fn of_type(browser: &BTreeSet<u32>, kind: &str) -> BTreeSet<u32> {
    let found: BTreeSet<u32> = browser.iter().copied().filter(|id| command_line(*id).contains(kind)).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

#[test]
fn a_browser_that_hangs_ends_its_task() {
    let said = harmed(|browser| signal("STOP", browser));
    assert!(said.contains("the browser hangs") && said.contains("within 15 s"), "{said}");
}

#[test]
fn a_page_that_crashes_ends_its_task() {
    let said = harmed(|browser| signal("KILL", &of_type(browser, "--type=renderer")));
    assert!(said.contains("the page has crashed"), "{said}");
}

#[test]
fn a_browser_that_is_killed_ends_its_task() {
    let said = harmed(|browser| signal("KILL", &of_type(browser, "--remote-debugging-pipe")));
    assert!(said.contains("the browser has ended"), "{said}");
}

#[test]
fn a_cancel_ends_a_browser_that_hangs() {
    let place = tempfile::tempdir().unwrap();
    let server = Serving::start(place.path(), SCRIPTS, &[]);
    for (instruction, persistent) in [("browse", false), ("browse again", true)] {
        let mut body = Serving::body(instruction);
        body["instruction"] = "browse".into();
        body["persistent"] = persistent.into();
        let task = server.call("POST", "/agent/tasks", &body)["task_id"].as_str().unwrap().to_owned();
        server.events(&task, None).until("executed");
        let browser = server.browsers();
        signal("STOP", &browser);
        let began = std::time::Instant::now();
        server.call("POST", &format!("/agent/tasks/{task}/cancel"), &Value::Null);
        assert_eq!(server.ended(&task)["exit_code"], 130);
        // A state that cannot be had is not waited for any longer than that.
        assert!(began.elapsed() < Duration::from_secs(if persistent { 16 } else { 5 }), "{:?}", began.elapsed());
        soon("the whole browser has gone", || (!browser.iter().any(|id| runs(*id))).then_some(()));
    }
}
