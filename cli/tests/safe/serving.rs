//! Servers whose log is kept, and requests as they are.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use crate::common::{Serving, lightcone};

pub(crate) fn serve(data: &str, options: &[&str]) -> Command {
    let mut command = lightcone(&["serve", "--port", "0", "--data", data]);
    command.args(options).stderr(Stdio::piped());
    command
}

impl Serving {
    /// The status that a request with this key has.
    pub(crate) fn status(&self, key: &str) -> String {
        self.status_at(self.address(), key)
    }

    /// The same of a request to this host.
    pub(crate) fn status_at(&self, host: &str, key: &str) -> String {
        self.exchange("GET /agent/tasks", host, key, "").split(' ').nth(1).unwrap().to_owned()
    }

    /// Starts a task and reads its stream to the end.
    pub(crate) fn stream(&self, key: &str, body: &str) -> String {
        let answer = self.exchange("POST /agent/tasks/stream", self.address(), key, body);
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
        answer
    }

    fn exchange(&self, what: &str, host: &str, key: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(self.address()).unwrap();
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
