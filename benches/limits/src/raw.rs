//! A socket that is read to the end of each answer.

use std::{
    cell::RefCell,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Instant,
};

use crate::Limit;

pub(crate) struct Raw {
    socket: RefCell<TcpStream>,
}

impl Raw {
    pub(crate) fn new(url: &str) -> Self {
        let socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket: RefCell::new(socket) }
    }

    /// Sends a request and reads until the answer ends with these bytes.
    fn ask(&self, request: &str, end: &[u8]) {
        let mut socket = self.socket.borrow_mut();
        socket.write_all(request.as_bytes()).unwrap();
        let (mut buffer, mut tail) = (vec![0; 1 << 18], Vec::new());
        while !tail.ends_with(end) {
            let count = socket.read(&mut buffer).unwrap();
            assert!(count > 0, "the connection broke off");
            let received = buffer.get(..count).unwrap();
            tail.extend_from_slice(received.get(count.saturating_sub(end.len())..).unwrap());
            tail.drain(..tail.len().saturating_sub(end.len()));
        }
    }
}

impl Limit for Raw {
    fn read(&self, instruction: &str) -> usize {
        let body = format!(r#"{{"instruction":"{instruction}"}}"#);
        let head = format!("POST /agent/tasks/stream HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        self.ask(&(head + &body), b"\n0\r\n\r\n");
        // What came is not looked at: as many as asked for, in whole chunks.
        let number = |name: &str| instruction.split(' ').find_map(|word| word.strip_prefix(name)).unwrap().parse::<usize>().unwrap();
        number("events=").next_multiple_of(number("per_chunk="))
    }

    fn call(&self, callers: usize, until: Instant) -> usize {
        assert_eq!(callers, 1, "one socket has one caller");
        let mut count = 0;
        while count == 0 || Instant::now() < until {
            self.ask("GET /agent/tasks/task_bench HTTP/1.1\r\nhost: x\r\n\r\n", b"}");
            count += 1;
        }
        count
    }
}
