//! `lightcone prune`.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use lightcone_server::prune_folder;

use crate::{FAILED, Stop, data, say, serve::DAY};

/// Forget old tasks in the folder of a server that does not run
///
/// Tasks that ended so long ago go with their events, screenshots and idempotency keys, saved
/// states of browsers that were not used for so long go too, and their room on the disk is
/// free again. Tasks that have not ended stay. A server that runs
/// does the same by itself with `serve --keep DAYS`.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone prune --older-than 30
  lightcone prune --older-than 0 --data ./tasks")]
pub(crate) struct Prune {
    /// Forget the tasks that ended so many days ago or longer; 0 forgets all that have ended
    #[arg(long, value_name = "DAYS")]
    older_than: u32,
    /// Where the tasks are [default: the folder that `serve` uses by default]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where their screenshots are, if `serve --screenshots` keeps them elsewhere
    #[arg(long, value_name = "DIR")]
    screenshots: Option<PathBuf>,
}

impl Prune {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let folder = data::folder(self.data)?;
        let age: Duration = DAY * self.older_than;
        let count = prune_folder(&folder, self.screenshots.as_deref(), age).await.map_err(|error| Stop::new(FAILED, error))?;
        say::line(match count {
            0 => "no task is that old".to_owned(),
            1 => "1 task is forgotten".to_owned(),
            count => format!("{count} tasks are forgotten"),
        });
        Ok(0)
    }
}
