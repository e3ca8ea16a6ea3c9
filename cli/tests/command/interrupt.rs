//! Ctrl-C while a task runs.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
};

use crate::process::{Scripts, Serving, lightcone, signal, text};

const SCRIPTS: &str = "
- instruction: never end
  steps:
    - event: { type: progress_update, message: begun }
    - wait_ms: 600000
";

/// Runs on until the first line of its output, then has Ctrl-C pressed on it.
fn interrupt_at_first_line(running: &mut Child) -> impl Iterator<Item = String> + use<> {
    let mut said = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.next().unwrap().starts_with("task "));
    signal(running, "INT");
    said
}

#[test]
fn once_cancels_the_task_and_shows_its_end() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let within = scripts.run("never end");
    let elsewhere = server.lightcone(&["run", "never end", "--model", "scripted"]);
    for mut run in [within, elsewhere] {
        let mut running = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said: Vec<String> = interrupt_at_first_line(&mut running).collect();
        let (_, error, code) = text(&running.wait_with_output().unwrap());
        assert_eq!(said, ["     begun", "", "cancelled"]);
        assert!(code == Some(130) && error.contains("asking the server to cancel task task_"), "{error}");
    }
    let listed = server.ask(&["list"]).0;
    assert!(listed.contains("cancelled (130)"), "{listed}");
}

#[test]
fn twice_leaves_at_once_whatever_the_server_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut run = lightcone(&["run", "x"]);
    run.env("LIGHTCONE_BASE_URL", &url).env("TZAFON_API_KEY", "sk_test").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = run.spawn().unwrap();
    // A server like the hosted one: it cannot cancel, and its task goes on.
    let (mut stream, head) = accept(&listener);
    assert!(head.starts_with("POST /agent/tasks/stream "), "{head}");
    let event = "data: {\"type\":\"started\",\"task_id\":\"task_1\"}\n\n";
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{event}").unwrap();
    let _said = interrupt_at_first_line(&mut running);
    let mut errors = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(errors.next().unwrap().contains("asking the server to cancel task task_1; Ctrl-C once more leaves at once"));
    let (cancel, head) = accept(&listener);
    assert!(head.starts_with("POST /agent/tasks/task_1/cancel "), "{head}");
    refuse(cancel);
    // Whatever else it is asked.
    std::thread::spawn(move || {
        loop {
            refuse(accept(&listener).0);
        }
    });
    let told = errors.next().unwrap();
    assert!(told.contains("could not be cancelled, and goes on"), "{told}");
    signal(&running, "INT");
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(errors.next().unwrap(), "lightcone: left; task task_1 may go on");
}

#[test]
fn a_task_that_is_not_known_yet_is_cancelled_as_soon_as_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut run = lightcone(&["run", "x"]);
    run.env("LIGHTCONE_BASE_URL", &url).env("TZAFON_API_KEY", "sk_test").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = run.spawn().unwrap();
    let (mut stream, _) = accept(&listener);
    signal(&running, "INT");
    let mut errors = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(errors.next().unwrap(), "lightcone: asking the server to cancel the task; Ctrl-C once more leaves at once");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Task-ID: task_1\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let (mut cancel, asked) = accept(&listener);
    assert!(asked.starts_with("POST /agent/tasks/task_1/cancel "), "{asked}");
    answer(&mut cancel, r#"{"status":"cancelled"}"#);
    stream.write_all(b"data: {\"type\":\"cancelled\"}\n\n").unwrap();
    drop(stream);
    let (mut status, asked) = accept(&listener);
    assert!(asked.starts_with("GET /agent/tasks/task_1 "), "{asked}");
    // As the hosted service does, without an exit code.
    answer(&mut status, r#"{"task_id":"task_1","status":"cancelled"}"#);
    assert_eq!(text(&running.wait_with_output().unwrap()), ("\ncancelled\n".to_owned(), String::new(), Some(130)));
}

fn answer(request: &mut TcpStream, json: &str) {
    let length = json.len();
    write!(request, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{json}")
        .unwrap();
}

/// The next connection, with the head of its request.
fn accept(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.extend_from_slice(&byte);
    }
    (stream, String::from_utf8(head).unwrap())
}

fn refuse(mut request: TcpStream) {
    write!(request, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
}

#[test]
fn a_server_ends_at_once() {
    let mut server = Serving::start(&["--data", ":memory:"]);
    signal(&server.process, "TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}
