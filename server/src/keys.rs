//! The keys that requests carry: made, kept in files for their owner only, and compared.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::store::folder::{Data, Folder, write_new};

/// The file within the data folder.
const FILE: &str = "api-keys";

/// More than any list of keys; what is longer is some other file.
const MOST_BYTES: u64 = 1024 * 1024;

/// Why keys cannot be had from a file. The text never has a part of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It cannot be read.
    #[error("the keys in {} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is open to other users of the machine.
    #[error("others than its owner can read or change {file}, which holds keys: run `chmod 600 {file}`, and replace the keys if somebody may have seen them", file = .0.display())]
    Shared(PathBuf),
    /// A line is no key.
    #[error("line {line} of {} is no key: write one key a line, of visible ASCII characters; `#` begins a line of comment", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// There is no key in it.
    #[error("there is no key in {}: write one a line, or remove the file", .0.display())]
    Empty(PathBuf),
    /// A new key could not be written.
    #[error("no key can be kept in {}: {source}", file.display())]
    NotKept {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A new key that nobody can guess: 122 random bits.
pub fn new_key() -> String {
    format!("sk_local_{}", uuid::Uuid::new_v4().simple())
}

/// The keys of a file: one a line, without the spaces around it; empty lines and those that
/// begin with `#` are passed over.
///
/// # Errors
/// When the file cannot be read, or (on Unix) by others than its owner, too; when a line is
/// no key or there is none.
pub fn read(file: &Path) -> Result<Vec<SecretString>, KeyError> {
    let unreadable = |source| KeyError::Unreadable { file: file.to_owned(), source };
    let opened = File::open(file).map_err(unreadable)?;
    // Of the file that is open, not of one that may have taken its name meanwhile.
    if is_shared(&opened).map_err(unreadable)? {
        return Err(KeyError::Shared(file.to_owned()));
    }
    let mut text = String::new();
    opened.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    let mut keys = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !is_key(line) {
            return Err(KeyError::Malformed { file: file.to_owned(), line: number });
        }
        keys.push(SecretString::from(line));
    }
    if keys.is_empty() { Err(KeyError::Empty(file.to_owned())) } else { Ok(keys) }
}

