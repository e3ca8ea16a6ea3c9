//! `lightcone doctor`.

mod model;

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use clap::Args;
use lightcone::{ErrorKind, Timeouts};
use lightcone_server::{
    computer::{Computers, Viewport, chromium::Chromium},
    model::{Models, rules::Rules},
};

use crate::{
    FAILED, Stop, USAGE, data, http,
    models::ModelOptions,
    remote::{self, Key},
    say,
    serve::DEFAULT_PORT,
};

/// How long a server may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// Free room on a disk, in bytes, below which it soon goes wrong, and below which it goes wrong.
const LITTLE_ROOM: u64 = 1 << 30;
const NO_ROOM: u64 = 100 << 20;

/// Check what a local server and a client need, and say how to mend what is missing
///
/// It starts a browser, looks at the folders and the port that a local server uses, and asks the
/// server of LIGHTCONE_BASE_URL, or a local one. With --model or --config the model, too, is asked to click on a
/// button of a test page, with one real call. Exits with 1 when something has to be mended.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone doctor
  lightcone doctor --model northstar@http://localhost:8000/v1
  LIGHTCONE_BASE_URL=https://tasks.example lightcone doctor")]
pub(crate) struct Doctor {
    #[command(flatten)]
    model: ModelOptions,
}

/// What a check came to.
enum Finding {
    Good(String),
    /// Works, with something to know.
    Note(String),
    /// Does not work; the text says how to mend it.
    Bad(String),
}

use Finding::{Bad, Good, Note};

impl Doctor {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        // What is wrong with it is said at once.
        let models = match self.model.model.is_some() || self.model.names_files() {
            true => {
                let (config, chosen) = self.model.read()?;
                Some(config.add_to(Models::new("rules", Rules::new), chosen).map_err(|error| Stop::new(USAGE, error))?)
            }
            false => None,
        };
        let browser = browser().await;
        let sandbox = sandbox(matches!(browser, Good(_)));
        let mut findings = vec![
            ("browser", browser),
            ("sandbox", sandbox),
            ("data", data_folder()),
            ("temp", folder(&std::env::temp_dir(), "set TMPDIR to another folder")),
            ("port", port().await),
            ("key", key()),
            ("server", server().await),
        ];
        if let Some(models) = models {
            findings.push(("model", model::check(&models).await));
        }
        let mut to_mend = 0;
        for (name, finding) in findings {
            let (mark, text) = match finding {
                Good(text) => ("ok  ", text),
                Note(text) => ("note", text),
                Bad(text) => {
                    to_mend += 1;
                    ("BAD ", text)
                }
            };
            say::line(format!("{mark}  {name:8} {}", text.trim_end().replace('\n', "\n               ")));
        }
        Ok(if to_mend == 0 { 0 } else { FAILED })
    }
}

/// Starts one for real, looks at its screen, and ends it.
async fn browser() -> Finding {
    let viewport = Viewport { width: 1280, height: 720 };
    let began = Instant::now();
    let computer = match Chromium::default().launch("doctor".to_owned(), viewport, None).await {
        Ok(computer) => computer,
        Err(error) => return Bad(error.to_string()),
    };
    let seen = computer.screenshot().await;
    computer.close().await;
    match seen {
        Ok(_) => Good(format!("a Chromium starts and shows a page, in {:.1} s", began.elapsed().as_secs_f64())),
        Err(error) => Bad(format!("a Chromium starts, but shows nothing: {error}")),
    }
}

/// Chromium's own, around every page: a browser that starts has it, but for root.
fn sandbox(browser_starts: bool) -> Finding {
    #[cfg(unix)]
    if rustix::process::geteuid().is_root() {
        return Note("off: Chromium's does not work for root; run as another user to have it on".to_owned());
    }
    if browser_starts {
        return Good("on".to_owned());
    }
    for (setting, forbids, mend) in USER_NAMESPACES {
        let path = Path::new("/proc/sys").join(setting.replace('.', "/"));
        if std::fs::read_to_string(path).is_ok_and(|value| value.trim() == forbids) {
            let text = format!(
                "user namespaces, which it is made of, are closed to you ({setting} is {forbids}): `sudo sysctl {setting}={mend}` opens them"
            );
            return Bad(text);
        }
    }
    Note("not known, as no browser starts".to_owned())
}

