//! Browsers end with their computers, and with the process that started them.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
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

fn wait_until_none_runs(processes: &BTreeSet<u32>) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while processes.iter().any(|id| parent(*id).is_some()) {
        assert!(Instant::now() < deadline, "still there: {processes:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Set for the process that launches browsers and waits to be killed.
const ROLE: &str = "LIGHTCONE_TEST_LAUNCH_AND_WAIT";

#[test]
fn no_browser_outlives_a_killed_server() {
    if std::env::var_os(ROLE).is_some() {
        return launch_and_wait();
    }
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lifetime::no_browser_outlives_a_killed_server", "--nocapture", "--test-threads=1"])
        .env(ROLE, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(server.stdout.take().unwrap());
    let launched = output.lines().map_while(Result::ok).any(|line| line.contains("launched"));
    let browsers = descendants(server.id());
    // SIGKILL: nothing in the process can react to it.
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(launched && browsers.len() >= 2, "{browsers:?}");
    wait_until_none_runs(&browsers);
}

fn launch_and_wait() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let web = web_of(&[("site.test/index.html", "")]);
    let _computers = runtime.block_on(async {
        let chromium = chromium(web.path());
        let first = chromium.launch("first".to_owned(), VIEWPORT).await.unwrap();
        (first, chromium.launch("second".to_owned(), VIEWPORT).await.unwrap())
    });
    println!("launched");
    std::thread::sleep(Duration::from_secs(60));
}

#[tokio::test]
async fn a_dropped_computer_ends_its_browser() {
    let web = web_of(&[("site.test/index.html", "")]);
    let before = descendants(std::process::id());
    let computer = chromium(web.path()).launch("c".to_owned(), VIEWPORT).await.unwrap();
    let browser: BTreeSet<u32> = descendants(std::process::id()).difference(&before).copied().collect();
    assert!(!browser.is_empty());
    drop(computer);
    wait_until_none_runs(&browser);
}
