//! The table of cases by language, and what failed in full.

use std::collections::BTreeMap;

use crate::{control::Run, expand::Expanded};

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// With every difference.
    Failed(Vec<String>),
    /// With the reason.
    Skipped(String),
}

/// One case with what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    topic: String,
    family: String,
    name: String,
    verdict: Verdict,
}

impl Outcome {
    pub(crate) fn of(expanded: &Expanded, verdict: Verdict) -> Self {
        Self { topic: expanded.topic.clone(), family: expanded.family.clone(), name: expanded.name.clone(), verdict }
    }
}

/// How many of a family passed, failed, were skipped.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Count {
    fn cell(self) -> String {
        let counts = [(self.passed, ""), (self.failed, " failed"), (self.skipped, " not")];
        let parts: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count}{word}")).collect();
        if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
    }
}

/// How many of the variants of a case that failed are told in full.
const MOST_FAILURES: usize = 3;

/// How much is told of a case that failed, when it is for information.
const MOST_CHARACTERS: usize = 140;

/// By column, topic and family: the first difference of each case that did not pass and is for information.
type Beside<'a> = BTreeMap<(usize, &'a str, &'a str), Vec<&'a str>>;

/// The whole report, and whether everything is as it must be.
pub(crate) fn report(runs: &[Run]) -> (String, bool) {
    let mut table: BTreeMap<(String, String), Vec<Count>> = BTreeMap::new();
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut beside = Beside::new();
    let mut reasons: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut sums = vec![Count::default(); runs.len()];
    let lost: Vec<Vec<Outcome>> = runs.iter().map(lost).collect();
    for (column, (run, lost)) in runs.iter().zip(&lost).enumerate() {
        for outcome in run.outcomes.iter().chain(lost) {
            let row = table.entry((outcome.topic.clone(), outcome.family.clone())).or_insert_with(|| vec![Count::default(); runs.len()]);
            let counts = [row.get_mut(column), sums.get_mut(column)];
            for count in counts.into_iter().flatten() {
                match &outcome.verdict {
                    Verdict::Passed => count.passed += 1,
                    Verdict::Failed(_) => count.failed += 1,
                    Verdict::Skipped(_) => count.skipped += 1,
                }
            }
            match &outcome.verdict {
                Verdict::Passed => {}
                Verdict::Failed(why) if run.beside => {
                    let differs = beside.entry((column, &outcome.topic, &outcome.family)).or_default();
                    differs.push(why.first().map_or("", String::as_str));
                }
                Verdict::Failed(why) => {
                    let place = format!("{} · {} · {}", run.runner, outcome.topic, outcome.family);
                    failures.entry(place).or_default().push(format!(
                        "{}
    {}",
                        outcome.name,
                        why.join(
                            "
    "
                        )
                    ));
                }
                Verdict::Skipped(why) => *reasons.entry((run.runner.clone(), why.clone())).or_default() += 1,
            }
        }
    }
    let mut text = String::new();
    let width = table.keys().map(|(_, family)| family.chars().count()).max().unwrap_or_default().max(20);
    let columns = |counts: &[Count]| counts.iter().map(|count| count.cell()).collect();
    let rows: Vec<Vec<String>> = table.values().chain([&sums]).map(|counts| columns(counts)).collect();
    let widths: Vec<usize> = (0..runs.len())
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.len() + 2).max().unwrap_or_default().max(16))
        .collect();
    let mut line = |name: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        text.push_str(format!("{name:<width$}{}", cells.concat()).trim_end());
        text.push('\n');
    };
    line("", &runs.iter().map(|run| run.runner.clone()).collect::<Vec<_>>());
    let mut topic = "";
    for ((this, family), cells) in table.keys().zip(&rows) {
        if this != topic {
            line(&format!("{this}:"), &[]);
            topic = this;
        }
        line(&format!("  {family}"), cells);
    }
    line("all", rows.last().map_or(&[], Vec::as_slice));
    for ((runner, why), count) in &reasons {
        text.push_str(&format!("{runner} leaves out {count}: {why}\n"));
    }
    text.push_str(&silent(runs));
    text.push_str(&information(runs, &beside));
    for (place, of_family) in &failures {
        for failure in of_family.iter().take(MOST_FAILURES) {
            text.push_str(&format!("\nFAILED {place}\n  {failure}\n"));
        }
        if of_family.len() > MOST_FAILURES {
            text.push_str(&format!("  ... and {} more of the same name\n", of_family.len() - MOST_FAILURES));
        }
    }
    (text, failures.is_empty())
}

/// What was begun and not handed in, or not begun.
fn lost(run: &Run) -> Vec<Outcome> {
    let why = "was not handed in".to_owned();
    let verdict = if run.beside { Verdict::Skipped(why) } else { Verdict::Failed(vec![why]) };
    run.unfinished().map(|case| Outcome::of(case, verdict.clone())).collect()
}

/// What clients do not tell, and is therefore not compared.
fn silent(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let mut silent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (member, why) in run.cannot.iter().filter_map(|(what, why)| Some((what.strip_prefix("member ")?, why))) {
            silent.entry(why).or_default().push(member);
        }
        for (why, members) in silent {
            text.push_str(&format!("{} is not asked for {}: {why}\n", run.runner, members.join(", ")));
        }
    }
    text
}

fn information(runs: &[Run], beside: &Beside<'_>) -> String {
    let mut text = String::new();
    let mut last = None;
    for ((column, topic, family), differences) in beside {
        if last.replace(column) != Some(column) {
            let runner = runs.get(*column).map_or("", |run| &run.runner);
            text.push_str(&format!("\n{runner}, for information: how many of a case do not pass, and the first difference\n"));
        }
        let first: String = differences.iter().take(1).flat_map(|why| why.chars()).take(MOST_CHARACTERS).collect();
        text.push_str(&format!("{:>6}  {topic} · {family}: {first}\n", differences.len()));
    }
    text
}
