//! The fault server of the conformance suite: plays each case's server on a port of its own,
//! tells the runners what their clients must do, and judges what came of it.
//!
//! `fault-server CASES [--only TEXT] [[--beside] RUNNER-COMMAND ...]`: runs each command as a runner, with `LIGHTCONE_CONFORMANCE` set to the server's address, prints the table, and ends with 1
//! if a case failed. What comes of the runner after `--beside` is printed too, and is no failure.
//! Without runners it prints its address and serves until it is ended.
//! `fault-server --schema` prints the JSON Schema of the case files.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to the person who started it")]

mod case;
mod control;
mod expand;
mod judge;
mod play;
mod report;
mod schema;

use std::{
    path::PathBuf,
    process::{ExitCode, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};

use control::Suite;
use tokio::{net::TcpListener, process::Command};

const USAGE: &str = "usage: fault-server CASES [--only TEXT] [[--beside] RUNNER-COMMAND ...]";

/// How long a runner at most takes whose cases are for information.
const BESIDE: Duration = Duration::from_secs(75);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("fault-server: {why}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<bool, String> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == "--schema").is_some() {
        println!("{}", serde_json::to_string_pretty(&schema::schema()).map_err(|error| error.to_string())?);
        return Ok(true);
    }
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let only = if arguments.next_if(|argument| argument == "--only").is_some() { arguments.next().ok_or(USAGE)? } else { String::new() };
    let suite = Arc::new(Suite::new(folder, only)?);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = format!("http://{}", listener.local_addr().map_err(|error| error.to_string())?);
    let serving = tokio::spawn(axum::serve(listener, control::routes(Arc::clone(&suite))).into_future());
    if arguments.peek().is_none() {
        println!("{address}");
        return match serving.await {
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(())) | Err(_) => Ok(true),
        };
    }
    let mut runners_ended_well = true;
    while let Some(argument) = arguments.next() {
        let beside = argument == "--beside";
        let command = if beside { arguments.next().ok_or(USAGE)? } else { argument };
        let begun = Instant::now();
        let runs_before = suite.runs().len();
        // One after the other: each makes full use of the machine by itself.
        let ended = runner(&command, &address, &suite.trusted(), beside).await;
        println!("{command}: {:.1} s", begun.elapsed().as_secs_f64());
        let ended_well = ended.as_ref().is_ok_and(ExitStatus::success);
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => eprintln!("{command} ended with {status}"),
            Err(why) => eprintln!("{command} {why}"),
        }
        if beside {
            suite.runs().iter_mut().skip(runs_before).for_each(|run| run.beside = true);
        } else {
            runners_ended_well &= ended_well;
        }
    }
    let (text, all_passed) = report::report(&suite.runs());
    println!("\n{text}");
    Ok(all_passed && runners_ended_well)
}

/// Runs a runner to its end.
async fn runner(command: &str, address: &str, trusted: &str, beside: bool) -> Result<ExitStatus, String> {
    let mut words = command.split_whitespace();
    let running = Command::new(words.next().ok_or(USAGE)?)
        .args(words)
        .env("LIGHTCONE_CONFORMANCE", address)
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .kill_on_drop(true)
        .status();
    let most = if beside { BESIDE } else { Duration::MAX };
    match tokio::time::timeout(most, running).await {
        Ok(ended) => ended.map_err(|error| format!("did not start: {error}")),
        Err(_) => Err(format!("was ended after {} s", most.as_secs())),
    }
}
