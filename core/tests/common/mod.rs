//! A server that says what a test tells it to, byte by byte, and remembers what it heard.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use lightcone::{Client, Timeouts};

/// What the server does with one request.
#[derive(Clone)]
pub enum Step {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes a stream of those frames, numbered from 0, that come after the request's `Last-Event-ID`.
    Replay(Arc<[String]>),
    /// Waits until the client closes the connection, then tells the test.
    AwaitClose(mpsc::Sender<()>),
    /// Says nothing for so long.
    Silence(Duration),
    /// Writes this again and again until the client takes no more, then tells the test how much it took.
    Flood(Vec<u8>, mpsc::Sender<usize>),
}

pub fn write(text: impl Into<Vec<u8>>) -> Step {
    Step::Write(text.into())
}

/// A whole answer.
pub fn answer(status: u16, headers: &str, body: &str) -> Vec<Step> {
    vec![write(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\ncontent-type: application/json\r\n{headers}\r\n{body}", body.len()))]
}

/// A stream of these bytes that ends with the connection.
pub fn stream(bytes: impl AsRef<[u8]>) -> Vec<Step> {
    let mut all = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_vec();
    all.extend_from_slice(bytes.as_ref());
    vec![write(all)]
}

/// A stream that promises more than it sends, so that its end is a cut.
pub fn cut_stream(bytes: &str) -> Vec<Step> {
    cut_stream_with("", bytes)
}

/// The same with further headers.
pub fn cut_stream_with(headers: &str, bytes: impl AsRef<[u8]>) -> Vec<Step> {
    let mut all = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000000000\r\n{headers}\r\n").into_bytes();
    all.extend_from_slice(bytes.as_ref());
    vec![write(all)]
}

/// The value of a header of a request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the n-th connection as the n-th script says, then accepts no more.
    pub fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        thread::spawn(move || {
            for script in scripts {
                let Ok((socket, _)) = listener.accept() else { return };
                play(socket, script, &heard);
            }
        });
        Self { url, requests }
    }

    /// The requests so far, each as it stood on the wire.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn client(&self) -> Client {
        Client::builder().api_key("sk_test").base_url(&self.url).timeouts(Timeouts::all(Duration::from_secs(20))).build().unwrap()
    }
}

fn play(mut socket: TcpStream, script: Vec<Step>, heard: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let text = loop {
        let Ok(count) = socket.read(&mut buffer) else { return };
        if count == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            heard.lock().unwrap().push(text.clone());
            break text;
        }
    };
    for step in script {
        match step {
            Step::Write(bytes) => {
                if socket.write_all(&bytes).is_err() {
                    return;
                }
            }
            Step::Replay(frames) => {
                let next = header(&text, "last-event-id").map_or(0, |id| id.parse::<usize>().unwrap() + 1);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
                if socket.write_all((head.to_owned() + &frames[next..].concat()).as_bytes()).is_err() {
                    return;
                }
            }
            Step::AwaitClose(told) => {
                while socket.read(&mut buffer).is_ok_and(|count| count > 0) {}
                let _ = told.send(());
            }
            Step::Silence(time) => thread::sleep(time),
            Step::Flood(bytes, told) => {
                socket.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
                let mut taken = 0;
                while socket.write_all(&bytes).is_ok() {
                    taken += bytes.len();
                }
                let _ = told.send(taken);
            }
        }
    }
    let _ = socket.shutdown(Shutdown::Both);
}