/// The key that a server keeps in this data folder, for a client on the same machine; `None`
/// when no server has kept one there. Where there are several, the first.
///
/// # Errors
/// As of [`read`].
pub fn kept(data: &Path) -> Result<Option<SecretString>, KeyError> {
    match read(&data.join(FILE)) {
        Ok(keys) => Ok(keys.into_iter().next()),
        Err(KeyError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The keys that are kept in this data folder; at first one that is made now. The folder is
/// made, too, if it is not there.
///
/// # Errors
/// As of [`read`], and when nothing can be written there.
pub fn keep(data: &Path) -> Result<Vec<SecretString>, KeyError> {
    let file = data.join(FILE);
    if kept(data)?.is_none() {
        let made = Folder::open(&Data::Folder(data.to_owned())).and_then(|_| write_new(&file, format!("{}\n", new_key()).as_bytes()));
        match made {
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(|source| KeyError::NotKept { file: file.clone(), source })?,
        }
    }
    read(&file)
}

/// Whether a header can carry it whole.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(unix)]
fn is_shared(file: &File) -> io::Result<bool> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    Ok(mode & 0o077 != 0)
}

/// Who may read a file there is said by its folder, which is the user's own.
#[cfg(not(unix))]
fn is_shared(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// What requests are checked against.
pub(crate) struct Keys {
    digests: Vec<[u8; 32]>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// `None` when there is none, or one that no header can carry.
    pub(crate) fn new(keys: &[SecretString]) -> Option<Self> {
        let good = !keys.is_empty() && keys.iter().all(|key| is_key(key.expose_secret()));
        good.then(|| Self { digests: keys.iter().map(|key| digest(key.expose_secret())).collect() })
    }

    /// Whether it is one of them. How long that takes says nothing of them: what is compared
    /// has the same length for all keys, and all are compared to the end.
    pub(crate) fn accept(&self, given: &str) -> bool {
        let given = digest(given);
        self.digests.iter().fold(Choice::from(0), |found, key| found | key.ct_eq(&given)).into()
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(keys: &[SecretString]) -> Vec<&str> {
        keys.iter().map(ExposeSecret::expose_secret).collect()
    }

    #[cfg(unix)]
    fn allow(file: &Path, mode: u32) {
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("a").join("b");
        assert!(kept(&data).unwrap().is_none());
        let made = keep(&data).unwrap();
        assert!(made.len() == 1 && made[0].expose_secret().starts_with("sk_local_"));
        assert_eq!(texts(&keep(&data).unwrap()), texts(&made));
        assert_eq!(kept(&data).unwrap().unwrap().expose_secret(), made[0].expose_secret());
        assert_ne!(texts(&keep(parent.path()).unwrap()), texts(&made));
        #[cfg(unix)]
        for (path, mode) in [(data.clone(), 0o700), (data.join(FILE), 0o600)] {
            let seen = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
            assert_eq!(seen & 0o777, mode, "{}", path.display());
        }
    }

    #[test]
    fn starts_at_the_same_time_keep_one_key() {
        let data = tempfile::tempdir().unwrap();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let data = data.path().to_owned();
                std::thread::spawn(move || keep(&data).unwrap()[0].expose_secret().to_owned())
            })
            .collect();
        let keys: Vec<String> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let data = tempfile::tempdir().unwrap();
        keep(data.path()).unwrap();
        let file = data.path().join(FILE);
        for mode in [0o640, 0o604, 0o620, 0o644] {
            allow(&file, mode);
            for refused in [keep(data.path()).map(drop), kept(data.path()).map(drop), read(&file).map(drop)] {
                let text = refused.unwrap_err().to_string();
                assert!(text.contains(&format!("chmod 600 {}", file.display())) && !text.contains("sk_local"), "{text}");
            }
        }
        for mode in [0o600, 0o400] {
            allow(&file, mode);
            keep(data.path()).unwrap();
        }
    }

    #[test]
    fn a_file_has_one_key_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        write_new(&file, b"# mine\r\nsk_one\r\n\n   sk_two  \n#sk_three\nsk#four").unwrap();
        assert_eq!(texts(&read(&file).unwrap()), ["sk_one", "sk_two", "sk#four"]);
        for (text, why) in [
            (&b"sk_one\nsk two\n"[..], "line 2"),
            ("schl\u{fc}ssel".as_bytes(), "line 1"),
            (b"# none\n\n", "no key in"),
            (b"\xff\xfe", "UTF-8"),
        ] {
            std::fs::write(&file, text).unwrap();
            let said = read(&file).unwrap_err().to_string();
            assert!(said.contains(why) && said.contains("keys") && !said.contains("sk two") && !said.contains("schl"), "{said}");
        }
        let missing = read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("none") && missing.contains("No such file"), "{missing}");
    }

    #[test]
    fn each_key_opens_and_nothing_like_one_does() {
        let keys = Keys::new(&["sk_one".into(), "sk_second".into()]).unwrap();
        assert!(keys.accept("sk_one") && keys.accept("sk_second"));
        for wrong in ["", "sk_on", "sk_one ", "sk_onesk_second", "SK_ONE", "sk_secone"] {
            assert!(!keys.accept(wrong), "{wrong}");
        }
        assert!(!format!("{keys:?}").contains("sk_"));
    }

    #[test]
    fn keys_that_no_header_carries_are_none() {
        assert!(Keys::new(&[]).is_none());
        for wrong in ["", "with space", "schl\u{fc}ssel", "line\n"] {
            assert!(Keys::new(&["sk_good".into(), wrong.into()]).is_none(), "{wrong:?}");
        }
    }
}
