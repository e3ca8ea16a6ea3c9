//! The `lightcone` command.
//!
//! [`run`] is its one entry: for the program of this crate and for the native modules
//! of the Python and npm packages.

mod data;
mod doctor;
mod follow;
mod http;
mod interrupts;
mod list;
mod local;
mod models;
mod prune;
mod remote;
mod run;
mod say;
mod screen;
mod screenshots;
mod serve;
mod steer;
mod watch;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

/// Agent tasks: say in plain words what a computer should do, and an agent does it.
#[derive(Parser)]
#[command(name = "lightcone", version = lightcone::VERSION, about, max_term_width = 100)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Serve(serve::Serve),
    Run(run::Run),
    Watch(watch::Watch),
    List(list::List),
    Status(steer::Status),
    Pause(steer::Pause),
    Resume(steer::Resume),
    Message(steer::Message),
    Cancel(steer::Cancel),
    Prune(prune::Prune),
    Doctor(doctor::Doctor),
    /// Print a script that completes this command's words in a shell
    #[command(after_help = "Examples:
  lightcone completions bash > ~/.local/share/bash-completion/completions/lightcone
  lightcone completions zsh > ~/.zfunc/_lightcone
  lightcone completions fish > ~/.config/fish/completions/lightcone.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Exit code for a command that could not be carried out.
const FAILED: i32 = 1;
/// Exit code for wrong usage, as clap's own.
const USAGE: i32 = 2;
/// Exit code after Ctrl-C, as for a cancelled task (contract, section 4).
const INTERRUPTED: i32 = 130;

/// What stopped a command: for people, and for the exit code.
#[derive(Debug)]
struct Stop {
    text: String,
    code: i32,
}

impl Stop {
    fn new(code: i32, text: impl std::fmt::Display) -> Self {
        Self { text: text.to_string(), code }
    }
}

/// Runs the command with its arguments (without the program's name) and gives its exit
/// code: that of the task for `run` and `watch`; 1 when something failed, 2 for wrong usage.
///
/// It starts a runtime of its own, so it must not be called from within one, and it
/// takes over Ctrl-C and, where there is such, SIGTERM.
pub fn run(args: Vec<OsString>) -> i32 {
    let command = match Command::try_parse_from(std::iter::once(OsString::from("lightcone")).chain(args)) {
        Ok(command) => command,
        Err(error) => {
            // Writing to a closed terminal is nobody's loss.
            let _ = error.print();
            return error.exit_code();
        }
    };
    log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::aside(format!("no threads could be started: {error}"));
            return FAILED;
        }
    };
    let done = runtime.block_on(async {
        match command.what {
            What::Serve(serve) => serve.run().await,
            What::Run(run) => run.run().await,
            What::Watch(watch) => watch.run().await,
            What::List(list) => list.run().await,
            What::Status(status) => status.run().await,
            What::Pause(pause) => pause.run().await,
            What::Resume(resume) => resume.run().await,
            What::Message(message) => message.run().await,
            What::Cancel(cancel) => cancel.run().await,
            What::Prune(prune) => prune.run().await,
            What::Doctor(doctor) => doctor.run().await,
            What::Completions { shell } => {
                // Not written as it is made: a reader that goes away is no reason to panic.
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Command::command(), "lightcone", &mut script);
                say::line(String::from_utf8_lossy(&script).trim_end());
                Ok(0)
            }
        }
    });
    // What is left is background work that nobody waits for any more.
    runtime.shutdown_background();
    done.unwrap_or_else(|stop| {
        say::aside(stop.text);
        stop.code
    })
}

/// Logs to standard error: warnings, or what LIGHTCONE_LOG says (`info`, `debug`). What
/// would steer the terminal is escaped by the formatter.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LIGHTCONE_LOG").unwrap_or_else(|_| "warn".into());
    // Fails when the program around us logs already, which is as good.
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| say::Log).with_ansi(colour).without_time().try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_examples() {
        for command in Command::command().get_subcommands() {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.starts_with("Example") && after.contains(&format!("lightcone {}", command.get_name())), "{}", command.get_name());
        }
    }
}
