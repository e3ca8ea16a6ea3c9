//! Browsers end with their computers, and with the process that started them.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lightcone_server::computer::Computers;

use crate::support::{VIEWPORT, chromium, web_of};

/// The processes that descend from this one and still run, with their parents.
fn descendants(of: u32) -> BTreeSet<u32> {
    let running: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id: u32| Some((id, parent(id)?)))
        .collect();
    let mut found = BTreeSet::from([of]);
    loop {
        let before = found.len();
        found.extend(running.iter().filter(|(_, parent)| found.contains(parent)).map(|(id, _)| *id).collect::<Vec<_>>());
        if found.len() == before {
            found.remove(&of);
            return found;
        }
    }
}

/// The parent of a process; `None` once it does not run any more.
fn parent(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // "id (name) state parent ..."; a name may hold anything.
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X").then(|| fields.next()?.parse().ok()).flatten()
}

/// Set for the process that plays the server.
const ROLE: &str = "LIGHTCONE_TEST_SERVER";

/// Starts this test again in a process of its own, where it launches browsers;
/// ends them in the given way; and waits until none of their processes runs.
fn browsers_end(test: &str, end: impl FnOnce(&mut Child)) {
    if std::env::var_os(ROLE).is_some() {
        return serve();
    }
    // What a killed process cannot tidy up is tidied up here.
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, "1")
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(server.stdout.take().unwrap());
    let launched = output.lines().map_while(Result::ok).any(|line| line.contains("launched"));
    let browsers = descendants(server.id());
    end(&mut server);
    let left = left_after(&browsers, Duration::from_secs(10));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(launched && browsers.len() >= 2, "{browsers:?}");
    assert!(left.is_empty(), "{left:?} of {browsers:?}");
}

fn left_after(processes: &BTreeSet<u32>, limit: Duration) -> Vec<u32> {
    let deadline = Instant::now() + limit;
    loop {
        let left: Vec<u32> = processes.iter().copied().filter(|id| parent(*id).is_some()).collect();
        if left.is_empty() || Instant::now() > deadline {
            return left;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Launches two browsers, and drops them when stdin ends.
#[expect(clippy::print_stdout, reason = "the test that started this process reads it")]
fn serve() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let web = web_of(&[("site.test/index.html", "")]);
    let computers = runtime.block_on(async {
        let chromium = chromium(web.path());
        let first = chromium.launch("first".to_owned(), VIEWPORT, None).await.unwrap();
        (first, chromium.launch("second".to_owned(), VIEWPORT, None).await.unwrap())
    });
    println!("launched");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(computers);
    // The runtime and the process live on: it is the drop that ends the browsers.
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn no_browser_outlives_a_killed_server() {
    // SIGKILL: nothing in the process can react to it.
    browsers_end("lifetime::no_browser_outlives_a_killed_server", |server| server.kill().unwrap());
}

#[test]
fn no_browser_outlives_its_dropped_computer() {
    browsers_end("lifetime::no_browser_outlives_its_dropped_computer", |server| drop(server.stdin.take()));
}
