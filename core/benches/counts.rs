//! How many instructions the core's hot paths take, beside the figures in `counts.json`.
//!
//! Counted by callgrind, which does not depend on how busy a machine is. Each path is gone in
//! a process of its own, a few times and then more often; the difference is what the work
//! takes, without what comes before and after it. A figure that is more than a tenth
//! off is a failure, whichever way: what became faster should stay so. `--write` writes
//! the figures anew.
//!
//! They hold for one compiler and one kind of processor. With others they are shown, not judged.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a check may fail loudly")]

use std::{
    collections::BTreeMap,
    env::consts::ARCH,
    process::{Command, ExitCode},
};

use bytes::Bytes;
use lightcone::{Client, sse::Decoder, tasks::Event};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts.json");
const TOLERANCE: f64 = 0.1;
/// How often a path is gone. The first times, which fill caches and pools, do not count.
const TIMES: (usize, usize) = (3, 13);

/// One hot path.
struct Path {
    /// And what one unit of its work is.
    name: &'static str,
    /// Units each time.
    units: usize,
    /// The work, ready to be done with so many units, on what the server at the address gives.
    prepare: fn(usize, &str) -> Box<dyn FnMut()>,
}

// No stream of large events: into how many reads it falls depends on who is faster, and the copies with it.
const PATHS: [Path; 7] = [
    Path { name: "decode, 200 B, one per chunk: an event", units: 500, prepare: |units, _| decode(mock::frames(units, 200)) },
    Path { name: "decode, 200 B, many per chunk: an event", units: 500, prepare: |units, _| decode(reads(&mock::frames(units, 200))) },
    Path { name: "decode, 100 KB: an event", units: 20, prepare: |units, _| decode(reads(&mock::frames(units, 100_000))) },
    Path { name: "event from JSON, 200 B: an event", units: 500, prepare: |units, _| parse(mock::frames(units, 200)) },
    Path { name: "stream, 200 B, one per chunk: an event", units: 1_000, prepare: |units, url| stream(url, units, 200, 1) },
    Path { name: "stream, 200 B, many per chunk: an event", units: 1_000, prepare: |units, url| stream(url, units, 200, 50) },
    Path { name: "retrieve_status: a call", units: 20, prepare: |units, url| calls(url, units) },
];

fn decode(pieces: Vec<Bytes>) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut decoder = Decoder::new(64 << 20);
        for piece in &pieces {
            decoder.feed(piece.clone()).unwrap();
            decoder.ready().clear();
        }
    })
}

/// The same bytes as reads of a socket bring them, whatever the chunks are.
fn reads(frames: &[Bytes]) -> Vec<Bytes> {
    let all = frames.concat();
    all.chunks(16 << 10).map(Bytes::copy_from_slice).collect()
}

fn parse(frames: Vec<Bytes>) -> Box<dyn FnMut()> {
    let mut decoder = Decoder::new(64 << 20);
    for frame in frames {
        decoder.feed(frame).unwrap();
    }
    let frames: Vec<_> = decoder.ready().drain(..).collect();
    Box::new(move || {
        for frame in &frames {
            Event::from_json(frame.data.as_bytes()).unwrap();
        }
    })
}

fn client(url: &str) -> (Runtime, Client) {
    let client = Client::builder().api_key("sk_bench").base_url(url).build().unwrap();
    (Builder::new_current_thread().enable_all().build().unwrap(), client)
}

fn stream(url: &str, events: usize, size: usize, per_chunk: usize) -> Box<dyn FnMut()> {
    let (runtime, client) = client(url);
    let body: Bytes = json!({"instruction": format!("events={events} size={size} per_chunk={per_chunk}")}).to_string().into();
    Box::new(move || {
        runtime.block_on(async {
            let frames = client.open_json("start_stream", b"{}", Some(body.clone())).await.unwrap();
            while !frames.next_batch(256).await.unwrap().is_empty() {}
            assert!(frames.terminal_event().is_some());
        });
    })
}

fn calls(url: &str, calls: usize) -> Box<dyn FnMut()> {
    let (runtime, client) = client(url);
    Box::new(move || {
        runtime.block_on(async {
            for _ in 0..calls {
                client.call_json("retrieve_status", br#"{"id":"task_bench"}"#, None).await.unwrap();
            }
        });
    })
}

#[derive(Serialize, Deserialize)]
struct Figures {
    compiler: String,
    processor: String,
    /// Instructions for one unit of work, by the name of the path.
    instructions: BTreeMap<String, u64>,
}

/// What a process takes that goes the path so many times.
fn instructions(place: usize, times: usize, url: &str) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe().unwrap());
    let output = command.args(["go", &place.to_string(), &times.to_string(), url]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let collected = told.lines().find_map(|line| line.split_once("Collected : ")).unwrap().1;
    collected.trim().parse().unwrap()
}

fn count() -> Figures {
    let url = mock::start().unwrap();
    let rustc = Command::new("rustc").arg("--version").output().unwrap().stdout;
    let compiler = String::from_utf8(rustc).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let of_path = |(place, path): (usize, &Path)| {
        let [few, more] = [TIMES.0, TIMES.1].map(|times| instructions(place, times, &url));
        (path.name.to_owned(), (more - few) / (path.units * (TIMES.1 - TIMES.0)) as u64)
    };
    Figures { compiler, processor: ARCH.to_owned(), instructions: PATHS.iter().enumerate().map(of_path).collect() }
}

/// Prints both, side by side; whether all are close enough.
fn compare(counted: &Figures, committed: &Figures) -> bool {
    let judged = (&counted.compiler, &counted.processor) == (&committed.compiler, &committed.processor);
    let mut all_close = true;
    for path in &PATHS {
        let (now, before) = (counted.instructions.get(path.name).copied(), committed.instructions.get(path.name).copied());
        let (now, before) = (now.unwrap_or_default() as f64, before.unwrap_or_default() as f64);
        let change = now / before - 1.0;
        let close = change.abs() <= TOLERANCE;
        all_close &= close;
        println!("{:42}{now:>10}{before:>10}{:>+8.1} %{}", path.name, change * 100.0, if close { "" } else { "  more than a tenth off" });
    }
    if !judged {
        println!(
            "counted with Rust {} on {}, which the figures in counts.json are not for: not judged",
            counted.compiler, counted.processor
        );
    }
    all_close || !judged
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [go, place, times, url] = arguments.as_slice()
        && go == "go"
    {
        let path = PATHS.get(place.parse::<usize>().unwrap()).unwrap();
        let mut work = (path.prepare)(path.units, url);
        (0..times.parse().unwrap()).for_each(|_| work());
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("Instructions are not counted: there is no valgrind here.");
        return ExitCode::SUCCESS;
    }
    let counted = count();
    let committed: Figures = serde_json::from_slice(&std::fs::read(FIGURES).unwrap()).unwrap();
    let passed = compare(&counted, &committed);
    if arguments.iter().any(|argument| argument == "--write") {
        std::fs::write(FIGURES, serde_json::to_string_pretty(&counted).unwrap() + "\n").unwrap();
        return ExitCode::SUCCESS;
    }
    if !passed {
        println!("Where the change is meant, `make counts WRITE=1` writes the figures anew.");
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
