//! Writes what the bindings and the API description share with the core, so that
//! nothing is copied by hand.
//!
//! `cargo run -p lightcone-codegen` writes the files; with `-- --check` it writes
//! nothing, names those that differ, and exits with 1.

mod files;
mod model;
mod openapi;
mod python;
mod text;
mod typescript;

use std::path::Path;
use std::process::ExitCode;

/// How to bring the files up to date; also in the banner of each.
const COMMAND: &str = "cargo run -p lightcone-codegen";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "what a command has to say goes to its terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        other => {
            eprintln!("{} is not an argument this knows. Usage: {COMMAND} [-- --check]", other.join(" "));
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(changes) if changes.is_empty() => ExitCode::SUCCESS,
        Ok(changes) if check => {
            eprintln!("These files are not what the core's types say:");
            changes.iter().for_each(|change| eprintln!("  {change}"));
            eprintln!("Run `{COMMAND}` and commit what it changes.");
            ExitCode::FAILURE
        }
        Ok(changes) => {
            changes.iter().for_each(|change| println!("{change}"));
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// What differs; unless only checking, it is put right.
fn run(check: bool) -> Result<Vec<files::Change>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("The repository's root is not there.")?;
    let api = model::Api::of_core()?;
    let mut wanted = vec![openapi::render(&api)];
    wanted.extend(python::render(&api));
    wanted.extend(typescript::render(&api));
    let changes = files::compare(root, &wanted, &[python::FOLDER, typescript::FOLDER])?;
    if !check {
        files::apply(root, &wanted, &changes)?;
    }
    Ok(changes)
}
