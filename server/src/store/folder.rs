//! Where a server keeps what outlives it: one folder, or a temporary one that goes
//! with the server.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

/// The length of the secret in bytes: that of the digest it is used with.
const SECRET: usize = 32;

/// The file of the database within the folder.
const DATABASE: &str = "tasks.sqlite";

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

    /// Whether a server has kept tasks in this folder.
    pub(crate) fn has_tasks(path: &Path) -> bool {
        path.join(DATABASE).is_file()
    }

    /// The file of the database; `None` when it is to be in memory.
    pub(super) fn database(&self) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join(DATABASE))
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; SECRET];
                getrandom::fill(&mut secret).map_err(io::Error::other)?;
                write_new(&file, &secret)?;
                Ok(secret)
            }
            Err(error) => Err(error),
        }
    }
}

/// Writes a file that is not there yet, for its owner only. It is written beside its place
/// and moved there, so that no half of it is ever found.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    // Temporary files open to their owner only.
    let mut new = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.persist_noclobber(file).map(drop).map_err(io::Error::from)
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
