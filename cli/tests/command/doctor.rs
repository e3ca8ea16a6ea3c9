//! `lightcone doctor`.

use crate::process::{Scripts, lightcone, text};

/// The line of one check.
fn line<'a>(out: &'a str, name: &str) -> &'a str {
    out.lines().find(|line| line.get(6..).is_some_and(|rest| rest.starts_with(name))).unwrap_or_else(|| panic!("no {name} in {out}"))
}

#[test]
fn what_works_is_told_and_the_exit_code_is_0() {
    let home = tempfile::tempdir().unwrap();
    let server = Scripts::new("[]").serve();
    let mut doctor = server.lightcone(&["doctor"]);
    let (out, error, code) = text(&doctor.env("HOME", home.path()).env("XDG_DATA_HOME", home.path().join("data")).output().unwrap());
    assert_eq!(code, Some(0), "{out}{error}");
    assert!(line(&out, "browser").starts_with("ok    browser  a Chromium starts and shows a page"), "{out}");
    assert!(line(&out, "key").ends_with("TZAFON_API_KEY is set"), "{out}");
    assert!(line(&out, "data").contains(&format!("free in {}", home.path().display())), "{out}");
    assert!(line(&out, "server").ends_with(&format!("{} answers and takes the key", server.url)), "{out}");
    for name in ["sandbox", "temp", "port"] {
        assert!(!line(&out, name).starts_with("BAD"), "{out}");
    }
    assert!(!home.path().join("data").exists(), "it only looks");
}

#[test]
fn what_does_not_work_is_told_with_how_to_mend_it() {
    let home = tempfile::tempdir().unwrap();
    let server = Scripts::new("[]").serve();
    let doctor = |url: &str, key: &str| {
        let mut doctor = lightcone(&["doctor"]);
        doctor.env("LIGHTCONE_CHROMIUM", "/nowhere/chromium").env("HOME", home.path()).env("XDG_DATA_HOME", home.path());
        text(&doctor.env("LIGHTCONE_BASE_URL", url).env("TZAFON_API_KEY", key).output().unwrap())
    };
    let (out, _, code) = doctor(&server.url, "sk_wrong");
    assert!(code == Some(1) && line(&out, "browser").contains("LIGHTCONE_CHROMIUM names /nowhere/chromium"), "{out}");
    assert!(line(&out, "server").starts_with("BAD   server   ") && line(&out, "server").contains("does not take the key"), "{out}");
    assert!(!out.contains("sk_wrong"), "{out}");
    let (out, _, code) = doctor("http://127.0.0.1:9", "");
    assert!(code == Some(1) && line(&out, "key").contains("BAD   key      TZAFON_API_KEY is not set"), "{out}");
    let (out, _, code) = doctor("http://127.0.0.1:9", "sk_test");
    assert!(code == Some(1) && line(&out, "server").contains("nobody answers at http://127.0.0.1:9"), "{out}");
}
