//! `lightcone doctor`.

use std::{
    fmt::Display,
    net::{Ipv4Addr, TcpListener},
};

use clap::Args;
use lightcone::{Client, ErrorKind};
use lightcone_server::computer::{Computers, Viewport, chromium::Chromium};

use crate::{FAILED, Stop, remote, say, serve::DEFAULT_PORT};

/// Check what a local server and a client need, and say how to mend what is missing
///
/// Exits with 1 when something has to be mended.
#[derive(Args)]
pub(crate) struct Doctor {}

/// What a check came to.
enum Finding {
    Good(String),
    /// Works, with something to know.
    Note(String),
    /// Does not work; the text says how to mend it.
    Bad(String),
}

impl Doctor {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let mut to_mend = 0;
        for (name, finding) in [("browser", browser().await), ("port", port()), ("key", key()), ("server", server().await)] {
            let (mark, text) = match finding {
                Finding::Good(text) => ("ok  ", text),
                Finding::Note(text) => ("note", text),
                Finding::Bad(text) => {
                    to_mend += 1;
                    ("BAD ", text)
                }
            };
            say::line(format!("{mark}  {name:8} {}", text.replace('\n', "\n               ")));
        }
        Ok(if to_mend == 0 { 0 } else { FAILED })
    }
}

/// Starts one for real, looks at its screen, and ends it.
async fn browser() -> Finding {
    let viewport = Viewport { width: 1280, height: 720 };
    let began = std::time::Instant::now();
    let computer = match Chromium::default().launch("doctor".to_owned(), viewport, None).await {
        Ok(computer) => computer,
        Err(error) => return Finding::Bad(error.to_string()),
    };
    let seen = computer.screenshot().await;
    computer.close().await;
    match seen {
        Ok(_) => Finding::Good(format!("a Chromium starts and shows a page, in {:.1} s", began.elapsed().as_secs_f64())),
        Err(error) => Finding::Bad(format!("a Chromium starts, but shows nothing: {error}")),
    }
}

fn port() -> Finding {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, DEFAULT_PORT)) {
        Ok(_) => Finding::Good(format!("{DEFAULT_PORT} is free for `lightcone serve`")),
        Err(error) => {
            Finding::Note(format!("{DEFAULT_PORT} is not free ({error}): a server may be running, or use `lightcone serve --port 0`"))
        }
    }
}

fn key() -> Finding {
    match std::env::var("TZAFON_API_KEY") {
        Ok(key) if !key.trim().is_empty() => Finding::Good("TZAFON_API_KEY is set".to_owned()),
        _ => Finding::Note("TZAFON_API_KEY is not set: clients need it; `lightcone serve` prints one".to_owned()),
    }
}

/// Asks for a task that cannot be: who answers that there is none has taken the key.
async fn server() -> Finding {
    let named = remote::named().is_some();
    let absent = |text: &dyn Display| if named { Finding::Bad(text.to_string()) } else { Finding::Note(text.to_string()) };
    let url = remote::url();
    let client = match Client::builder().base_url(&url).max_retries(0).build() {
        Ok(client) => client,
        Err(_) if !named => return Finding::Note("not asked: LIGHTCONE_BASE_URL and TZAFON_API_KEY are not set".to_owned()),
        Err(error) => return Finding::Bad(error.to_string()),
    };
    match client.agent().tasks().retrieve_status("doctor").await {
        Ok(_) => Finding::Good(format!("{url} answers")),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Finding::Good(format!("{url} answers and takes the key")),
            ErrorKind::Authentication => {
                Finding::Bad(format!("{url} does not take the key: set TZAFON_API_KEY to the one that `lightcone serve` printed"))
            }
            ErrorKind::Connection | ErrorKind::Timeout => {
                absent(&format!("nobody answers at {url}: start one with `lightcone serve`, or set LIGHTCONE_BASE_URL"))
            }
            _ => Finding::Bad(error.to_string()),
        },
    }
}
