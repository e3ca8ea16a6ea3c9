//! What the command writes on the terminal.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

use indicatif::ProgressBar;
use lightcone::tasks::Event;
use serde::Serialize;

/// A line on standard output, at once.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    // A reader that has gone away does not end the task.
    let _ = writeln!(out, "{}", plain(text.as_ref()));
    let _ = out.flush();
}

/// A line on standard error.
pub(crate) fn error(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "lightcone: {}", plain(text.as_ref()));
}

/// A value as one line of JSON on standard output.
pub(crate) fn json(value: &impl Serialize) {
    // What is printed came from JSON or is made of texts and numbers.
    line(serde_json::to_string(value).unwrap_or_default());
}

/// Where a task's events are shown as they come.
pub(crate) struct Screen {
    json: bool,
    /// Turns while nothing comes; only where a person looks.
    waiting: Option<ProgressBar>,
}

impl Screen {
    /// One line of JSON an event, or what a person wants to read.
    pub(crate) fn new(json: bool) -> Self {
        let is_watched = !json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        Self { json, waiting: is_watched.then(|| ProgressBar::new_spinner().with_message("waiting for the agent")) }
    }

    /// Shows one event.
    pub(crate) fn show(&self, event: &Event) {
        let text = if self.json { serde_json::to_string(&event.to_json()).ok() } else { self::event(event) };
        match (&self.waiting, text) {
            (Some(waiting), text) => {
                waiting.suspend(|| text.into_iter().for_each(line));
                if event.is_terminal() {
                    waiting.finish_and_clear();
                } else {
                    waiting.enable_steady_tick(Duration::from_millis(120));
                }
            }
            (None, Some(text)) => line(text),
            (None, None) => {}
        }
    }
}

/// What an event has to say to a person; nothing for the small steps in between.
fn event(event: &Event) -> Option<String> {
    let step = |step: &Option<i64>| step.map_or_else(String::new, |step| format!("{step:>3}  "));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match event {
        Event::Started(started) => {
            let model = started.model.as_deref().unwrap_or("an unnamed model");
            Some(format!("task {} is decided by {model}", text(&started.task_id)))
        }
        Event::Action(action) => {
            let name = action.action.as_ref().and_then(|action| action.get("type").or_else(|| action.get("action"))?.as_str());
            Some(format!("{}{:<12} {}", step(&action.step), name.unwrap_or("action"), text(&action.description)).trim_end().to_owned())
        }
        Event::ProgressUpdate(progress) => Some(format!("     {}", text(&progress.message))),
        Event::NotUnderstood(not) => Some(format!("     not understood: {}", text(&not.message))),
        Event::ErrorEvent(error) => Some(format!("{}error: {}", step(&error.step), text(&error.error))),
        Event::Queued(_) => Some("     waiting for a free place".to_owned()),
        Event::Paused(_) => Some("     paused".to_owned()),
        Event::Resumed(_) => Some("     resumed".to_owned()),
        Event::MessageInjected(message) => Some(format!("     message: {}", text(&message.message))),
        Event::Completed(completed) => Some(format!("\n{}", text(&completed.result))),
        Event::Failed(failed) => Some(format!("\nfailed ({}): {}", text(&failed.error_code), text(&failed.result))),
        Event::ConfigError(error) => Some(format!("\nfailed ({}): {}", text(&error.error_code), text(&error.error))),
        Event::Cancelled(_) => Some("\ncancelled".to_owned()),
        Event::MaxSteps(_) => Some("\nfailed: all steps are used up".to_owned()),
        _ => None,
    }
}

/// Text from pages and models is data: no control character of it reaches the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_gets_through() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}c\r\n\td"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}\n\td");
    }

    #[test]
    fn every_kind_of_end_is_told() {
        for (json, expected) in [
            (r#"{"type":"completed","result":"a\nb"}"#, "\na\nb"),
            (r#"{"type":"failed","error_code":"not_found","result":"no link"}"#, "\nfailed (not_found): no link"),
            (r#"{"type":"config_error","error_code":"no_browser","error":"get one"}"#, "\nfailed (no_browser): get one"),
            (r#"{"type":"cancelled"}"#, "\ncancelled"),
            (r#"{"type":"max_steps","step":3}"#, "\nfailed: all steps are used up"),
            (r#"{"type":"action","step":2,"action":{"type":"click"},"description":"the button"}"#, "  2  click        the button"),
        ] {
            assert_eq!(event(&Event::from_json(json.as_bytes()).unwrap()).as_deref(), Some(expected));
        }
        assert_eq!(event(&Event::from_json(br#"{"type":"thinking"}"#).unwrap()), None);
    }
}
