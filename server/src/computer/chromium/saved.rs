//! What of a browser outlives it: cookies, those of the session too, and the storage of
//! pages. Caches and the rest of a profile are made anew each time.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::cdp::{CallError, Connection, read_answer};

/// The parts of a profile that are storage of pages.
const STORAGE: [&str; 2] = ["Local Storage", "IndexedDB"];

const COOKIES: &str = "cookies.json";

/// Copies the storage of a browser that has ended.
pub(super) fn keep_storage(profile: &Path, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    copy_storage(&profile.join("Default"), folder)
}

/// Puts kept storage into the profile of a browser that has not begun.
pub(super) fn restore_storage(folder: &Path, profile: &Path) -> io::Result<()> {
    copy_storage(folder, &profile.join("Default"))
}

fn copy_storage(from: &Path, to: &Path) -> io::Result<()> {
    for part in STORAGE {
        match copy(&from.join(part), &to.join(part)) {
            // No page has stored anything.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let entries = std::fs::read_dir(from)?;
    std::fs::create_dir_all(to)?;
    for entry in entries {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// All cookies, as a command can set them again.
pub(super) async fn cookies(connection: &Connection) -> Result<Value, CallError> {
    const METHOD: &str = "Storage.getCookies";
    let mut answer: Value = read_answer(METHOD, &connection.call(None, METHOD, json!({})).await?)?;
    let cookies = answer.get_mut("cookies").and_then(Value::as_array_mut);
    for cookie in cookies.into_iter().flatten().filter_map(Value::as_object_mut) {
        // One of the session has no time at which it ends.
        if cookie.get("session") == Some(&Value::Bool(true)) {
            cookie.shift_remove("expires");
        }
    }
    Ok(answer)
}

/// Writes cookies beside the storage, for their owner's eyes only.
pub(super) fn keep_cookies(cookies: &Value, folder: &Path) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, cookies.to_string().as_bytes())?;
    file.persist(folder.join(COOKIES)).map(drop).map_err(io::Error::from)
}

/// The cookies that were kept.
pub(super) fn kept_cookies(folder: &Path) -> io::Result<Value> {
    serde_json::from_slice(&std::fs::read(folder.join(COOKIES))?).map_err(io::Error::from)
}
