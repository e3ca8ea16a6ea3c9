//! What a client in Rust could reach, measured as the other clients are: the same jobs in,
//! the same answer out (see benches/README.md).
//!
//! `raw` reads the bytes and does nothing with them. `reqwest` is what a person would write
//! with reqwest and sonic-rs: no retries, no errors of its own, one stream at a time.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to be looked at, which may fail loudly")]

mod http;
mod raw;

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked for; times in seconds.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Job {
    /// Streams of events of one size, for about so long.
    Stream { size: usize, per_chunk: usize, most: usize, seconds: f64 },
    /// Calls by so many callers at a time, for so long.
    Unary { callers: usize, seconds: f64 },
}

/// One of the two.
trait Limit {
    /// Reads the stream that the instruction asks for; how many events there were between the
    /// first, `started`, and the last.
    fn read(&self, instruction: &str) -> usize;
    /// Asks for a task's status until the time is over; how often.
    fn call(&self, callers: usize, until: Instant) -> usize;
}

/// Long enough to estimate a rate from.
const ESTIMATE: Duration = Duration::from_millis(30);
const FIRST: usize = 64;
/// About so many streams in the time that is measured.
const STREAMS: usize = 4;

fn stream(limit: &dyn Limit, size: usize, per_chunk: usize, most: usize, seconds: f64) -> Value {
    let read = |events: usize| limit.read(&format!("events={events} size={size} per_chunk={per_chunk}"));
    // The first one renders them all.
    read(most);
    let mut events = FIRST.min(most);
    let rate = loop {
        let began = Instant::now();
        let count = read(events);
        let took = began.elapsed();
        if took >= ESTIMATE || events >= most {
            break count as f64 / took.as_secs_f64();
        }
        events = (events * 4).min(most);
    };
    let events = ((rate * seconds) as usize / STREAMS).clamp(1, most);
    let (began, cpu, mut count) = (Instant::now(), ProcessTime::now(), 0);
    while began.elapsed().as_secs_f64() < seconds {
        count += read(events);
    }
    json!({"events": count, "wall": began.elapsed().as_secs_f64(), "cpu": cpu.elapsed().as_secs_f64()})
}

fn unary(limit: &dyn Limit, callers: usize, seconds: f64) -> Value {
    limit.call(callers, Instant::now());
    let (began, cpu) = (Instant::now(), ProcessTime::now());
    let count = limit.call(callers, began + Duration::from_secs_f64(seconds));
    json!({"calls": count, "wall": began.elapsed().as_secs_f64(), "cpu": cpu.elapsed().as_secs_f64()})
}

fn main() -> Result<(), &'static str> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [client, url, jobs] = arguments.as_slice() else {
        return Err("usage: bench-limits raw|reqwest URL JOBS");
    };
    let limit: Box<dyn Limit> = match client.as_str() {
        "raw" => Box::new(raw::Raw::new(url)),
        "reqwest" => Box::new(http::Http::new(url)),
        _ => return Err("the client is raw or reqwest"),
    };
    let jobs: Vec<Job> = serde_json::from_str(jobs).unwrap();
    let results: Vec<Value> = jobs
        .into_iter()
        .map(|job| match job {
            Job::Stream { size, per_chunk, most, seconds } => stream(&*limit, size, per_chunk, most, seconds),
            Job::Unary { callers, seconds } => unary(&*limit, callers, seconds),
        })
        .collect();
    println!("{}", json!({"results": results}));
    Ok(())
}
