//! `lightcone run`.

use clap::Args;
use lightcone::{Client, tasks::StartParams};
use lightcone_server::{Server, new_key};

use crate::{
    FAILED, Stop, USAGE,
    follow::Follow,
    local::Local,
    remote::{self, stop},
    screen::Screen,
    screenshots,
};

/// Run one task, show what the agent does, and exit with the task's exit code
///
/// The task runs on the server of LIGHTCONE_BASE_URL if that is set, else on a server within
/// this command, with a browser on this machine. Ctrl-C asks the server to cancel the task, and
/// its end is shown; Ctrl-C once more leaves at once.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone run \"Go to github.com and find the trending Python repositories\" --web demo
  lightcone run \"Search for 'machine learning' on Wikipedia and summarize the first paragraph\" --web demo
  lightcone run \"Read the first heading\" --start-url https://example.com
  lightcone run \"Read the first heading\" --start-url http://localhost:3000 --allow localhost
  lightcone run \"Read the first heading\" --start-url https://example.com --screenshots shots --json
  lightcone run \"Read the first heading\" --start-url https://example.com --model northstar@http://localhost:8000/v1

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
    /// The most actions the agent may do
    #[arg(long, value_name = "N")]
    max_steps: Option<i64>,
    /// Print each event as one line of JSON instead
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screenshots: screenshots::Place,
    #[command(flatten)]
    local: Local,
}

impl Run {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let mut params = StartParams::new(self.instruction).kind(self.kind.as_str());
        params.start_url = self.start_url;
        params.max_steps = self.max_steps;

        if let Some(url) = remote::named() {
            if self.local.is_given() {
                let text = format!(
                    "--web, --allow-private, --allow, --deny, --device-scale, --pace, --scripts, --config, --model-key-file, --max-cost and --record are for a server within this command, but LIGHTCONE_BASE_URL names {url}: unset it, or leave them out"
                );
                return Err(Stop::new(USAGE, text));
            }
            // There it is a name, which that server knows.
            params.model = self.local.model;
            let client = remote::client()?;
            let screenshots = self.screenshots.open(remote::is_loopback(&url))?;
            return Follow::new(&client, Screen::new(self.json), screenshots, true)?.start(params).await;
        }
        let key = new_key();
        let config = self.local.config(&key)?;
        let screenshots = self.screenshots.open(true)?;
        let server = Server::start(config).await.map_err(|error| Stop::new(FAILED, error))?;
        let done = async {
            let client = Client::builder().api_key(key).base_url(server.url()).build().map_err(stop)?;
            Follow::new(&client, Screen::new(self.json), screenshots, false)?.start(params).await
        }
        .await;
        server.shutdown().await;
        done
    }
}
