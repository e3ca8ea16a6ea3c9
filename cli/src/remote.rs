//! The server that other commands than `serve` speak to.

use lightcone::{Client, Error, ErrorKind};

use crate::{FAILED, Stop, USAGE, serve::DEFAULT_PORT};

/// What LIGHTCONE_BASE_URL names, if it is set.
pub(crate) fn named() -> Option<String> {
    std::env::var("LIGHTCONE_BASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// The server to speak to: the one named, else a local one on the usual port.
pub(crate) fn url() -> String {
    named().unwrap_or_else(|| format!("http://127.0.0.1:{DEFAULT_PORT}"))
}

/// A client of that server.
pub(crate) fn client() -> Result<Client, Stop> {
    Client::builder().base_url(url()).build().map_err(stop)
}

/// An error of the client as the command's end.
pub(crate) fn stop(error: Error) -> Stop {
    let code = match error.kind() {
        ErrorKind::Config | ErrorKind::InvalidArgument | ErrorKind::UnprocessableEntity => USAGE,
        _ => FAILED,
    };
    Stop::new(code, error)
}
