//! `lightcone watch`.

use clap::Args;

use crate::{Stop, follow::Follow, remote, screen::Screen, screenshots};

/// Show what the agent of a task does, from its first event to its end, and exit as the task did
///
/// It does not matter who started the task, nor whether it has ended already. Ctrl-C stops
/// watching and leaves the task alone: `lightcone cancel` ends it.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone watch task_1f0c
  lightcone watch task_1f0c --from 12 --json
  lightcone watch task_1f0c --screenshots shots

Exit codes: 0 completed, 1 failed, 2 wrong usage or configuration, 3 out of steps, 124 out of time,
130 cancelled or no longer watched.")]
pub(crate) struct Watch {
    /// The task's id, as `run`, `list` and the SDKs show it
    task: String,
    /// Begin with this event; they are numbered from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// Print each event as one line of JSON instead
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screenshots: screenshots::Place,
}

impl Watch {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let client = remote::client()?;
        let screenshots = self.screenshots.open(remote::is_loopback(&remote::url()))?;
        Follow::new(&client, Screen::new(self.json), screenshots, true)?.attach(&self.task, self.from).await
    }
}
