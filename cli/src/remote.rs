//! The server that other commands than `serve` speak to.

use lightcone::{Client, Error, ErrorKind};

use crate::{FAILED, Stop, USAGE, serve::DEFAULT_PORT};

/// What LIGHTCONE_BASE_URL names, if it is set.
pub(crate) fn named() -> Option<String> {
    std::env::var("LIGHTCONE_BASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// A client of the server that LIGHTCONE_BASE_URL names, else of a local one on the usual port.
pub(crate) fn client() -> Result<Client, Stop> {
    let url = named().unwrap_or_else(|| format!("http://127.0.0.1:{DEFAULT_PORT}"));
    Client::builder().base_url(url).build().map_err(stop)
}

/// An error of the client as the command's end.
pub(crate) fn stop(error: Error) -> Stop {
    let code = match error.kind() {
        ErrorKind::Config | ErrorKind::InvalidArgument | ErrorKind::UnprocessableEntity => USAGE,
        _ => FAILED,
    };
    Stop::new(code, error)
}
