//! `lightcone list`.

use clap::Args;
use lightcone::tasks::{ListParams, RetrieveStatusResponse};

use crate::{
    Stop,
    remote::{client, stop},
    say,
};

/// The most tasks that a server gives at once (contract, section 9).
const LARGEST_PAGE: usize = 100;

/// List the tasks of a server, the newest first
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone list
  lightcone list --status running
  lightcone list --status failed --limit 100
  lightcone list --all --json")]
pub(crate) struct List {
    /// Only those with this status
    #[arg(long, value_parser = ["queued", "running", "paused", "completed", "failed", "cancelled"])]
    status: Option<String>,
    /// The most to list
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// List all of them
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Print each as one line of JSON instead, as the server tells it
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let client = client()?;
        let most = if self.all { usize::MAX } else { usize::try_from(self.limit).unwrap_or(usize::MAX) };
        let mut params = ListParams::new().limit(i64::try_from(most.min(LARGEST_PAGE)).unwrap_or(i64::MAX));
        params.status = self.status.map(Into::into);
        let mut page = client.agent().tasks().list(params).await.map_err(stop)?;
        let mut tasks: Vec<RetrieveStatusResponse> = Vec::new();
        let has_more = loop {
            let room = most - tasks.len();
            tasks.extend(page.data.iter().take(room).cloned());
            if page.data.len() >= room {
                break page.has_more || page.data.len() > room;
            }
            match page.next_page().await.map_err(stop)? {
                Some(next) => page = next,
                None => break false,
            }
        };
        if self.json {
            tasks.iter().for_each(say::json);
        } else if !tasks.is_empty() {
            say::table(["TASK", "STATUS", "STARTED", "INSTRUCTION"], &tasks.iter().map(row).collect::<Vec<_>>());
        }
        if tasks.is_empty() {
            say::aside("there is no such task");
        } else if has_more {
            say::aside("there are more: --limit N lists so many, --all lists all");
        }
        Ok(0)
    }
}

fn row(task: &RetrieveStatusResponse) -> [String; 4] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let status = match (text(&task.status), task.exit_code) {
        (status, Some(code)) if code != 0 => format!("{status} ({code})"),
        (status, _) => status,
    };
    [text(&task.task_id), status, task.created_at.as_deref().map_or_else(String::new, to_seconds), text(&task.instruction)]
}

/// A time of RFC 3339 without the fraction of its second.
fn to_seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, rest)) => format!("{seconds}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_a_server_tells() {
        let task = |json| row(&serde_json::from_str(json).unwrap());
        let whole = r#"{"task_id":"t","status":"failed","exit_code":3,"created_at":"2026-11-24T11:20:03.123Z","instruction":"go"}"#;
        assert_eq!(task(whole), ["t", "failed (3)", "2026-11-24T11:20:03Z", "go"]);
        assert_eq!(task(r#"{"task_id":"t","status":"completed","exit_code":0}"#), ["t", "completed", "", ""]);
        assert_eq!(to_seconds("2026-11-24T11:20:03.5+01:00"), "2026-11-24T11:20:03+01:00");
        assert_eq!(to_seconds("2026-11-24T11:20:03Z"), "2026-11-24T11:20:03Z");
    }
}
