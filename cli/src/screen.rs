//! A task's events as they come: lines for people, or JSON, one event a line.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use lightcone::tasks::Event;

use crate::say::{self, flat};

/// Where a task's events are shown.
pub(crate) struct Screen {
    json: bool,
    /// Turns while nothing comes; only where a person looks.
    waiting: Option<ProgressBar>,
}

impl Screen {
    /// One line of JSON an event, or what a person wants to read.
    pub(crate) fn new(json: bool) -> Self {
        let is_watched = !json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let waiting = is_watched.then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or_else(|_| ProgressStyle::default_spinner());
            let waiting = ProgressBar::new_spinner().with_style(style).with_message("waiting for the server");
            waiting.enable_steady_tick(Duration::from_millis(120));
            say::spin(waiting.clone());
            waiting
        });
        Self { json, waiting }
    }

    /// Shows one event.
    pub(crate) fn show(&self, event: &Event) {
        if event.is_terminal() {
            say::stop_spinning();
        }
        if self.json {
            say::json(&event.to_json());
        } else if let Some(text) = told(event) {
            say::line(text);
        }
        if let (Some(waiting), Some(text)) = (&self.waiting, awaited(event)) {
            waiting.reset_elapsed();
            waiting.set_message(text);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        say::stop_spinning();
    }
}

/// What an event has to say to a person; nothing for the small steps in between.
fn told(event: &Event) -> Option<String> {
    let step = |step: &Option<i64>| step.map_or_else(|| "     ".to_owned(), |step| format!("{step:>3}  "));
    let whole = |text: &Option<String>| text.clone().unwrap_or_default();
    let short = |text: &Option<String>| flat(text.as_deref().unwrap_or_default());
    match event {
        Event::Started(started) => {
            let model = started.model.as_deref().map_or_else(|| "an unnamed model".to_owned(), flat);
            Some(format!("task {} is decided by {model}", short(&started.task_id)))
        }
        Event::Action(action) => {
            let name = action.action.as_ref().and_then(|action| action.get("type").or_else(|| action.get("action"))?.as_str());
            let name = name.map_or_else(|| "action".to_owned(), flat);
            Some(format!("{}{name:<12} {}", step(&action.step), short(&action.description)).trim_end().to_owned())
        }
        Event::ProgressUpdate(progress) => Some(format!("     {}", short(&progress.message))),
        Event::NotUnderstood(not) => Some(format!("     not understood: {}", short(&not.message))),
        Event::ErrorEvent(error) => Some(format!("{}error: {}", step(&error.step), short(&error.error))),
        Event::Queued(_) => Some("     waiting for a free place".to_owned()),
        Event::Paused(_) => Some("     paused".to_owned()),
        Event::Resumed(_) => Some("     resumed".to_owned()),
        Event::MessageInjected(message) => Some(format!("     message: {}", short(&message.message))),
        Event::LoginRequired(_) => Some("     somebody has to log in on its computer".to_owned()),
        Event::ComputerParked(_) => Some("     its computer is put aside".to_owned()),
        Event::Completed(completed) => Some(format!("\n{}", whole(&completed.result))),
        Event::Failed(failed) => Some(format!("\nfailed ({}): {}", short(&failed.error_code), whole(&failed.result))),
        Event::ConfigError(error) => Some(format!("\nfailed ({}): {}", short(&error.error_code), whole(&error.error))),
        Event::Cancelled(_) => Some("\ncancelled".to_owned()),
        Event::MaxSteps(_) => Some("\nfailed: all steps are used up".to_owned()),
        _ => None,
    }
}

/// What is waited for after an event; nothing if still the same.
fn awaited(event: &Event) -> Option<String> {
    let of = |step: &Option<i64>| step.map_or_else(String::new, |step| format!("step {step}: "));
    match event {
        Event::Started(_) | Event::Resumed(_) => Some("waiting for the agent".to_owned()),
        Event::Thinking(thinking) => Some(format!("{}the agent decides", of(&thinking.step))),
        Event::Action(action) => Some(format!("{}acting", of(&action.step))),
        Event::Queued(_) => Some("waiting for a free place".to_owned()),
        Event::Paused(_) => Some("paused".to_owned()),
        Event::LoginRequired(_) => Some("waiting for somebody to log in".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_end_is_told() {
        for (json, expected) in [
            (r#"{"type":"completed","result":"a\nb"}"#, "\na\nb"),
            (r#"{"type":"failed","error_code":"not_found","result":"no link"}"#, "\nfailed (not_found): no link"),
            (r#"{"type":"config_error","error_code":"no_browser","error":"get one"}"#, "\nfailed (no_browser): get one"),
            (r#"{"type":"cancelled"}"#, "\ncancelled"),
            (r#"{"type":"max_steps","step":3}"#, "\nfailed: all steps are used up"),
        ] {
            assert_eq!(told(&Event::from_json(json.as_bytes()).unwrap()).as_deref(), Some(expected));
        }
        assert_eq!(told(&Event::from_json(br#"{"type":"thinking"}"#).unwrap()), None);
    }

    /// Only a result has several lines, and it comes last.
    #[test]
    fn a_step_is_one_line_whatever_is_in_it() {
        for (json, expected) in [
            (r#"{"type":"action","step":2,"action":{"type":"click"},"description":"the\nbutton"}"#, "  2  click        the button"),
            (r#"{"type":"action","step":2,"action":{"type":"click\ncompleted"}}"#, "  2  click completed"),
            (r#"{"type":"progress_update","message":"a\n\n\u001b[2Jb"}"#, "     a \u{fffd}[2Jb"),
            (r#"{"type":"error","step":12,"error":"no\r\nway"}"#, " 12  error: no way"),
            (r#"{"type":"message_injected","message":"x\ny"}"#, "     message: x y"),
            (r#"{"type":"started","task_id":"a\nb","model":"c\nd"}"#, "task a b is decided by c d"),
        ] {
            assert_eq!(told(&Event::from_json(json.as_bytes()).unwrap()).as_deref(), Some(expected));
        }
    }
}
