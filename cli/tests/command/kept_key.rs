//! A local server and this command find to each other by the key that the server keeps.

use std::process::Command;

use crate::process::{KEY, Serving, lightcone, text};

#[test]
fn a_local_server_is_spoken_to_without_setting_a_key() {
    let home = tempfile::tempdir().unwrap();
    let at_home = |mut command: Command| {
        command.env("HOME", home.path()).env("XDG_DATA_HOME", home.path().join("data"));
        command
    };
    let ask = |url: &str| text(&at_home(lightcone(&["list"])).env("LIGHTCONE_BASE_URL", url).output().unwrap());
    let (_, error, code) = ask("http://127.0.0.1:9");
    assert!(code == Some(2) && error.contains("no key for http://127.0.0.1:9: set TZAFON_API_KEY"), "{error}");

    let server = Serving::of(at_home(lightcone(&["serve", "--port", "0"])));
    assert_eq!(ask(&server.url).2, Some(0));
    // It goes to nobody else.
    let (_, error, code) = ask("https://tasks.example");
    assert!(code == Some(2) && error.contains("no key for https://tasks.example"), "{error}");
    // One that is set goes before it.
    let (_, error, code) = text(&at_home(server.lightcone(&["list"])).output().unwrap());
    assert!(code == Some(1) && error.contains("401") && !error.contains(KEY) && !error.contains("is not set"), "{error}");
    // A server that has another one.
    let other = Serving::start(&["--data", ":memory:"]);
    let (_, error, code) = ask(&other.url);
    assert!(code == Some(1) && error.contains("401") && error.contains("TZAFON_API_KEY is not set"), "{error}");
}
