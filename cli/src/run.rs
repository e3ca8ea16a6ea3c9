//! `lightcone run`.

use clap::Args;
use futures_util::StreamExt;
use lightcone::{
    Client,
    tasks::{Event, StartParams},
};
use lightcone_server::{Server, new_key};

use crate::{
    FAILED, INTERRUPTED, Stop, USAGE,
    local::Local,
    remote::{self, stop},
    say::Screen,
    wish_to_end,
};

/// Run one task, show what the agent does, and exit with the task's exit code
///
/// The task runs on the server of LIGHTCONE_BASE_URL if that is set, else on a server within
/// this command, with a browser on this machine.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone run \"Go to github.com and find the trending Python repositories\" --web demo
  lightcone run \"Search for 'machine learning' on Wikipedia and summarize the first paragraph\" --web demo
  lightcone run \"Read the first heading\" --start-url https://example.com
  lightcone run \"Read the first heading\" --start-url http://localhost:3000 --allow localhost

Exit codes: 0 completed, 1 failed, 2 wrong usage or configuration, 3 out of steps, 124 out of time, 130 cancelled.")]
pub(crate) struct Run {
    /// What the agent should do, in plain words
    instruction: String,
    /// The kind of computer: browser or desktop
    #[arg(long, default_value = "browser")]
    kind: String,
    /// Open this address before the agent starts
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// Which model decides; the server's default if not given
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The most actions the agent may do
    #[arg(long, value_name = "N")]
    max_steps: Option<i64>,
    /// Print each event as one line of JSON instead
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    local: Local,
}

impl Run {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let mut params = StartParams::new(self.instruction).kind(self.kind.as_str());
        params.start_url = self.start_url;
        params.model = self.model;
        params.max_steps = self.max_steps;

        let screen = Screen::new(self.json);
        if let Some(url) = remote::named() {
            if self.local.is_given() {
                let text = format!(
                    "--web, --allow-private, --allow, --deny, --pace, --scripts and --screenshots are for a server within this command, but LIGHTCONE_BASE_URL names {url}: unset it, or leave them out"
                );
                return Err(Stop::new(USAGE, text));
            }
            return follow(&remote::client()?, params, None, &screen).await;
        }
        let key = new_key();
        let server = Server::start(self.local.config(&key)?).await.map_err(|error| Stop::new(FAILED, error))?;
        let client = Client::builder().api_key(key).base_url(server.url()).build().map_err(stop)?;
        let done = follow(&client, params, Some(&server), &screen).await;
        server.shutdown().await;
        done
    }
}

/// Starts the task, shows its events, and gives its exit code.
async fn follow(client: &Client, params: StartParams, local: Option<&Server>, screen: &Screen) -> Result<i32, Stop> {
    let tasks = client.agent().tasks();
    let mut events = tasks.start_stream(params).await.map_err(stop)?;
    let mut task_id = None;
    let mut interrupted = std::pin::pin!(wish_to_end().map_err(|error| Stop::new(FAILED, error))?);
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = &mut interrupted => {
                return Err(Stop::new(INTERRUPTED, leave(task_id.as_deref(), local).await));
            }
        };
        let Some(event) = event else { break };
        let event = event.map_err(stop)?;
        screen.show(&event);
        match event {
            Event::Started(started) => task_id = started.task_id,
            // It comes before a task has started, so that there may be no task to ask about.
            Event::ConfigError(_) if task_id.is_none() => return Ok(USAGE),
            _ => {}
        }
    }
    let id = task_id.or_else(|| events.task_id()).ok_or_else(|| Stop::new(FAILED, "the stream ended without naming its task"))?;
    let status = tasks.retrieve_status(&id).await.map_err(stop)?;
    let code = status.exit_code.and_then(|code| i32::try_from(code).ok());
    code.ok_or_else(|| {
        Stop::new(FAILED, format!("the stream ended, but task {id} is {}", status.status.unwrap_or_else(|| "of unknown status".to_owned())))
    })
}

/// After Ctrl-C: what became of the task.
async fn leave(task_id: Option<&str>, local: Option<&Server>) -> String {
    match (task_id, local) {
        (Some(id), Some(server)) => match server.cancel(id).await {
            Ok(()) => format!("task {id} is cancelled"),
            Err(error) => error.to_string(),
        },
        (Some(id), None) => format!("no longer watching; task {id} goes on"),
        (None, _) => "left before the task began".to_owned(),
    }
}