/// Settings of Linux that close user namespaces, with the value that does, and one that does not.
const USER_NAMESPACES: [(&str, &str, &str); 3] = [
    ("user.max_user_namespaces", "0", "10000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
];

fn data_folder() -> Finding {
    match data::own_folder() {
        Some(path) => folder(&path, "use another folder with `lightcone serve --data DIR`"),
        None => Bad("you have no home folder to keep tasks in: set HOME, or name a folder with `lightcone serve --data DIR`".to_owned()),
    }
}

/// Whether this folder, or the nearest one above it that is there, can be written and has room.
fn folder(path: &Path, otherwise: &str) -> Finding {
    let Some(there) = path.ancestors().find(|path| path.exists()) else {
        return Bad(format!("{} cannot be made: {otherwise}", path.display()));
    };
    if let Err(error) = tempfile::tempfile_in(there) {
        let text = format!(
            "{} cannot be used: {} cannot be written ({error}); let its owner give you write access, or {otherwise}",
            path.display(),
            there.display()
        );
        return Bad(text);
    }
    let free = match free(there) {
        Ok(free) => free,
        Err(error) => return Note(format!("{} can be written; how much room there is cannot be told: {error}", path.display())),
    };
    let told = format!("{} free in {}", indicatif::HumanBytes(free), path.display());
    match free {
        ..NO_ROOM => Bad(format!("{told}: make room, for example with `lightcone prune --older-than 30`, or {otherwise}")),
        NO_ROOM..LITTLE_ROOM => {
            Note(format!("{told}: that is soon used up by screenshots; `lightcone serve --keep DAYS` forgets old ones"))
        }
        LITTLE_ROOM.. => Good(told),
    }
}

/// The room, in bytes, that this user has on the disk of a folder.
#[cfg(unix)]
fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

async fn port() -> Finding {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, DEFAULT_PORT)) else {
        return Good(format!("{DEFAULT_PORT} is free for `lightcone serve`"));
    };
    if is_task_server(&format!("http://127.0.0.1:{DEFAULT_PORT}/agent/tasks")).await {
        Good(format!("{DEFAULT_PORT} is used by a task server that runs already"))
    } else {
        Note(format!("{DEFAULT_PORT} is not free ({error}), and no task server has it: `lightcone serve --port 0` takes another one"))
    }
}

/// Whether it refuses a request without a key as a task server does (contract, section 5).
async fn is_task_server(url: &str) -> bool {
    let Ok(http) = http::client(true, LIMIT) else { return false };
    let Ok(answer) = http.get(url).send().await else { return false };
    let is_problem = answer.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    answer.status() == 401 && is_problem && answer.headers().contains_key("x-request-id")
}

fn key() -> Finding {
    match remote::key(&remote::url()) {
        Ok(Key::Environment) => Good("TZAFON_API_KEY is set".to_owned()),
        Ok(Key::Kept(_)) => Good("TZAFON_API_KEY is not set; this command uses the key that your local server keeps".to_owned()),
        Ok(Key::Missing) if remote::named().is_some() => {
            Bad("TZAFON_API_KEY is not set: set it to a key that the server of LIGHTCONE_BASE_URL takes".to_owned())
        }
        Ok(Key::Missing) => Note("there is none yet: `lightcone serve` makes one at its first start, and prints it".to_owned()),
        Err(stop) => Bad(stop.text),
    }
}

/// Asks for a task that cannot be: who answers that there is none has taken the key.
async fn server() -> Finding {
    let named = remote::named().is_some();
    let url = remote::url();
    let client = remote::builder().and_then(|builder| builder.max_retries(0).timeouts(Timeouts::all(LIMIT)).build().map_err(remote::stop));
    let client = match client {
        Ok(client) => client,
        Err(stop) if named => return Bad(format!("not asked: {}", stop.text)),
        Err(_) => return Note("not asked, for want of a key".to_owned()),
    };
    let Err(error) = client.agent().tasks().retrieve_status("doctor").await else {
        return Good(format!("{url} answers and takes the key"));
    };
    match error.kind() {
        ErrorKind::NotFound => Good(format!("{url} answers and takes the key")),
        ErrorKind::Authentication => Bad(format!(
            "{url} does not take the key: set TZAFON_API_KEY to one that it takes, such as the one that `lightcone serve` printed"
        )),
        ErrorKind::Connection | ErrorKind::Timeout if named => {
            Bad(format!("nobody answers at {url}: correct LIGHTCONE_BASE_URL, or start a server there\n{error}"))
        }
        ErrorKind::Connection | ErrorKind::Timeout => {
            Note(format!("nobody answers at {url}: start a server with `lightcone serve`, or set LIGHTCONE_BASE_URL"))
        }
        _ => Bad(format!("{url} answers, but not as a task server: {error}; correct LIGHTCONE_BASE_URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_looked_at_without_being_made() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a").join("b");
        let (Good(text) | Note(text) | Bad(text)) = folder(&path, "use another");
        assert!(text.contains(&format!("free in {}", path.display())), "{text}");
        assert!(parent.path().read_dir().unwrap().next().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_with_what_to_do() {
        // Nobody, root included, makes files there.
        #[cfg(target_os = "linux")]
        {
            let Bad(text) = folder(Path::new("/proc/lightcone/x"), "use another") else { panic!("written") };
            assert!(text.contains("/proc cannot be written") && text.ends_with("or use another"), "{text}");
        }
    }
}
