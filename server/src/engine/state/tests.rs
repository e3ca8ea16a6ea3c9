use lightcone::tasks::{Event, Thinking};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::computer::Action;

/// Everything that can be done to a task.
#[derive(Clone, Debug)]
enum Input {
    Begin,
    LeaveQueue,
    Pause,
    Resume,
    Inject(String),
    Cancel,
    Hold,
    ReadMail,
    BeginStep,
    NotUnderstood,
    Tell,
    End(End),
}

fn ends() -> impl Strategy<Value = End> {
    let text = String::new;
    prop_oneof![
        Just(End::Finished { result: text() }),
        Just(End::GaveUp { error_code: text(), result: text(), retryable: true }),
        Just(End::Misconfigured { error_code: "unknown_model", error: text() }),
        Just(End::OutOfSteps),
        Just(End::OutOfTime),
        Just(End::Cancelled),
        Just(End::Died { error_code: "internal_error", result: text(), retryable: true }),
    ]
}

fn inputs() -> impl Strategy<Value = Input> {
    prop_oneof![
        1 => Just(Input::Begin),
        2 => Just(Input::LeaveQueue),
        4 => Just(Input::Pause),
        4 => Just(Input::Resume),
        4 => "[a-z]{1,3}".prop_map(Input::Inject),
        1 => Just(Input::Cancel),
        4 => Just(Input::Hold),
        4 => Just(Input::ReadMail),
        8 => Just(Input::BeginStep),
        1 => Just(Input::NotUnderstood),
        1 => Just(Input::Tell),
        1 => ends().prop_map(Input::End),
    ]
}

