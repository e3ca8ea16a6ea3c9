//! The `lightcone` command.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
};

use napi::{Env, Task, bindgen_prelude::AsyncTask};
use napi_derive::napi;

/// One run of the command, on a thread of its own: it blocks until the command ends.
pub struct Command {
    arguments: Vec<OsString>,
}

impl Task for Command {
    type Output = i32;
    type JsValue = i32;

    fn compute(&mut self) -> napi::Result<i32> {
        let arguments = std::mem::take(&mut self.arguments);
        catch_unwind(AssertUnwindSafe(|| lightcone_cli::run(arguments)))
            .map_err(|_| napi::Error::from_reason("the command failed in a way it should not; please report it"))
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
