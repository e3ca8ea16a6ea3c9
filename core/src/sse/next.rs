//! What comes after a connection has ended (contract, sections 8.1 to 8.3).
//!
//! Pure functions of how it ended, where the stream stands, and chance.

use std::time::{Duration, SystemTime};

use http::Method;

use super::connection::Ending;
use crate::{
    http::retry::{self, Outcome},
    operation::Repeat,
};

/// Where a stream stands when one of its connections has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// An event has come after which the task has ended.
    pub(super) task_ended: bool,
    /// It is known which task it is.
    pub(super) task_known: bool,
    /// The server said how to take the stream up again, and where to go on is known.
    pub(super) resumable: bool,
    /// The last frame was not finished.
    pub(super) inside_frame: bool,
    /// An event has come.
    pub(super) began: bool,
    /// How often it was tried to take the stream up again since the last event.
    pub(super) tries: u32,
    /// How often that may be.
    pub(super) max_tries: u32,
    /// The reconnection delay that the stream asked for.
    pub(super) retry: Option<Duration>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The stream is over.
    End,
    /// Ask whether the task has ended.
    AskTask,
    /// Take the stream up again after this long.
    Resume(Duration),
    /// Say what went wrong.
    Fail,
}

impl Standing {
    /// Whether the stream may be taken up again now.
    pub(super) fn may_resume(&self) -> bool {
        self.resumable && self.tries < self.max_tries
    }

    /// What comes after a connection that ended like this. `spread` as in [`retry::wait`].
    pub(super) fn after(&self, ending: &Ending, spread: f64) -> Next {
        if self.task_ended {
            return Next::End;
        }
        match ending {
            Ending::Broken(_) => self.resume_or_fail(spread),
            // What was cut off comes again whole.
            Ending::Clean if self.inside_frame && self.may_resume() => self.resume_or_fail(spread),
            Ending::Clean if self.task_known => Next::AskTask,
            Ending::Clean => Next::End,
            Ending::NoEvent(_) | Ending::TooBig(_) => Next::Fail,
        }
    }

    /// What comes where the task goes on, or may do so, and its stream does not.
    pub(super) fn resume_or_fail(&self, spread: f64) -> Next {
        if !self.may_resume() {
            return Next::Fail;
        }
        // A stream that has moved is taken up again at once: the server is there.
        Next::Resume(if self.began && self.tries == 0 {
            Duration::ZERO
        } else {
            self.delay(Outcome::Unknown, SystemTime::UNIX_EPOCH, spread)
        })
    }

    /// How long to wait after an attempt to take the stream up again that came to nothing;
    /// `None` if there is to be no other.
    pub(super) fn after_attempt(&self, outcome: Outcome<'_>, now: SystemTime, spread: f64) -> Option<Duration> {
        (self.may_resume() && retry::again(outcome, &Method::GET, Repeat::Harmless)).then(|| self.delay(outcome, now, spread))
    }

    /// What the server asks for in its answer, else in its stream, else our own delay.
    fn delay(&self, outcome: Outcome<'_>, now: SystemTime, spread: f64) -> Duration {
        retry::asked(outcome, now)
            .or(self.retry)
            .unwrap_or_else(|| retry::wait(self.tries.saturating_sub(1), Outcome::Unknown, now, spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::Broken, sse::TooBig};
    use http::HeaderMap;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn broken() -> Ending {
        Ending::Broken(Broken::Silent(MINUTE))
    }

    fn standing() -> Standing {
        Standing {
            task_ended: false,
            task_known: true,
            resumable: true,
            inside_frame: false,
            began: true,
            tries: 0,
            max_tries: 2,
            retry: None,
        }
    }

    #[test]
    fn a_broken_stream_is_resumed_where_that_can_be() {
        assert_eq!(standing().after(&broken(), 0.0), Next::Resume(Duration::ZERO));
        assert_eq!(Standing { began: false, ..standing() }.after(&broken(), 0.0), Next::Resume(Duration::from_millis(500)));
        assert_eq!(Standing { tries: 1, ..standing() }.after(&broken(), 0.0), Next::Resume(Duration::from_millis(500)));
        assert_eq!(Standing { tries: 2, max_tries: 3, ..standing() }.after(&broken(), 0.0), Next::Resume(Duration::from_secs(1)));
        for standing in
            [Standing { resumable: false, ..standing() }, Standing { tries: 2, ..standing() }, Standing { max_tries: 0, ..standing() }]
        {
            assert_eq!(standing.after(&broken(), 0.0), Next::Fail, "{standing:?}");
        }
    }

    #[test]
    fn a_clean_end_asks_for_the_task_that_is_known() {
        assert_eq!(standing().after(&Ending::Clean, 0.0), Next::AskTask);
        assert_eq!(Standing { task_known: false, ..standing() }.after(&Ending::Clean, 0.0), Next::End);
        let inside = Standing { inside_frame: true, ..standing() };
        assert_eq!(inside.after(&Ending::Clean, 0.0), Next::Resume(Duration::ZERO));
        assert_eq!(Standing { resumable: false, ..inside }.after(&Ending::Clean, 0.0), Next::AskTask);
    }

    #[test]
    fn the_server_says_how_long_to_wait() {
        let asked: HeaderMap = [(http::HeaderName::from_static("retry-after"), "7".parse().unwrap())].into_iter().collect();
        let (none, now) = (HeaderMap::new(), SystemTime::UNIX_EPOCH);
        let standing = Standing { tries: 1, retry: Some(Duration::from_millis(30)), ..standing() };
        assert_eq!(standing.after(&broken(), 0.0), Next::Resume(Duration::from_millis(30)));
        assert_eq!(standing.after_attempt(Outcome::NotSent, now, 0.0), Some(Duration::from_millis(30)));
        assert_eq!(standing.after_attempt(Outcome::Answered(503, &none), now, 0.0), Some(Duration::from_millis(30)));
        assert_eq!(standing.after_attempt(Outcome::Answered(503, &asked), now, 0.0), Some(Duration::from_secs(7)));
        assert_eq!(standing.after_attempt(Outcome::Answered(404, &asked), now, 0.0), None);
    }

    proptest! {
        #[test]
        fn however_it_ends_the_rules_hold(
            (task_ended, task_known, resumable, inside_frame, began) in any::<(bool, bool, bool, bool, bool)>(),
            (tries, max_tries) in (0u32..5, 0u32..5), retry in proptest::option::of(0u64..60_000), how in 0..4, spread in 0.0f64..1.0,
        ) {
            let retry = retry.map(Duration::from_millis);
            let standing = Standing { task_ended, task_known, resumable, inside_frame, began, tries, max_tries, retry };
            let ending = match how { 0 => Ending::Clean, 1 => broken(), 2 => Ending::NoEvent(MINUTE), _ => Ending::TooBig(TooBig { limit: 1 }) };
            match standing.after(&ending, spread) {
                Next::End => prop_assert!(task_ended || (how == 0 && !task_known)),
                Next::AskTask => prop_assert!(how == 0 && task_known && !task_ended),
                Next::Resume(wait) => prop_assert!(how < 2 && resumable && tries < max_tries && !task_ended && wait <= MINUTE),
                Next::Fail => prop_assert!(!task_ended && (how >= 2 || (how == 1 && !(resumable && tries < max_tries)))),
            }
        }
    }
}
