//! The fault server of the conformance suite: plays each case's server on a port of its own,
//! tells the runners what their clients must do, and judges what came of it.
//!
//! `fault-server CASES [--only TEXT] [RUNNER-COMMAND ...]`: runs each command as a runner, with `LIGHTCONE_CONFORMANCE` set to the server's address, prints the table, and ends with 1
//! if a case failed. Without runners it prints its address and serves until it is ended.
//! `fault-server --schema` prints the JSON Schema of the case files.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to the person who started it")]

mod case;
mod control;
mod expand;
mod judge;
mod play;
mod report;
mod schema;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use control::Suite;
use tokio::{net::TcpListener, process::Command};

const USAGE: &str = "usage: fault-server CASES [--only TEXT] [RUNNER-COMMAND ...]";

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
    let commands: Vec<String> = arguments.collect();
    if commands.is_empty() {
        println!("{address}");
        return match serving.await {
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(())) | Err(_) => Ok(true),
        };
    }
    let mut runners_ended_well = true;
    for command in commands {
        let begun = Instant::now();
        // One after the other: each makes full use of the machine by itself.
        let mut words = command.split_whitespace();
        let program = words.next().ok_or(USAGE)?;
        let status = Command::new(program)
            .args(words)
            .env("LIGHTCONE_CONFORMANCE", &address)
            .env("SSL_CERT_FILE", suite.trusted())
            .env_remove("SSL_CERT_DIR")
            .status()
            .await
            .map_err(|error| format!("{program} did not start: {error}"))?;
        println!("{command}: {:.1} s", begun.elapsed().as_secs_f64());
        if !status.success() {
            eprintln!("{command} ended with {status}");
            runners_ended_well = false;
        }
    }
    let (text, all_passed) = report::report(&suite.runs());
    println!("\n{text}");
    Ok(all_passed && runners_ended_well)
}
