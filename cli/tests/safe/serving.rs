//! A running server, and requests as they are.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::Duration,
};

pub(crate) fn serve(data: &str, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lightcone"));
    command.args(["serve", "--port", "0", "--data", data]).args(options);
    command.env_remove("TZAFON_API_KEY").env_remove("LIGHTCONE_LOG").env_remove("LIGHTCONE_API_KEYS").env_remove("LIGHTCONE_ALLOWED_HOSTS");
    command
}

/// A running `lightcone serve`; killed at its end.
pub(crate) struct Serving {
    process: Child,
    /// What it writes on standard error, read as it comes: a full pipe would stop it.
    log: Option<JoinHandle<String>>,
    pub(crate) address: String,
    /// What it printed until it was ready.
    pub(crate) said: String,
}

impl Serving {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut said = String::new();
        while !said.contains("Tasks are kept") {
            said.push_str(&lines.next().unwrap());
            said.push('\n');
        }
        let address = after(&said, "LIGHTCONE_BASE_URL=http://").unwrap().to_owned();
        Self { process, log: Some(log), address, said }
    }

    /// The status that a request with this key has.
    pub(crate) fn status(&self, key: &str) -> String {
        self.status_at(&self.address, key)
    }

    /// The same of a request to this host.
    pub(crate) fn status_at(&self, host: &str, key: &str) -> String {
        self.exchange("GET /agent/tasks", host, key, "").split(' ').nth(1).unwrap().to_owned()
    }

    /// Starts a task and reads its stream to the end.
    pub(crate) fn stream(&self, key: &str, body: &str) -> String {
        let answer = self.exchange("POST /agent/tasks/stream", &self.address, key, body);
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
        answer
    }

    fn exchange(&self, what: &str, host: &str, key: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        let request = format!("{what} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n{body}");
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it; what it wrote on standard error.
    pub(crate) fn end(mut self) -> String {
        self.process.kill().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails when it is dead already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The rest of the line after these words.
pub(crate) fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.split_once(words).map(|(_, rest)| rest))
}
