//! The mock server as a process: prints its address and serves until its standard input ends.
#![allow(clippy::print_stdout, reason = "its address is all that it says")]

use std::io::{self, Read as _};

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = mock::listen()?;
    println!("http://{}", listener.local_addr()?);
    tokio::select! {
        ended = mock::serve(listener) => ended,
        _ = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())) => Ok(()),
    }
}
