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

/// The whole report, and whether everything is as it must be.
pub(crate) fn report(runs: &[Run]) -> (String, bool) {
    let mut table: BTreeMap<(String, String), Vec<Count>> = BTreeMap::new();
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reasons: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut sums = vec![Count::default(); runs.len()];
    for (column, run) in runs.iter().enumerate() {
        let lost = run.unfinished().map(|case| Outcome::of(case, Verdict::Failed(vec!["was not handed in".to_owned()])));
        let lost: Vec<Outcome> = lost.collect();
        for outcome in run.outcomes.iter().chain(&lost) {
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
    let mut line = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| format!("{cell:>16}")).collect();
        text.push_str(format!("{name:<width$}{}", cells.concat()).trim_end());
        text.push('\n');
    };
    line("", &mut runs.iter().map(|run| run.runner.clone()));
    let mut topic = "";
    for ((this, family), counts) in &table {
        if this != topic {
            line(&format!("{this}:"), &mut std::iter::empty());
            topic = this;
        }
        line(&format!("  {family}"), &mut counts.iter().map(|count| count.cell()));
    }
    line("all", &mut sums.iter().map(|count| count.cell()));
    for ((runner, why), count) in &reasons {
        text.push_str(&format!("{runner} leaves out {count}: {why}\n"));
    }
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
