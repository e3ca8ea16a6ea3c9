//! The processes of the runners: one that plays its cases, and one more for each case that is
//! about the environment of a process.

use std::{collections::BTreeMap, process::ExitStatus, sync::Arc, time::Duration};

use tokio::{process::Command, task::JoinSet};

use crate::{
    control::{self, Suite},
    expand::Expanded,
    report::{Outcome, Verdict},
};

/// How long a runner at most takes whose cases are for information.
const BESIDE: Duration = Duration::from_secs(75);

/// How many cases have a process of their own at one time.
const AT_ONCE: usize = 4;

/// What a person may have in the environment for reasons that are not the suite's.
const NOT_OURS: [&str; 9] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_DIR"];

/// Plays all cases that there are for a runner.
pub(crate) async fn run(suite: &Suite, command: &str, address: &str, beside: bool) -> Result<(), String> {
    let runs_before = suite.runs().len();
    let ended = process(command, address, &suite.trusted(), &BTreeMap::new(), beside).await;
    let runs_now = suite.runs().len();
    for number in runs_before..runs_now {
        let cases = suite.runs().get_mut(number).map(|run| {
            run.beside = beside;
            run.take_alone()
        });
        for cases in cases.unwrap_or_default().chunks(AT_ONCE) {
            let mut playing = JoinSet::new();
            for case in cases {
                let (one, environment) = suite.alone(Arc::clone(case))?;
                playing.spawn(alone(one, Arc::clone(case), environment, command.to_owned(), beside));
            }
            let outcomes: Vec<Outcome> = playing.join_all().await.into_iter().flatten().collect();
            if let Some(run) = suite.runs().get_mut(number) {
                run.outcomes.extend(outcomes);
            }
        }
    }
    match ended? {
        status if status.success() => Ok(()),
        status => Err(format!("ended with {status}")),
    }
}

/// Plays one case in a process with this environment.
async fn alone(suite: Suite, case: Arc<Expanded>, environment: BTreeMap<String, String>, command: String, beside: bool) -> Vec<Outcome> {
    let (suite, failed) = (Arc::new(suite), |why: String| vec![Outcome::of(&case, Verdict::Failed(vec![why]))]);
    let (address, serving) = match control::serve(Arc::clone(&suite)).await {
        Ok(serving) => serving,
        Err(error) => return failed(error.to_string()),
    };
    let ended = process(&command, &address, &suite.trusted(), &environment, beside).await;
    serving.abort();
    let outcomes: Vec<Outcome> = suite.runs().iter_mut().flat_map(|run| std::mem::take(&mut run.outcomes)).collect();
    match ended {
        Ok(_) if !outcomes.is_empty() => outcomes,
        Ok(status) => failed(format!("the process for the case ended with {status} before it was done")),
        Err(why) => failed(format!("the process for the case {why}")),
    }
}

/// Runs a runner to its end.
async fn process(
    command: &str,
    address: &str,
    trusted: &str,
    environment: &BTreeMap<String, String>,
    beside: bool,
) -> Result<ExitStatus, String> {
    let mut words = command.split_whitespace();
    let mut process = Command::new(words.next().ok_or("is no command")?);
    for name in NOT_OURS {
        process.env_remove(name);
    }
    process.args(words).env("LIGHTCONE_CONFORMANCE", address).env("SSL_CERT_FILE", trusted).envs(environment).kill_on_drop(true);
    let most = if beside { BESIDE } else { Duration::MAX };
    match tokio::time::timeout(most, process.status()).await {
        Ok(ended) => ended.map_err(|error| format!("did not start: {error}")),
        Err(_) => Err(format!("was ended after {} s", most.as_secs())),
    }
}
