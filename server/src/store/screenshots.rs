//! Screenshots as files, one folder per task, and the signed, expiring addresses
//! under which they are handed out without a key.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::folder::Folder;

/// How many days an address is good.
pub(crate) const DAYS: u64 = 7;

const LIFETIME: Duration = Duration::from_secs(DAYS * 24 * 60 * 60);

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
    base_url: String,
    /// Carries a secret of this server's own; cloned for each signature.
    signer: Hmac<Sha256>,
    taken: AtomicU64,
}

impl Screenshots {
    /// Pictures in `place`, or in their part of the server's own folder, where the
    /// secret is in any case.
    ///
    /// # Errors
    /// When a folder or the secret cannot be made.
    pub(crate) fn new(place: Option<&Path>, own: &Folder, base_url: String) -> std::io::Result<Self> {
        let folder = place.map_or_else(|| own.screenshots(), Path::to_owned);
        std::fs::create_dir_all(&folder)?;
        let signer = Hmac::new_from_slice(&own.secret()?).map_err(std::io::Error::other)?;
        Ok(Self { folder, base_url, signer, taken: AtomicU64::new(0) })
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

    /// Forgets the pictures of a task.
    pub(crate) async fn remove(&self, task_id: &str) {
        match tokio::fs::remove_dir_all(self.folder.join(task_id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(task = task_id, %error, "the screenshots of a task that is forgotten could not be removed");
            }
            _ => {}
        }
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
    use crate::store::folder::Data;

    fn signature(screenshots: &Screenshots, name: &str, expires: u64) -> String {
        URL_SAFE_NO_PAD.encode(screenshots.mac("task_1", name, expires).finalize().into_bytes())
    }

    fn screenshots(base_url: &str) -> (Screenshots, Folder) {
        let folder = Folder::open(&Data::Memory).unwrap();
        (Screenshots::new(None, &folder, base_url.into()).unwrap(), folder)
    }

    #[tokio::test]
    async fn an_address_is_good_until_it_expires() {
        let (screenshots, _folder) = screenshots("http://127.0.0.1:1");
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
        let [(one, _folder), (other, _other_folder)] = [(); 2].map(|()| screenshots(""));
        one.keep("task_1", b"png").await.unwrap();
        let expires = now() + 60;
        let signature = signature(&other, "000001.png", expires);
        assert_eq!(one.open("task_1", "000001.png", expires, &signature).await, Err(Denied::Forged));
    }

    #[tokio::test]
    async fn an_address_is_good_after_a_restart_until_its_task_is_forgotten() {
        let (before, folder) = screenshots("");
        let url = before.keep("task_1", b"png").await.unwrap();
        let (_, query) = url.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        let after = Screenshots::new(None, &folder, String::new()).unwrap();
        let open = async || after.open("task_1", "000001.png", expires.parse().unwrap(), signature).await;
        assert_eq!(open().await, Ok(b"png".to_vec()));
        after.remove("task_1").await;
        after.remove("task_1").await;
        assert_eq!(open().await, Err(Denied::Missing));
    }
}
