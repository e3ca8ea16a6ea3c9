//! A server within the process, for tests.

use std::sync::Arc;

use lightcone_server::local::{LocalError, LocalServer};
use napi::{
    Env,
    bindgen_prelude::{PromiseRaw, Result, block_on},
};
use napi_derive::napi;

use crate::error::promise;

/// A server on a free port with a key of its own.
#[napi]
pub struct NativeLocalServer {
    server: Arc<LocalServer>,
}

/// Starts a server with options as JSON.
#[napi(catch_unwind)]
pub fn start_local_server(env: &Env, options: String) -> Result<PromiseRaw<'_, NativeLocalServer>> {
    promise(env, async move {
        let server = LocalServer::start(&options).await.map_err(refused)?;
        Ok(NativeLocalServer { server: Arc::new(server) })
    })
}

#[napi]
impl NativeLocalServer {
    /// The base URL.
    #[napi(getter)]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The key that requests must carry.
    #[napi(getter)]
    pub fn key(&self) -> &str {
        self.server.key()
    }

    /// Adds a script as JSON.
    #[napi(catch_unwind)]
    pub fn script(&self, script: String) -> Result<()> {
        self.server.script(&script).map_err(refused)
    }

    /// Lets the next answers of an operation go wrong, as JSON says.
    #[napi(catch_unwind)]
    pub fn add_fault(&self, fault: String) -> Result<()> {
        self.server.add_fault(&fault).map_err(refused)
    }

    /// Stops it; the promise settles when all of it has ended.
    #[napi(catch_unwind)]
    pub fn close<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, ()>> {
        let server = Arc::clone(&self.server);
        promise(env, async move {
            server.close().await;
            Ok(())
        })
    }

    /// Stops it and blocks until all of it has ended: for the end of the process.
    #[napi(catch_unwind)]
    pub fn close_and_wait(&self) {
        block_on(self.server.close());
    }
}

fn refused(error: LocalError) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}
