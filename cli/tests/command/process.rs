//! What the command prints, and servers with scripts that it speaks to.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output},
};

pub(crate) use crate::common::{Serving, lightcone};

/// What every server here is started with.
pub(crate) const KEY: &str = "sk_test";

/// What it printed, on standard output and as errors, and its exit code.
pub(crate) fn text(output: &Output) -> (String, String, Option<i32>) {
    let own = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (own(&output.stdout), own(&output.stderr), output.status.code())
}

/// A file of scripts.
pub(crate) struct Scripts {
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Scripts {
    pub(crate) fn new(scripts: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.yaml");
        std::fs::write(&file, scripts).unwrap();
        Self { file, _folder: folder }
    }

    /// `run` with a server within the command.
    pub(crate) fn run(&self, instruction: &str) -> Command {
        lightcone(&["run", instruction, "--model", "scripted", "--scripts", self.file.to_str().unwrap()])
    }

    /// A server of its own that keeps nothing.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// The same with more options.
    pub(crate) fn serve_with(&self, options: &[&str]) -> Serving {
        Serving::start(&[&["--data", ":memory:", "--scripts", self.file.to_str().unwrap()], options].concat())
    }

    /// A server of its own that keeps its tasks in `data`.
    pub(crate) fn serve_in(&self, data: &Path) -> Serving {
        Serving::start(&["--data", data.to_str().unwrap(), "--scripts", self.file.to_str().unwrap()])
    }
}

impl Serving {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of(lightcone(&[&["serve", "--port", "0", "--api-key", KEY], options].concat()))
    }

    /// The command, speaking to this server.
    pub(crate) fn lightcone(&self, arguments: &[&str]) -> Command {
        let mut command = lightcone(arguments);
        command.env("LIGHTCONE_BASE_URL", &self.url).env("TZAFON_API_KEY", KEY);
        command
    }

    /// What the command prints and how it exits.
    pub(crate) fn ask(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        text(&self.lightcone(arguments).output().unwrap())
    }

    /// Ends it as Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn end(mut self) {
        signal(&self.process, "INT");
        self.process.wait().unwrap();
    }
}

#[cfg(unix)]
pub(crate) fn signal(process: &Child, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap().success());
}
