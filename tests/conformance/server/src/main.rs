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
mod runners;
mod schema;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use control::Suite;

const USAGE: &str = "usage: fault-server CASES [--only TEXT] [[--beside] RUNNER-COMMAND ...]";

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
    let (address, serving) = control::serve(Arc::clone(&suite)).await.map_err(|error| error.to_string())?;
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
        // One after the other: each makes full use of the machine by itself.
        let ended = runners::run(&suite, &command, &address, beside).await;
        println!("{command}: {:.1} s", begun.elapsed().as_secs_f64());
        if let Err(why) = &ended {
            eprintln!("{command} {why}");
        }
        runners_ended_well &= beside || ended.is_ok();
    }
    let (text, all_passed) = report::report(&suite.runs());
    println!("\n{text}");
    Ok(all_passed && runners_ended_well)
}
