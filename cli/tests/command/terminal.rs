//! What a person at a terminal sees.

use std::{fs::File, io::Read, process::Command};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::process::Scripts;

const SCRIPTS: &str = r#"
- instruction: say hello
  steps:
    - event: { type: progress_update, message: "half way\u001b[31m\nfailed (all): lost" }
    - wait_ms: 400
    - finish: "hello\nworld"
- pattern: ^a long
  steps:
    - finish: done
"#;

/// Runs the command in a terminal of 100 columns; all that it wrote there, and its exit code.
fn in_terminal(mut command: Command) -> (String, Option<i32>) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let inside = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    command.stdin(inside.try_clone().unwrap()).stdout(inside.try_clone().unwrap()).stderr(inside);
    let mut running = command.env("TERM", "xterm").spawn().unwrap();
    // Else the terminal would have a user as long as this test.
    drop(command);
    let (mut terminal, mut bytes, mut chunk) = (File::from(terminal), Vec::new(), [0; 4096]);
    // Linux ends it with an error.
    while let Ok(length @ 1..) = terminal.read(&mut chunk) {
        bytes.extend_from_slice(&chunk[..length]);
    }
    (String::from_utf8(bytes).unwrap(), running.wait().unwrap().code())
}

#[test]
fn a_spinner_turns_under_the_lines_and_is_gone_at_the_end() {
    let scripts = Scripts::new(SCRIPTS);
    let (seen, code) = in_terminal(scripts.run("say hello"));
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("waiting for the agent"), "{seen:?}");
    // One line, and nothing that steers the terminal is the page's.
    assert!(seen.contains("     half way\u{fffd}[31m failed (all): lost\r\n"), "{seen:?}");
    let (_, end) = seen.split_once("\r\nhello\r\nworld\r\n").unwrap();
    assert!(!end.contains("waiting"), "{seen:?}");
}

#[test]
fn a_list_has_lines_no_wider_than_the_terminal() {
    let scripts = Scripts::new(SCRIPTS);
    let server = scripts.serve();
    let long = format!("a long {}", "\u{4e16}\u{754c} ".repeat(60));
    assert_eq!(server.ask(&["run", &long, "--model", "scripted"]).2, Some(0));
    let (seen, code) = in_terminal(server.lightcone(&["list"]));
    let row = seen.lines().nth(1).unwrap();
    assert!(code == Some(0) && row.contains("  a long \u{4e16}") && row.ends_with('\u{2026}'), "{seen}");
    // Those of the instruction take two columns each.
    let width: usize = row.chars().map(|c| if matches!(c, '\u{4e16}' | '\u{754c}') { 2 } else { 1 }).sum();
    assert!((99..=100).contains(&width), "{width}: {row}");
    // Elsewhere it is whole.
    assert!(server.ask(&["list"]).0.contains(long.trim_end()));
}
