//! How many of the page tasks in `tests/agent` the rules model does, over several seeds.
//!
//! The pages themselves say whether they were used right, by their title; tasks that read
//! have a text that the result must contain. The set of failures is committed with the
//! reason for each, and the table in `docs/agent.md` is what this test measures:
//! `LIGHTCONE_WRITE_TABLE=1` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lightcone_server::computer::{Action, Computer};
use lightcone_server::web::Web;
use serde::Deserialize;

use crate::task::{drive, start};

/// The one seed of every test run; the table is written with three.
const SEEDS: [u64; 1] = [1];
const SEEDS_OF_TABLE: [u64; 3] = [1, 2, 3];
/// As a comma-separated list: other seeds.
const SEEDS_VARIABLE: &str = "LIGHTCONE_SEEDS";
const BROWSERS: usize = 3;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageTask {
    group: String,
    #[serde(default = "first_host")]
    host: String,
    page: String,
    instruction: String,
    /// What the result must contain.
    result: Option<String>,
    /// What the title of the page must be when no result is asked for: what was done there.
    #[serde(default = "passed")]
    title: String,
    /// It cannot be done, or not by this model: it must say so.
    #[serde(default)]
    fails: bool,
}

fn first_host() -> String {
    "tasks.test".to_owned()
}

fn passed() -> String {
    "passed".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    page: String,
    instruction: String,
    reason: String,
}

/// Of one task: how many seeds passed, and what happened in those that did not.
#[derive(Default)]
struct Score {
    passed: usize,
    failures: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/agent")
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_str(&std::fs::read_to_string(root().join(name)).unwrap()).unwrap()
}

async fn attempt(computer: &dyn Computer, task: &PageTask, seed: u64) -> Result<(), String> {
    // From elsewhere, so that the page is opened and not loaded again.
    let elsewhere = format!("https://{}/kit.js", task.host);
    computer.act(&Action::Navigate { url: elsewhere }).await.map_err(|error| error.to_string())?;
    let url = format!("https://{}/{}?seed={seed}", task.host, task.page);
    computer.act(&Action::Navigate { url }).await.map_err(|error| error.to_string())?;
    let outcome = drive(computer, &task.instruction, &[]).await;
    let title = computer.page().await.map_err(|error| error.to_string())?.title;
    let gave_up = outcome.end.starts_with("not_");
    let passed = match &task.result {
        _ if task.fails => gave_up,
        Some(text) => outcome.end.contains(text.as_str()) && !gave_up,
        None => title == task.title && !gave_up,
    };
    if passed { Ok(()) } else { Err(format!("seed {seed}: title {title:?}, end {:?}, actions {:#?}", outcome.end, outcome.actions)) }
}

fn writes_table() -> bool {
    std::env::var_os("LIGHTCONE_WRITE_TABLE").is_some()
}

fn seeds() -> Vec<u64> {
    let usual = if writes_table() { SEEDS_OF_TABLE.to_vec() } else { SEEDS.to_vec() };
    std::env::var(SEEDS_VARIABLE).map_or(usual, |list| list.split(',').map(|seed| seed.parse().unwrap()).collect())
}

async fn measure(tasks: Vec<PageTask>) -> Vec<Score> {
    let count = tasks.len();
    let seeds = seeds();
    let todo: Vec<(usize, PageTask, u64)> =
        tasks.into_iter().enumerate().flat_map(|(at, task)| seeds.iter().map(move |seed| (at, task.clone(), *seed))).collect();
    let todo = Arc::new(Mutex::new(todo));
    let workers: Vec<_> = (0..BROWSERS)
        .map(|_| {
            let todo = Arc::clone(&todo);
            tokio::spawn(async move {
                let computer = start(Web::dir(root().join("web")).unwrap()).await;
                let mut done = vec![];
                loop {
                    let Some((at, task, seed)) = todo.lock().unwrap().pop() else { break };
                    done.push((at, attempt(&*computer, &task, seed).await));
                }
                computer.close().await;
                done
            })
        })
        .collect();
    let mut scores: Vec<Score> = (0..count).map(|_| Score::default()).collect();
    for worker in workers {
        for (at, outcome) in worker.await.unwrap() {
            match outcome {
                Ok(()) => scores.get_mut(at).unwrap().passed += 1,
                Err(failure) => scores.get_mut(at).unwrap().failures.push(failure),
            }
        }
    }
    scores
}

/// The table as it stands in the documentation.
fn table(tasks: &[PageTask], scores: &[Score], known: &[Known]) -> String {
    let mut groups: BTreeMap<&str, (usize, usize, Vec<String>)> = BTreeMap::new();
    for (task, score) in tasks.iter().zip(scores) {
        let group = groups.entry(&task.group).or_default();
        group.0 += 1;
        group.1 += score.passed;
        if !score.failures.is_empty() {
            let reason = known.iter().find(|known| known.page == task.page && known.instruction == task.instruction);
            let reason = reason.map_or("not explained", |known| known.reason.as_str());
            group.2.push(format!("`{}`: {reason}", task.page));
        }
    }
    let mut text = String::from("| group | tasks | runs | passed | failures |\n|---|--:|--:|--:|---|\n");
    let seeds = seeds().len();
    let (mut runs, mut passed) = (0, 0);
    for (name, (count, good, failures)) in groups {
        runs += count * seeds;
        passed += good;
        text += &format!("| {name} | {count} | {} | {good} | {} |\n", count * seeds, failures.join("; "));
    }
    text + &format!("| all | {} | {runs} | {passed} | |\n", tasks.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_no_fewer_page_tasks_than_are_known_to_pass() {
    let only = std::env::var("LIGHTCONE_ONLY_PAGE").ok();
    let mut tasks: Vec<PageTask> = ["tasks.json", "second.json", "third.json"].into_iter().flat_map(read).collect();
    if let Some(only) = &only {
        tasks.retain(|task| only.split(',').any(|name| [&task.page, &task.host].contains(&&name.to_owned())));
    }
    let known: Vec<Known> = read("known-failures.json");
    let scores = measure(tasks.clone()).await;
    let is_known = |task: &PageTask| known.iter().any(|known| known.page == task.page && known.instruction == task.instruction);
    let unexpected: Vec<String> = tasks
        .iter()
        .zip(&scores)
        .filter(|(task, score)| !score.failures.is_empty() && !is_known(task))
        .map(|(task, score)| format!("{} ({}): {}", task.page, task.instruction, score.failures.join("\n")))
        .collect();
    let table = table(&tasks, &scores, &known);
    println!("{table}");
    assert!(unexpected.is_empty(), "{} tasks failed:\n{}", unexpected.len(), unexpected.join("\n\n"));
    if only.is_none() && writes_table() {
        write(&table);
    }
}

/// Puts the table between its marks in the documentation.
fn write(table: &str) {
    const MARKS: [&str; 2] = ["<!-- table: begin -->\n", "<!-- table: end -->"];
    let path = root().parent().unwrap().parent().unwrap().join("docs/agent.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).unwrap();
    let (_, after) = rest.split_once(MARKS[1]).unwrap();
    std::fs::write(&path, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).unwrap();
}
