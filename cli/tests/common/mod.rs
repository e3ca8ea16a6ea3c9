//! The command as a process of its own, and `lightcone serve` as one.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

/// The command, with nothing of this process's settings.
pub(crate) fn lightcone(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lightcone"));
    without_settings(command.args(arguments));
    command
}

/// Keeps this process's settings from a command.
pub(crate) fn without_settings(command: &mut Command) {
    for name in ["LIGHTCONE_BASE_URL", "TZAFON_API_KEY", "LIGHTCONE_API_KEYS", "LIGHTCONE_ALLOWED_HOSTS", "LIGHTCONE_LOG"] {
        command.env_remove(name);
    }
}

/// A running `lightcone serve`; killed at its end.
pub(crate) struct Serving {
    pub(crate) process: Child,
    /// What it writes on standard error if that is piped, read as it comes: a full pipe would stop it.
    pub(crate) log: Option<JoinHandle<String>>,
    /// What it printed until it was ready.
    pub(crate) said: String,
    pub(crate) url: String,
}

impl Serving {
    /// Runs the command until the server is ready.
    pub(crate) fn of(mut serve: Command) -> Self {
        let mut process = serve.stdout(Stdio::piped()).spawn().unwrap();
        let log = process.stderr.take().map(|mut log| {
            std::thread::spawn(move || {
                let mut text = String::new();
                log.read_to_string(&mut text).unwrap();
                text
            })
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut said = String::new();
        while !said.contains("Tasks are kept") {
            said.push_str(&lines.next().unwrap());
            said.push('\n');
        }
        let url = after(&said, "LIGHTCONE_BASE_URL=").unwrap().to_owned();
        Self { process, log, said, url }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The rest of the line after these words.
pub(crate) fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.split_once(words).map(|(_, rest)| rest))
}
