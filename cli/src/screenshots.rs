//! Saves the screenshots of a task: `--screenshots DIR` of `run` and `watch`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Args;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{Stop, USAGE, http};

/// The largest picture that is read, in bytes.
const LARGEST: usize = 64 << 20;
/// How long a server may take to send one.
const LIMIT: Duration = Duration::from_secs(60);

/// Where screenshots go, as options say it.
#[derive(Args)]
pub(crate) struct Place {
    /// Save the screenshots in DIR, in a folder with the task's id, each named after the number of its event and its step
    #[arg(long, value_name = "DIR")]
    screenshots: Option<PathBuf>,
}

impl Place {
    /// Makes the folder. `direct` goes around the proxies of the environment.
    pub(crate) fn open(self, direct: bool) -> Result<Option<Screenshots>, Stop> {
        self.screenshots.map(|folder| Screenshots::new(folder, direct)).transpose()
    }
}

/// One picture to save.
struct Picture {
    task: String,
    name: String,
    source: String,
}

/// What became of the pictures.
#[derive(Default)]
struct Outcome {
    saved: usize,
    failed: usize,
    first_failure: Option<String>,
}

/// Saves pictures beside the display, which does not wait for them.
pub(crate) struct Screenshots {
    folder: PathBuf,
    pictures: mpsc::UnboundedSender<Picture>,
    saving: JoinHandle<Outcome>,
}

impl Screenshots {
    fn new(folder: PathBuf, direct: bool) -> Result<Self, Stop> {
        let wrong =
            |error: &dyn std::fmt::Display| Stop::new(USAGE, format!("--screenshots: {} cannot be used: {error}", folder.display()));
        std::fs::create_dir_all(&folder).map_err(|error| wrong(&error))?;
        // A file in it tells more than its permissions: the disk may be full or read-only.
        tempfile::tempfile_in(&folder).map_err(|error| wrong(&error))?;
        let (pictures, queue) = mpsc::unbounded_channel();
        let saving = tokio::spawn(save_all(queue, folder.clone(), http::client(direct, LIMIT).map_err(|error| wrong(&error))?));
        Ok(Self { folder, pictures, saving })
    }

    /// Saves what an event points to, or carries, in the background.
    pub(crate) fn save(&self, task: &str, event: &str, step: Option<i64>, source: &str) {
        let number = event.parse().map_or_else(|_| safe(event), |number: u64| format!("{number:05}"));
        let step = step.map_or_else(String::new, |step| format!("-step-{step}"));
        // Fails when saving has panicked, which its end tells.
        let _ = self.pictures.send(Picture { task: safe(task), name: format!("{number}{step}"), source: source.to_owned() });
    }

    /// Waits for the last one, and tells what became of all.
    pub(crate) async fn finish(self) -> String {
        drop(self.pictures);
        let Outcome { saved, failed, first_failure } = match self.saving.await {
            Ok(outcome) => outcome,
            Err(error) => return format!("the screenshots could not be saved: {error}"),
        };
        let count = |count: usize| if count == 1 { "1 screenshot".to_owned() } else { format!("{count} screenshots") };
        let told = format!("{} saved in {}", count(saved), self.folder.display());
        match first_failure {
            None => told,
            Some(why) => format!("{told}; {} could not be saved, the first because {why}", count(failed)),
        }
    }
}

async fn save_all(mut queue: mpsc::UnboundedReceiver<Picture>, folder: PathBuf, http: reqwest::Client) -> Outcome {
    let mut outcome = Outcome::default();
    while let Some(picture) = queue.recv().await {
        match save(&http, &folder, picture).await {
            Ok(()) => outcome.saved += 1,
            Err(why) => {
                outcome.failed += 1;
                outcome.first_failure.get_or_insert(why);
            }
        }
    }
    outcome
}

async fn save(http: &reqwest::Client, folder: &Path, picture: Picture) -> Result<(), String> {
    let bytes = match picture.source.split_once(";base64,") {
        Some((head, text)) if head.starts_with("data:") => BASE64.decode(text).map_err(|error| format!("its base64 is broken: {error}"))?,
        _ => download(http, &picture.source).await?,
    };
    let kind = extension(&bytes).ok_or("what came is no picture of a kind that is known")?;
    let folder = folder.join(picture.task);
    let file = folder.join(format!("{}.{kind}", picture.name));
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", file.display());
    tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
    tokio::fs::write(&file, bytes).await.map_err(failed)
}

/// Addresses of screenshots are signed by themselves: no key goes there, wherever they lead.
async fn download(http: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| {
        // Without the address: whoever has it can open the picture.
        let error = error.without_url();
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        format!("it could not be had from the server: {error}{cause}")
    };
    let mut answer = http.get(url).send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(format!("the server answered {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(format!("it is larger than {} MiB", LARGEST >> 20));
        }
    }
    Ok(bytes)
}

/// The usual ending of the name of such a picture, by its first bytes (WHATWG MIME Sniffing, 6.1).
fn extension(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', b'V', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// A server's word as part of a file's name: it leads into no other folder.
fn safe(text: &str) -> String {
    let name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).take(100).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for (text, name) in [("task_1f-0", "task_1f-0"), ("../../x", "______x"), ("a/b\\c:\u{0}d", "a_b_c__d"), ("..", "__"), ("", "_")] {
            assert_eq!(safe(text), name);
        }
        assert_eq!(safe(&"x".repeat(1000)).len(), 100);
    }

    #[tokio::test]
    async fn what_a_server_sends_is_saved_or_told_of() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("shots");
        let screenshots = Screenshots::new(folder.clone(), true).unwrap();
        let png = BASE64.encode(b"\x89PNG\r\n\x1a\nrest");
        screenshots.save("task_1", "3", Some(2), &format!("data:image/png;base64,{png}"));
        screenshots.save("../out", "a/b", None, &format!("data:image/png;base64,{png}"));
        for broken in
            ["data:image/png;base64,!", "data:image/png;base64,aGVsbG8=", "http://127.0.0.1:9/s.png?signature=secret", "no address"]
        {
            screenshots.save("task_1", "4", None, broken);
        }
        let told = screenshots.finish().await;
        assert!(told.starts_with("2 screenshots saved in ") && told.contains("; 4 screenshots could not be saved"), "{told}");
        assert!(told.contains("base64") && !told.contains("secret"), "{told}");
        assert_eq!(std::fs::read(folder.join("task_1").join("00003-step-2.png")).unwrap(), b"\x89PNG\r\n\x1a\nrest");
        assert!(folder.join("___out").join("a_b.png").is_file());
        assert_eq!(parent.path().read_dir().unwrap().count(), 1);
        assert_eq!(folder.join("task_1").read_dir().unwrap().count(), 1);
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(extension(b"\xff\xd8\xff\xe0"), Some("jpg"));
        assert_eq!(extension(b"RIFF\0\0\0\0WEBPVP8 "), Some("webp"));
        assert_eq!(extension(b"<html>"), None);
        assert_eq!(extension(b""), None);
    }
}
