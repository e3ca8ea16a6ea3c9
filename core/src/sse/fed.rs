//! The events of an answer that the program itself reads: its bytes are fed in as they come.

use bytes::Bytes;

use super::{Decoder, Frame, TooBig, follow::LARGEST_EVENT, read_ahead::Buffer};
use crate::error::{Error, ErrorKind};

/// The events of one answer, made of bytes that no connection of this library brought. It
/// gives the same events for the same bytes as [`FrameStream`](super::FrameStream) does where
/// a stream cannot be taken up again (contract, section 3).
#[derive(Debug)]
pub struct FedStream {
    decoder: Decoder,
    buffer: Buffer,
    over: bool,
    failure: Option<TooBig>,
}

impl FedStream {
    /// Nothing was read yet; `task_id` is what the answer's headers say, if they do.
    pub fn new(task_id: Option<String>) -> Self {
        Self { decoder: Decoder::new(LARGEST_EVENT), buffer: Buffer::of_task(task_id), over: false, failure: None }
    }

    /// The events that these bytes complete.
    ///
    /// # Errors
    /// `response` for an event of more than 64 MiB. The events before it are given out first,
    /// and the error at the next call.
    pub fn feed(&mut self, bytes: Bytes) -> Result<Vec<Frame>, Error> {
        if !self.over && self.failure.is_none() {
            self.failure = self.decoder.feed(bytes).err();
            for frame in self.decoder.ready().drain(..) {
                if frame.is_done() {
                    self.over = true;
                    break;
                }
                self.buffer.put(frame);
            }
        }
        self.given_out()
    }

    /// What is left when the bytes have ended: an event whose blank line is missing, if it
    /// could not have gone on.
    ///
    /// # Errors
    /// As [`FedStream::feed`].
    pub fn finish(&mut self) -> Result<Vec<Frame>, Error> {
        if !self.over
            && self.failure.is_none()
            && let Some(frame) = self.decoder.finish().filter(Frame::is_whole)
        {
            self.buffer.put(frame);
        }
        self.over = true;
        self.given_out()
    }

    /// Whether the stream has said that it is over, with `[DONE]`: nothing more comes of it.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The task, once the server has named it.
    pub fn task_id(&self) -> Option<&str> {
        self.buffer.task_id.as_deref()
    }

    /// The computer that the task runs on, once the server has named it.
    pub fn computer_id(&self) -> Option<&str> {
        self.buffer.computer_id.as_deref()
    }

    fn given_out(&mut self) -> Result<Vec<Frame>, Error> {
        let frames = self.buffer.take(usize::MAX);
        match self.failure.take_if(|_| frames.is_empty()) {
            Some(too_big) => {
                self.over = true;
                Err(Error::new(ErrorKind::Response, too_big.of_a_stream()))
            }
            None => Ok(frames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(chunks: &[&[u8]]) -> (Vec<String>, FedStream) {
        let mut stream = FedStream::new(None);
        let mut events = Vec::new();
        for chunk in chunks {
            events.extend(stream.feed(Bytes::copy_from_slice(chunk)).unwrap());
        }
        events.extend(stream.finish().unwrap());
        (events.iter().map(|frame| frame.data.to_string()).collect(), stream)
    }

    #[test]
    fn events_come_as_their_bytes_do() {
        let mut stream = FedStream::new(None);
        assert_eq!(stream.feed(Bytes::from_static(b"id: 7\ndata: {\"task_id\":\"t\",")).unwrap(), []);
        let events = stream.feed(Bytes::from_static(b"\"computer_id\":\"c\"}\n\ndata: 2\n\nda")).unwrap();
        assert_eq!(events.iter().map(|frame| frame.id.as_deref()).collect::<Vec<_>>(), [Some("7"), Some("7")]);
        assert_eq!((stream.task_id(), stream.computer_id()), (Some("t"), Some("c")));
        assert_eq!(stream.finish().unwrap(), []);
    }

    #[test]
    fn nothing_comes_after_done() {
        let (events, stream) = fed(&[b"data: 1\n\ndata: [DONE]\n\ndata: 2\n\n", b"data: 3\n\ndata: {}"]);
        assert_eq!(events, ["1"]);
        assert!(stream.is_over());
    }

    #[test]
    fn a_last_event_without_its_blank_line_comes_if_it_is_whole() {
        assert_eq!(fed(&[b"data: {\"a\":1}"]).0, ["{\"a\":1}"]);
        assert_eq!(fed(&[b"data: [1]\n"]).0, ["[1]"]);
        assert_eq!(fed(&[b"data: 12\n"]).0, [""; 0]);
        assert_eq!(fed(&[b"data: [DONE]"]).0, [""; 0]);
    }

    #[test]
    fn an_event_that_is_too_big_is_an_error_after_what_came_before_it() {
        let mut stream = FedStream::new(None);
        let mut bytes = b"data: 1\n\ndata: \"".to_vec();
        bytes.resize(LARGEST_EVENT + bytes.len(), b'x');
        assert_eq!(stream.feed(bytes.into()).unwrap().len(), 1);
        let error = stream.feed(Bytes::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response);
        assert!(error.to_string().contains("67108864 bytes"), "{error}");
        assert_eq!(stream.feed(Bytes::from_static(b"\n\ndata: 2\n\n")).unwrap(), []);
    }
}
