//! The `lightcone` command.
//!
//! [`run`] is its one entry: for the program of this crate and for the native modules
//! of the Python and npm packages.

mod data;
mod doctor;
mod local;
mod prune;
mod remote;
mod run;
mod say;
mod serve;
mod steer;

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
    Status(steer::Status),
    Pause(steer::Pause),
    Resume(steer::Resume),
    Message(steer::Message),
    Prune(prune::Prune),
    Doctor(doctor::Doctor),
    /// Print a script that completes this command's words in a shell
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
/// code: that of the task for `run`; 1 when something failed, 2 for wrong usage.
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
            say::error(format!("no threads could be started: {error}"));
            return FAILED;
        }
    };
    let done = runtime.block_on(async {
        match command.what {
            What::Serve(serve) => serve.run().await,
            What::Run(run) => run.run().await,
            What::Status(status) => status.run().await,
            What::Pause(pause) => pause.run().await,
            What::Resume(resume) => resume.run().await,
            What::Message(message) => message.run().await,
            What::Prune(prune) => prune.run().await,
            What::Doctor(doctor) => doctor.run().await,
            What::Completions { shell } => {
                clap_complete::generate(shell, &mut Command::command(), "lightcone", &mut std::io::stdout());
                Ok(0)
            }
        }
    });
    // What is left is background work that nobody waits for any more.
    runtime.shutdown_background();
    done.unwrap_or_else(|stop| {
        say::error(stop.text);
        stop.code
    })
}

/// Logs to standard error: warnings, or what LIGHTCONE_LOG says (`info`, `debug`).
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LIGHTCONE_LOG").unwrap_or_else(|_| "warn".into());
    // Fails when the program around us logs already, which is as good.
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).without_time().try_init();
}

/// The wish to end: Ctrl-C, or SIGTERM. It is heard from this call on, so that nothing
/// that is shown afterwards invites a signal too early.
fn wish_to_end() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(async move { drop(interrupt.recv().await) })
    }
}
