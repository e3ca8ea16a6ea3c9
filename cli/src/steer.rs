//! `lightcone status`, `pause`, `resume`, `message`, `cancel`: one task on a running server.

use clap::Args;
use lightcone::tasks::TaskUsage;

use crate::{
    Stop,
    remote::{client, stop},
    say,
};

/// Show where a task is, its exit code once it has ended, and what its model took
///
/// Exits with 0 whatever became of the task.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone status task_1f0c
  lightcone status task_1f0c --json")]
pub(crate) struct Status {
    /// The task's id, as `run` and the SDKs show it
    task: String,
    /// Print the whole answer as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let status = client()?.agent().tasks().retrieve_status(&self.task).await.map_err(stop)?;
        if self.json {
            say::json(&status);
            return Ok(0);
        }
        let word = status.status.as_deref().unwrap_or("of unknown status");
        say::line(status.exit_code.map_or_else(|| word.to_owned(), |code| format!("{word}, exit code {code}")));
        if let Some(usage) = &status.usage {
            say::line(taken(usage));
        }
        Ok(0)
    }
}

/// What a model took, as far as it is told.
fn taken(usage: &TaskUsage) -> String {
    let tokens = |count: Option<i64>, what: &str| count.map(|count| format!("{count} tokens {what}"));
    let told =
        [tokens(usage.input_tokens, "read"), tokens(usage.cached_tokens, "of them from a cache"), tokens(usage.output_tokens, "written")];
    told.into_iter().flatten().chain(usage.cost.map(|cost| format!("cost {cost:.4}"))).collect::<Vec<_>>().join(", ")
}

/// Hold a task: the step under way finishes, and the next one waits for `resume`
#[derive(Args)]
#[command(after_help = "Example:
  lightcone pause task_1f0c")]
pub(crate) struct Pause {
    /// The task's id
    task: String,
}

impl Pause {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let answer = client()?.agent().tasks().pause(&self.task).await.map_err(stop)?;
        acknowledged(answer.status)
    }
}

/// Let a paused task go on
#[derive(Args)]
#[command(after_help = "Example:
  lightcone resume task_1f0c")]
pub(crate) struct Resume {
    /// The task's id
    task: String,
}

impl Resume {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let answer = client()?.agent().tasks().resume(&self.task).await.map_err(stop)?;
        acknowledged(answer.status)
    }
}

/// Tell a running task something; the agent reads it before its next step
#[derive(Args)]
#[command(after_help = "Example:
  lightcone message task_1f0c \"Focus on the top 3 results only\"")]
pub(crate) struct Message {
    /// The task's id
    task: String,
    /// What to tell the agent
    text: String,
}

impl Message {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let answer = client()?.agent().tasks().inject_message(&self.task, self.text).await.map_err(stop)?;
        acknowledged(answer.status)
    }
}

/// End a task before its time
///
/// Once more is harmless. `lightcone status` and `watch` then tell exit code 130.
#[derive(Args)]
#[command(after_help = "Example:
  lightcone cancel task_1f0c")]
pub(crate) struct Cancel {
    /// The task's id
    task: String,
}

impl Cancel {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let answer = client()?.agent().tasks().cancel(&self.task).await.map_err(stop)?;
        acknowledged(answer.status)
    }
}

fn acknowledged(status: Option<String>) -> Result<i32, Stop> {
    say::line(status.as_deref().unwrap_or("done"));
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_took_is_told_as_far_as_it_is_known() {
        let told = |json| taken(&serde_json::from_str(json).unwrap());
        let whole = r#"{"input_tokens": 1200, "cached_tokens": 1000, "output_tokens": 34, "cost": 0.01236, "more": 1}"#;
        assert_eq!(told(whole), "1200 tokens read, 1000 tokens of them from a cache, 34 tokens written, cost 0.0124");
        assert_eq!(told(r#"{"output_tokens": 34, "cost": null}"#), "34 tokens written");
    }
}
