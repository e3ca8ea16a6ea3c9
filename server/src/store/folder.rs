//! Where a server keeps what outlives it: one folder, or a temporary one that goes
//! with the server.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

/// The length of the secret in bytes: that of the digest it is used with.
const SECRET: usize = 32;

/// Where everything is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Data {
    /// In memory, and in a temporary folder that goes with the server.
    #[default]
    Memory,
    /// In this folder, made if it is not there. One server at a time can use it.
    Folder(PathBuf),
}

/// The folder of one server.
pub(crate) struct Folder {
    path: PathBuf,
    temporary: Option<Scratch>,
}

impl Folder {
    /// Makes the folder if it is not there; a new one opens to its owner only.
    pub(crate) fn open(data: &Data) -> io::Result<Self> {
        match data {
            Data::Memory => {
                let temporary = Scratch::new("data")?;
                Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) })
            }
            Data::Folder(path) => {
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(true);
                #[cfg(unix)]
                std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
                builder.create(path)?;
                Ok(Self { path: path.clone(), temporary: None })
            }
        }
    }

    /// The file of the database; `None` when it is to be in memory.
    pub(super) fn database(&self) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join("tasks.sqlite"))
    }

    /// The file that is room set aside; `None` when nothing is kept.
    pub(super) fn reserve(&self) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join("reserve"))
    }

    /// Where the states of persistent computers go.
    pub(crate) fn computers(&self) -> PathBuf {
        self.path.join("computers")
    }

    /// Where screenshots go.
    pub(super) fn screenshots(&self) -> PathBuf {
        self.path.join("screenshots")
    }

    /// The secret that signs addresses: made once, readable by its owner only.
    pub(super) fn secret(&self) -> io::Result<[u8; SECRET]> {
        let file = self.path.join("secret");
        match std::fs::read(&file) {
            Ok(bytes) => bytes.try_into().map_err(|_| broken(&file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&file),
            Err(error) => Err(error),
        }
    }
}

/// Writes a new secret beside its place and moves it there, so that no half of it is ever found.
fn make(file: &Path) -> io::Result<[u8; SECRET]> {
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    // Temporary files open to their owner only.
    let mut new = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    new.write_all(&secret)?;
    new.persist(file).map_err(io::Error::from)?;
    Ok(secret)
}

fn broken(file: &Path) -> io::Error {
    let text = format!("{} does not hold {SECRET} bytes; remove it to have a new one made", file.display());
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_for_its_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a").join("b");
        let open = || Folder::open(&Data::Folder(path.clone())).unwrap();
        let secret = open().secret().unwrap();
        assert_eq!(open().secret().unwrap(), secret);
        assert_ne!(Folder::open(&Data::Memory).unwrap().secret().unwrap(), secret);
        #[cfg(unix)]
        for (path, mode) in [(path.clone(), 0o700), (path.join("secret"), 0o600)] {
            let seen = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
            assert_eq!(seen & 0o777, mode, "{}", path.display());
        }
        std::fs::write(path.join("secret"), "short").unwrap();
        assert_eq!(open().secret().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_temporary_folder_goes_with_the_server() {
        let folder = Folder::open(&Data::Memory).unwrap();
        let path = folder.path.clone();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
