//! Does with the Rust client what the fault server says, and hands in what came of it.
#![allow(clippy::print_stderr, reason = "it speaks to the person who started it")]
#![allow(clippy::indexing_slicing, reason = "what is not in a JSON value is null")]

mod client;
mod steps;

use std::process::ExitCode;

use serde_json::{Value, json};

/// Cases at a time.
const AT_ONCE: usize = 16;

/// The fault server's address, for one run.
#[derive(Clone)]
struct Control {
    http: reqwest::Client,
    run: String,
}

impl Control {
    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let answer = self.http.post(format!("{}{path}", self.run)).json(body).send().await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("{path}: {}", answer.text().await.unwrap_or_default()));
        }
        answer.json().await.map_err(|error| error.to_string())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("conformance-rust: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    // The process may have one only, and the client under test takes what is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address =
        std::env::var("LIGHTCONE_CONFORMANCE").map_err(|_| "LIGHTCONE_CONFORMANCE is not set; it is the fault server's address")?;
    let http = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let new = Control { http: http.clone(), run: address.clone() };
    let cannot = json!({
        "negative_timeout": "a Duration is never negative",
        "closed_stream": "a stream is closed by letting go of it, so that it cannot be read afterwards",
    });
    let run = new.post("/runs", &json!({"runner": "rust", "cannot": cannot})).await?;
    let control = Control { http, run: format!("{address}/runs/{}", run["run"]) };
    let workers: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(work(control.clone()))).collect();
    for worker in workers {
        worker.await.map_err(|error| error.to_string())??;
    }
    Ok(())
}

/// Case after case, until there is none.
async fn work(control: Control) -> Result<(), String> {
    let mut done = json!({});
    loop {
        let told = control.post("/next", &done).await?;
        if told["case"].is_null() {
            return Ok(());
        }
        let observed = steps::play(&control, &told).await;
        done = json!({"case": told["case"], "observed": observed});
    }
}
