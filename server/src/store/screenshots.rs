//! Screenshots as files, one folder per task, and the signed, expiring addresses
//! under which they are handed out without a key.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tempfile::TempDir;

/// How long an address is good.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Where addresses of screenshots begin.
pub(crate) const PREFIX: &str = "/screenshots";

/// Why an address opens nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// This server never gave it out.
    Forged,
    /// It was good once.
    Expired,
    /// The file is not there any more.
    Missing,
}

/// The pictures of all tasks.
pub(crate) struct Screenshots {
    folder: PathBuf,
    /// Keeps the folder while the server lives, when it is a temporary one.
    _temporary: Option<TempDir>,
    base_url: String,
    /// Carries a secret of this server's own; cloned for each signature.
    signer: Hmac<Sha256>,
    taken: AtomicU64,
}

impl Screenshots {
    /// Pictures in `folder`, or in a temporary one that goes with the server.
    ///
    /// # Errors
    /// When the folder cannot be made, or the system has no random numbers.
    pub(crate) fn new(folder: Option<&Path>, base_url: String) -> std::io::Result<Self> {
        let (folder, temporary) = match folder {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                (folder.to_owned(), None)
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("lightcone-screenshots-").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        let signer = Hmac::new_from_slice(&secret).map_err(std::io::Error::other)?;
        Ok(Self { folder, _temporary: temporary, base_url, signer, taken: AtomicU64::new(0) })
    }

    /// Keeps a picture and returns its address.
    pub(crate) async fn keep(&self, task_id: &str, png: &[u8]) -> std::io::Result<String> {
        // Counted over all tasks, so that the names within each are in order of time.
        let name = format!("{:06}.png", self.taken.fetch_add(1, Ordering::Relaxed) + 1);
        let folder = self.folder.join(task_id);
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::write(folder.join(&name), png).await?;
        let expires = now() + LIFETIME.as_secs();
        let signature = URL_SAFE_NO_PAD.encode(self.mac(task_id, &name, expires).finalize().into_bytes());
        Ok(format!("{}{PREFIX}/{task_id}/{name}?expires={expires}&signature={signature}", self.base_url))
    }

    /// The picture behind an address.
    pub(crate) async fn open(&self, task_id: &str, name: &str, expires: u64, signature: &str) -> Result<Vec<u8>, Denied> {
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Denied::Forged)?;
        self.mac(task_id, name, expires).verify_slice(&signature).map_err(|_| Denied::Forged)?;
        // Only names that `keep` made get past the signature: no path leads out of the folder.
        if expires < now() {
            return Err(Denied::Expired);
        }
        tokio::fs::read(self.folder.join(task_id).join(name)).await.map_err(|_| Denied::Missing)
    }

    fn mac(&self, task_id: &str, name: &str, expires: u64) -> Hmac<Sha256> {
        let mut mac = self.signer.clone();
        mac.update(format!("{task_id}/{name}?{expires}").as_bytes());
        mac
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(screenshots: &Screenshots, name: &str, expires: u64) -> String {
        URL_SAFE_NO_PAD.encode(screenshots.mac("task_1", name, expires).finalize().into_bytes())
    }

    #[tokio::test]
    async fn an_address_is_good_until_it_expires() {
        let screenshots = Screenshots::new(None, "http://127.0.0.1:1".into()).unwrap();
        let url = screenshots.keep("task_1", b"png").await.unwrap();
        assert!(url.starts_with("http://127.0.0.1:1/screenshots/task_1/000001.png?expires="), "{url}");
        for (expires, opened) in [(now() - 1, Err(Denied::Expired)), (0, Err(Denied::Expired)), (now() + 60, Ok(b"png".to_vec()))] {
            let signature = signature(&screenshots, "000001.png", expires);
            assert_eq!(screenshots.open("task_1", "000001.png", expires, &signature).await, opened);
            let later = screenshots.open("task_1", "000001.png", expires + 60, &signature).await;
            assert_eq!(later, Err(Denied::Forged));
        }
    }

    #[tokio::test]
    async fn another_servers_signature_is_forged() {
        let [one, other] = [(); 2].map(|()| Screenshots::new(None, String::new()).unwrap());
        one.keep("task_1", b"png").await.unwrap();
        let expires = now() + 60;
        let signature = signature(&other, "000001.png", expires);
        assert_eq!(one.open("task_1", "000001.png", expires, &signature).await, Err(Denied::Forged));
    }

    #[test]
    fn a_temporary_folder_goes_with_the_server() {
        let screenshots = Screenshots::new(None, String::new()).unwrap();
        let folder = screenshots.folder.clone();
        assert!(folder.is_dir());
        drop(screenshots);
        assert!(!folder.exists());
    }
}
