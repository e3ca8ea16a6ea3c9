//! Who may use the server: the keys it takes, and where they do not turn up; the hosts.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::{
    common::{Serving, after},
    serving::serve,
};

fn write(file: &Path, text: &str, mode: u32) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_is_made_at_the_first_start_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let first = Serving::of(serve(data.to_str().unwrap(), &[]));
    let key = after(&first.said, "TZAFON_API_KEY=").unwrap().to_owned();
    assert_eq!(after(&first.said, "watch: "), Some(format!("{}/#key={key}", first.url).as_str()));
    assert_eq!((first.status(&key), first.status("sk_other")), ("200".to_owned(), "401".to_owned()));
    let file = data.join("api-keys");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(first);
    let second = Serving::of(serve(data.to_str().unwrap(), &[]));
    assert_eq!(after(&second.said, "TZAFON_API_KEY="), Some(key.as_str()));
    assert_eq!(second.status(&key), "200");
    drop(second);

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = serve(data.to_str().unwrap(), &[]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && error.contains("chmod 600") && !error.contains(&key), "{error}");
}

#[test]
fn a_server_that_keeps_nothing_has_a_key_for_itself() {
    let [one, other] = [(); 2].map(|()| Serving::of(serve(":memory:", &[])));
    let [key, other_key] = [&one, &other].map(|server| after(&server.said, "TZAFON_API_KEY=").unwrap());
    assert_ne!(key, other_key);
    assert_eq!((one.status(key), one.status(other_key)), ("200".to_owned(), "401".to_owned()));
}

#[test]
fn several_keys_are_taken_and_none_of_them_is_told() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("keys");
    write(&file, "# two people\nsk_file_one\nsk_file_two\n", 0o600);
    let data = place.path().join("data");
    let mut command = serve(data.to_str().unwrap(), &["--api-key", "sk_word_one", "--api-key", "sk_word_two", "--api-keys"]);
    command.arg(&file).env("LIGHTCONE_LOG", "trace");
    let server = Serving::of(command);
    for (key, status) in [
        ("sk_word_one", "200"),
        ("sk_word_two", "200"),
        ("sk_file_one", "200"),
        ("sk_file_two", "200"),
        ("sk_wrong", "401"),
        ("sk_word_onesk_word_two", "401"),
    ] {
        assert_eq!(server.status(key), status, "{key}");
    }
    assert!(!server.said.contains("sk_") && !data.join("api-keys").exists(), "{}", server.said);
    let log = server.end();
    assert!(log.contains("/agent/tasks") && !log.contains("sk_"), "{log}");

    // The environment's counts when none is given in words.
    let mut command = serve(":memory:", &[]);
    command.env("TZAFON_API_KEY", "sk_environment").env("LIGHTCONE_API_KEYS", &file);
    let server = Serving::of(command);
    assert_eq!((server.status("sk_environment"), server.status("sk_file_two")), ("200".to_owned(), "200".to_owned()));
}

#[test]
fn a_file_of_keys_is_refused_with_a_reason() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("keys");
    for (text, mode, why) in
        [("sk_one\n", 0o640, "chmod 600"), ("sk_one\nsk secret\n", 0o600, "line 2"), ("# none\n", 0o600, "there is no key")]
    {
        write(&file, text, mode);
        let refused = serve(":memory:", &["--api-keys", file.to_str().unwrap()]).output().unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && error.contains("--api-keys") && error.contains(why), "{error}");
        assert!(!error.contains("secret\n") && !error.contains("sk_one"), "{error}");
    }
}

#[test]
fn other_machines_are_let_in_by_a_key_of_ones_own_and_a_name() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let refused = |options: &[&str]| {
        let output = serve(data.to_str().unwrap(), &[&["--host", "0.0.0.0"], options].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let error = refused(&[]);
    assert!(error.contains("--api-keys") && error.contains("--allowed-host"), "{error}");
    // A key that is made is not one that somebody chose.
    assert!(refused(&["--allowed-host", "agents.example"]).contains("a key of your own"));
    assert!(refused(&["--api-key", "sk_mine"]).contains("--allowed-host"));
    assert!(refused(&["--api-key", " ", "--allowed-host", "agents.example"]).contains("a key of your own"));
    assert!(refused(&["--allowed-host", "agents.example:80"]).contains("without a port"));
    assert!(refused(&["--host", "agents.example"]).contains("--host"));

    let mut command = serve(":memory:", &["--host", "0.0.0.0"]);
    command.env("TZAFON_API_KEY", "sk_mine").env("LIGHTCONE_ALLOWED_HOSTS", "agents.example,*.lab.example");
    let server = Serving::of(command);
    assert!(server.address().starts_with("127.0.0.1:"), "{}", server.said);
    for (host, status) in [("agents.example", "200"), ("a.lab.example:8700", "200"), ("localhost", "200"), ("evil.example", "403")] {
        assert_eq!(server.status_at(host, "sk_mine"), status, "{host}");
    }
    assert_eq!(server.status_at("agents.example", "sk_other"), "401");
}

#[test]
fn loopback_has_other_addresses() {
    for host in ["::1", "[::1]", "127.0.0.2"] {
        let bare = host.trim_matches(['[', ']']);
        // Not every machine has each.
        if std::net::TcpListener::bind((bare, 0)).is_err() {
            continue;
        }
        let server = Serving::of(serve(":memory:", &["--host", host]));
        let key = after(&server.said, "TZAFON_API_KEY=").unwrap();
        assert_eq!(server.status(key), "200", "{host}");
    }
}
