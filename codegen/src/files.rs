//! The files as they should be against the files as they are.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// A file as it should be.
#[derive(Debug)]
pub(crate) struct Output {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

/// How a file is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is not there.
    Missing(String),
    /// It says something else.
    Differs(String),
    /// It lies in a folder of generated files, and nothing generates it any more.
    LeftOver(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{path} (missing)"),
            Self::Differs(path) => write!(f, "{path} (differs)"),
            Self::LeftOver(path) => write!(f, "{path} (no longer generated)"),
        }
    }
}

/// What is not as it should be. In `folders` every file must be a wanted one.
pub(crate) fn compare(root: &Path, wanted: &[Output], folders: &[&str]) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    for output in wanted {
        match fs::read(root.join(&output.path)) {
            Ok(found) if found == output.text.as_bytes() => {}
            Ok(_) => changes.push(Change::Differs(output.path.clone())),
            Err(error) if error.kind() == ErrorKind::NotFound => changes.push(Change::Missing(output.path.clone())),
            Err(error) => return Err(format!("{} cannot be read: {error}", output.path)),
        }
    }
    for folder in folders {
        let entries = match fs::read_dir(root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{folder} cannot be read: {error}")),
        };
        for entry in entries {
            let entry = entry.map_err(|error| format!("{folder} cannot be read: {error}"))?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            // Python keeps its `__pycache__` folder there.
            if entry.path().is_file() && !wanted.iter().any(|output| output.path == path) {
                changes.push(Change::LeftOver(path));
            }
        }
    }
    Ok(changes)
}

/// Puts right what [`compare`] found.
pub(crate) fn apply(root: &Path, wanted: &[Output], changes: &[Change]) -> Result<(), String> {
    for change in changes {
        match change {
            Change::LeftOver(path) => fs::remove_file(root.join(path)).map_err(|error| format!("{path} cannot be removed: {error}"))?,
            Change::Missing(path) | Change::Differs(path) => {
                let at = root.join(path);
                if let Some(folder) = at.parent() {
                    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
                }
                let text = wanted.iter().find(|output| output.path == *path).map_or("", |output| &output.text);
                fs::write(&at, text).map_err(|error| format!("{path} cannot be written: {error}"))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: &str, text: &str) -> Output {
        Output { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn every_kind_of_difference_is_found_and_put_right() {
        let root = tempfile::tempdir().unwrap();
        let wanted = [output("gen/same.py", "1\n"), output("gen/other.py", "2\n"), output("docs/new.json", "{}\n")];
        fs::create_dir_all(root.path().join("gen/__pycache__")).unwrap();
        fs::write(root.path().join("gen/same.py"), "1\n").unwrap();
        fs::write(root.path().join("gen/other.py"), "changed by hand\n").unwrap();
        fs::write(root.path().join("gen/old.py"), "").unwrap();

        let changes = compare(root.path(), &wanted, &["gen"]).unwrap();
        let expected =
            [Change::Differs("gen/other.py".into()), Change::Missing("docs/new.json".into()), Change::LeftOver("gen/old.py".into())];
        assert_eq!(changes, expected);
        assert_eq!(changes[2].to_string(), "gen/old.py (no longer generated)");

        apply(root.path(), &wanted, &changes).unwrap();
        assert_eq!(compare(root.path(), &wanted, &["gen"]).unwrap(), []);
        assert_eq!(fs::read_to_string(root.path().join("docs/new.json")).unwrap(), "{}\n");
    }

    #[test]
    fn the_committed_files_are_what_the_core_says() {
        assert_eq!(crate::run(true).unwrap(), [], "run `{}`", crate::COMMAND);
    }
}
