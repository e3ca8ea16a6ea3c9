//! Where the files of a web are: on the disk or inside this program.

use std::io;
use std::path::{Path, PathBuf};

use include_dir::Dir;

#[derive(Debug)]
pub(super) enum Source {
    /// A folder, with all symbolic links resolved.
    Folder(PathBuf),
    /// Files compiled into the program.
    Embedded(&'static Dir<'static>),
}

impl Source {
    pub(super) fn folder(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        std::fs::read_dir(&root)?;
        Ok(Self::Folder(root))
    }

    /// The names of the folders at the top.
    pub(super) fn hosts(&self) -> Vec<String> {
        match self {
            Self::Folder(root) => std::fs::read_dir(root)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.path().is_dir())
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect(),
            Self::Embedded(root) => root.dirs().filter_map(|dir| Some(dir.path().file_name()?.to_str()?.to_owned())).collect(),
        }
    }

    /// A file under a host; `None` where there is none, or only one outside of the web.
    pub(super) fn read(&self, host: &str, names: &[&str]) -> Option<Vec<u8>> {
        let path: PathBuf = std::iter::once(&host).chain(names).collect();
        match self {
            Self::Folder(root) => {
                // Symbolic links are followed before the check, so that none leads out.
                let file = root.join(path).canonicalize().ok().filter(|file| file.starts_with(root) && file.is_file())?;
                std::fs::read(file).ok()
            }
            Self::Embedded(root) => Some(root.get_file(path)?.contents().to_vec()),
        }
    }
}