/// Does it; `Err` when it was refused because the task has ended.
fn apply(task: &mut State, input: Input, log: &mut Vec<Event>, read: &mut Vec<String>) -> Result<(), Ended> {
    match input {
        Input::Begin => task.begin("scripted", None, log),
        Input::LeaveQueue => task.leave_queue().map(drop),
        Input::Pause => task.pause(),
        Input::Resume => task.resume("user", log),
        Input::Inject(message) => task.inject(message, log),
        Input::Cancel => task.cancel(),
        Input::Hold => task.hold(log).map(drop),
        Input::ReadMail => task.read_mail().map(|mail| read.extend(mail)),
        Input::BeginStep => match task.begin_step(Some(&Planned { action: Action::Back, description: String::new() }), log) {
            Err(NoStep::Ended(ended)) => Err(ended),
            Ok(_) | Err(NoStep::OutOfSteps) => Ok(()),
        },
        Input::NotUnderstood => task.not_understood(String::new(), log),
        Input::Tell => task.tell(Event::from(Thinking::default()), log),
        Input::End(end) => task.end(end, log),
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_task_its_log_makes_sense(
        inputs in proptest::collection::vec(inputs(), 0..60),
        max_steps in 1i64..5,
        queued in any::<bool>(),
    ) {
        let (mut log, mut read, mut injected) = (Vec::new(), Vec::new(), Vec::new());
        let mut task = match queued {
            true => State::queued("task_1".into(), max_steps, &mut log),
            false => State::new("task_1".into(), max_steps),
        };
        for input in inputs {
            let (before, told) = (task.status(), log.len());
            let answer = apply(&mut task, input.clone(), &mut log, &mut read);
            if before.is_end() {
                // Nothing happens after the end, and only one call may be repeated.
                prop_assert_eq!(task.status(), before);
                prop_assert_eq!(log.len(), told);
                let harmless = matches!(input, Input::Cancel) && before == Status::Cancelled;
                prop_assert_eq!(answer, if harmless { Ok(()) } else { Err(Ended(before)) });
            } else {
                prop_assert_eq!(answer, Ok(()));
                match input {
                    Input::Pause => prop_assert_eq!(task.status(), Status::Paused),
                    Input::Resume => prop_assert_eq!(task.status(), if task.waits() { Status::Queued } else { Status::Running }),
                    Input::LeaveQueue if before == Status::Queued => prop_assert_eq!(task.status(), Status::Running),
                    Input::Cancel => {
                        prop_assert!(task.cancelling());
                        prop_assert_eq!(task.status(), before);
                    }
                    Input::End(_) => prop_assert!(task.status().is_end()),
                    Input::Inject(message) => injected.push(message),
                    _ => prop_assert_eq!(task.status(), before),
                }
            }
        }
        // It is stored as it is.
        let stored = serde_json::to_string(&task).unwrap();
        prop_assert_eq!(&serde_json::from_str::<State>(&stored).unwrap(), &task);
        // Told once and last, and told of exactly when the status says so.
        let ends = log.iter().filter(|event| event.is_terminal()).count();
        prop_assert_eq!(ends, usize::from(task.status().is_end()));
        prop_assert_eq!(log.last().is_some_and(Event::is_terminal), task.status().is_end());
        prop_assert_eq!(task.exit_code().is_some(), task.status().is_end());
        // `paused` and `resumed` take turns.
        let kinds: Vec<&str> = log.iter().filter_map(Event::kind).collect();
        let turns: Vec<&&str> = kinds.iter().filter(|kind| matches!(**kind, "paused" | "resumed")).collect();
        prop_assert!(turns.chunks(2).all(|pair| *pair[0] == "paused" && pair.get(1).is_none_or(|second| **second == "resumed")));
        // Steps count up from 1 and never over the limit.
        let steps: Vec<i64> = log.iter().filter_map(|event| match event { Event::Action(action) => action.step, _ => None }).collect();
        prop_assert_eq!(&steps, &(1..=task.steps()).collect::<Vec<_>>());
        prop_assert!(task.steps() <= max_steps);
        // Messages are read once, in order.
        prop_assert!(injected.starts_with(&read));
        // And every task can be brought to an end.
        let end = task.end(End::Finished { result: String::new() }, &mut log);
        prop_assert_eq!(end.is_ok(), ends == 0);
        prop_assert!(task.status().is_end());
    }
}

#[test]
fn each_end_has_the_status_exit_code_and_event_of_the_contract() {
    let text = || "x".to_owned();
    for (end, status, exit_code, kind) in [
        (End::Finished { result: text() }, "completed", 0, "completed"),
        (End::GaveUp { error_code: text(), result: text(), retryable: false }, "failed", 1, "failed"),
        (End::Misconfigured { error_code: "x", error: text() }, "failed", 2, "config_error"),
        (End::OutOfSteps, "failed", 3, "max_steps"),
        (End::OutOfTime, "cancelled", 124, "cancelled"),
        (End::Cancelled, "cancelled", 130, "cancelled"),
        (End::Died { error_code: "x", result: text(), retryable: true }, "failed", 70, "failed"),
    ] {
        let mut task = State::new("task_1".into(), 1);
        let mut log = Vec::new();
        task.end(end, &mut log).unwrap();
        assert_eq!((task.status().as_str(), task.exit_code(), log[0].kind()), (status, Some(exit_code), Some(kind)));
    }
}

#[test]
fn a_pause_that_never_took_hold_is_not_told() {
    let mut task = State::new("task_1".into(), 1);
    let mut log = Vec::new();
    task.pause().unwrap();
    task.resume("user", &mut log).unwrap();
    assert_eq!(log, []);
    assert!(task.disturbed(), "the agent looks anew all the same");
    task.pause().unwrap();
    assert_eq!(task.hold(&mut log), Ok(true));
    assert_eq!(task.hold(&mut log), Ok(true));
    task.resume("user", &mut log).unwrap();
    assert_eq!(task.hold(&mut log), Ok(false));
    assert_eq!(log.iter().filter_map(Event::kind).collect::<Vec<_>>(), ["paused", "resumed"]);
    assert_eq!(log[1].to_json()["by"], Value::from("user"));
}
