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
    pub(crate) fn new(place: Option<&Path>, own: &Folder) -> std::io::Result<Self> {
        let folder = place.map_or_else(|| own.screenshots(), Path::to_owned);
        std::fs::create_dir_all(&folder)?;
        let signer = Hmac::new_from_slice(&own.secret()?).map_err(std::io::Error::other)?;
        Ok(Self { folder, signer, taken: AtomicU64::new(0) })
    }

    /// Keeps a picture and returns its address, without the host.
    pub(crate) async fn keep(&self, task_id: &str, png: &[u8]) -> std::io::Result<String> {
        // Counted over all tasks, so that the names within each are in order of time.
        let name = format!("{:06}.png", self.taken.fetch_add(1, Ordering::Relaxed) + 1);
        let folder = self.folder.join(task_id);
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::write(folder.join(&name), png).await?;
        Ok(self.address(task_id, &name, now() + LIFETIME.as_secs()))
    }

    /// An address that is good until then.
    pub(crate) fn address(&self, task_id: &str, name: &str, expires: u64) -> String {
        let signature = URL_SAFE_NO_PAD.encode(self.mac(task_id, name, expires).finalize().into_bytes());
        format!("{PREFIX}/{task_id}/{name}?expires={expires}&signature={signature}")
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

    fn screenshots() -> (Screenshots, Folder) {
        let folder = Folder::open(&Data::Memory).unwrap();
        (Screenshots::new(None, &folder).unwrap(), folder)
    }

    /// What is behind an address, or what it would be without a change.
    async fn open(screenshots: &Screenshots, address: &str) -> Result<Vec<u8>, Denied> {
        let (path, query) = address.split_once("?expires=").unwrap();
        let (task, name) = path.strip_prefix("/screenshots/").unwrap().split_once('/').unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        screenshots.open(task, name, expires.parse().unwrap(), signature).await
    }

    #[tokio::test]
    async fn an_address_is_good_for_seven_days() {
        let (screenshots, _folder) = screenshots();
        let began = now();
        let address = screenshots.keep("task_1", b"png").await.unwrap();
        assert!(address.starts_with("/screenshots/task_1/000001.png?expires="), "{address}");
        assert_eq!(open(&screenshots, &address).await, Ok(b"png".to_vec()));
        let (_, query) = address.split_once("?expires=").unwrap();
        let expires: u64 = query.split('&').next().unwrap().parse().unwrap();
        assert!((began..=now()).contains(&(expires - 7 * 24 * 60 * 60)), "{expires}");
        for (expires, opened) in [(now() - 1, Err(Denied::Expired)), (0, Err(Denied::Expired)), (now() + 60, Ok(b"png".to_vec()))] {
            let address = screenshots.address("task_1", "000001.png", expires);
            assert_eq!(open(&screenshots, &address).await, opened);
            let later = address.replace(&format!("expires={expires}"), &format!("expires={}", expires + 60));
            assert_eq!(open(&screenshots, &later).await, Err(Denied::Forged));
        }
    }

    #[tokio::test]
    async fn an_address_opens_its_own_picture_only() {
        let (screenshots, _folder) = screenshots();
        let address = screenshots.keep("task_1", b"one").await.unwrap();
        screenshots.keep("task_2", b"two").await.unwrap();
        screenshots.keep("task_1", b"three").await.unwrap();
        for forged in [
            address.replace("task_1", "task_2").replace("000001", "000002"),
            address.replace("000001", "000003"),
            address.replace("task_1/000001.png", "task_1/../secret"),
            address.replace("signature=", "signature=A"),
            address.replace("signature=", "signature=!"),
            address.split_once("signature=").unwrap().0.to_owned() + "signature=",
        ] {
            assert_eq!(open(&screenshots, &forged).await, Err(Denied::Forged), "{forged}");
        }
    }

    #[tokio::test]
    async fn another_servers_address_is_forged() {
        let [(one, _folder), (other, _other_folder)] = [(); 2].map(|()| screenshots());
        one.keep("task_1", b"png").await.unwrap();
        let address = other.address("task_1", "000001.png", now() + 60);
        assert_eq!(open(&one, &address).await, Err(Denied::Forged));
    }

    #[tokio::test]
    async fn an_address_is_good_after_a_restart_until_its_task_is_forgotten() {
        let (before, folder) = screenshots();
        let address = before.keep("task_1", b"png").await.unwrap();
        let after = Screenshots::new(None, &folder).unwrap();
        assert_eq!(open(&after, &address).await, Ok(b"png".to_vec()));
        after.remove("task_1").await;
        after.remove("task_1").await;
        assert_eq!(open(&after, &address).await, Err(Denied::Missing));
    }
}
