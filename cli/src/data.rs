//! The folder in which a local server keeps what outlives it.

use std::path::PathBuf;

use directories::ProjectDirs;

use crate::{Stop, USAGE};

/// Where tasks and the key are kept unless told otherwise; `None` for a user without a home.
pub(crate) fn own_folder() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "lightcone")?.data_dir().to_owned())
}

/// The folder that `--data` names, else the one of the user's own.
pub(crate) fn folder(named: Option<PathBuf>) -> Result<PathBuf, Stop> {
    let missing = || Stop::new(USAGE, "--data: you have no home folder that tasks could be in; name a folder");
    named.or_else(own_folder).ok_or_else(missing)
}
