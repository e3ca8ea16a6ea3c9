//! The `lightcone` command.

use std::ffi::OsString;

use napi::{Env, Task, bindgen_prelude::AsyncTask};
use napi_derive::napi;

use crate::error::guard;

/// One run of the command, on a thread of its own: it blocks until the command ends.
pub struct Command {
    arguments: Vec<OsString>,
}

impl Task for Command {
    type Output = i32;
    type JsValue = i32;

    fn compute(&mut self) -> napi::Result<i32> {
        let arguments = std::mem::take(&mut self.arguments);
        guard(|| Ok(lightcone_cli::run(arguments)))
    }

    fn resolve(&mut self, _env: Env, code: i32) -> napi::Result<i32> {
        Ok(code)
    }
}

/// Runs the command with these arguments, the program's own name not among them, and
/// answers its exit code.
#[napi(ts_return_type = "Promise<number>")]
pub fn run_cli(args: Vec<String>) -> AsyncTask<Command> {
    AsyncTask::new(Command { arguments: args.into_iter().map(OsString::from).collect() })
}
