//! Our own server, for the cases that are about it.

use std::{io, sync::Arc};

use lightcone_server::{
    Data, Server, ServerConfig,
    computer::chromium::Chromium,
    model::{
        Models,
        scripted::{NAME, Scripts},
    },
    new_key,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::port::Port;

/// A server that plays a case's scripts and can be started again with what it has kept.
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) key: String,
    config: ServerConfig,
    running: Mutex<Option<Server>>,
    _port: Port,
    _folder: TempDir,
}

impl Service {
    pub(super) async fn start(scripts: &[Value], port: Port) -> io::Result<Self> {
        let scripts = Scripts::from_json(&Value::from(scripts).to_string()).map_err(io::Error::other)?;
        let folder = tempfile::tempdir()?;
        let key = new_key();
        let models = Models::new(NAME, move |brief| scripts.model(&brief));
        let mut config = ServerConfig::new(key.as_str(), Arc::new(Chromium::default()), models);
        config.listen = port.address;
        config.data = Data::Folder(folder.path().to_owned());
        let server = Server::start(config.clone()).await.map_err(io::Error::other)?;
        Ok(Self { url: server.url(), key, config, running: Mutex::new(Some(server)), _port: port, _folder: folder })
    }

    /// Ends the server, and starts one at the same address with its data.
    pub(super) async fn restart(&self) -> io::Result<()> {
        let mut running = self.running.lock().await;
        if let Some(server) = running.take() {
            server.shutdown().await;
        }
        *running = Some(Server::start(self.config.clone()).await.map_err(io::Error::other)?);
        Ok(())
    }

    pub(super) async fn close(&self) {
        if let Some(server) = self.running.lock().await.take() {
            server.shutdown().await;
        }
    }
}
