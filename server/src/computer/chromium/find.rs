//! Finding Chromium on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::computer::ComputerError;

/// Names the browser to use, before anything else is looked at.
const VARIABLE: &str = "LIGHTCONE_CHROMIUM";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };
}

/// What the search looks at.
trait Machine {
    fn system(&self) -> System;
    fn variable(&self, name: &str) -> Option<OsString>;
    /// Whether this is a file that can be run.
    fn runs(&self, path: &Path) -> bool;
    /// The names in a folder; none where it cannot be read.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// The Chromium of this machine.
///
/// # Errors
///
/// [`ComputerError::Unavailable`], saying how to get one.
pub(super) fn find() -> Result<PathBuf, ComputerError> {
    search(&ThisMachine)
}

fn search(machine: &impl Machine) -> Result<PathBuf, ComputerError> {
    if let Some(path) = machine.variable(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        // Whoever names a browser wants that one and no other.
        return match machine.runs(&path) {
            true => Ok(path),
            false => Err(ComputerError::Unavailable(format!(
                "{VARIABLE} names {}, which is no file that can be run; correct it, or unset it to have Chromium looked for",
                path.display()
            ))),
        };
    }
    let candidates = on_path(machine).into_iter().chain(installed(machine)).chain(playwright(machine)).chain(puppeteer(machine));
    candidates.into_iter().find(|path| machine.runs(path)).ok_or_else(|| {
        let how = match machine.system() {
            System::Linux => "install your distribution's package (Debian: `apt-get install chromium`), or run `make setup` in a checkout",
            System::MacOs => "install Google Chrome or `brew install --cask chromium`",
            System::Windows => "install Google Chrome, or Microsoft Edge",
        };
        ComputerError::Unavailable(format!("no Chromium was found: {how}, or set {VARIABLE} to the browser's program"))
    })
}

fn on_path(machine: &impl Machine) -> Vec<PathBuf> {
    let (separator, names): (char, &[&str]) = match machine.system() {
        System::Windows => (';', &["chromium.exe", "chrome.exe", "msedge.exe"]),
        _ => (
            ':',
            &[
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
                "chrome",
                "chrome-headless-shell",
                "headless_shell",
                "microsoft-edge",
            ],
        ),
    };
    let path = machine.variable("PATH").unwrap_or_default();
    let folders: Vec<&str> = path.to_str().unwrap_or_default().split(separator).filter(|folder| !folder.is_empty()).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| Path::new(folder).join(name))).collect()
}

fn installed(machine: &impl Machine) -> Vec<PathBuf> {
    match machine.system() {
        System::Linux => ["/usr/lib/chromium/chromium", "/opt/google/chrome/chrome", "/snap/bin/chromium"].map(PathBuf::from).into(),
        System::MacOs => {
            let applications = [Some(PathBuf::from("/Applications")), folder(machine, "HOME", "Applications")];
            let bundles = ["Chromium", "Google Chrome", "Google Chrome for Testing", "Microsoft Edge"];
            let each = applications.into_iter().flatten();
            each.flat_map(|folder| bundles.map(|name| folder.join(format!("{name}.app/Contents/MacOS/{name}")))).collect()
        }
        System::Windows => {
            let roots = ["LOCALAPPDATA", "ProgramFiles", "ProgramFiles(x86)"];
            let programs =
                ["Chromium/Application/chrome.exe", "Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"];
            roots.iter().flat_map(|root| programs.iter().filter_map(|program| folder(machine, root, program))).collect()
        }
    }
}

/// Playwright keeps `chromium-1234/chrome-linux/chrome` and the like.
fn playwright(machine: &impl Machine) -> Vec<PathBuf> {
    let usual = || match machine.system() {
        System::Linux => folder(machine, "HOME", ".cache/ms-playwright"),
        System::MacOs => folder(machine, "HOME", "Library/Caches/ms-playwright"),
        System::Windows => folder(machine, "LOCALAPPDATA", "ms-playwright"),
    };
    let Some(cache) = folder(machine, "PLAYWRIGHT_BROWSERS_PATH", "").or_else(usual) else { return Vec::new() };
    ["chromium-", "chromium_headless_shell-"]
        .iter()
        .flat_map(|prefix| newest_first(machine, &cache, prefix))
        .flat_map(|version| programs_in(machine, &version))
        .collect()
}

/// Puppeteer keeps `chrome/linux-131.0.6778.204/chrome-linux64/chrome` and the like.
fn puppeteer(machine: &impl Machine) -> Vec<PathBuf> {
    let home = if machine.system() == System::Windows { "USERPROFILE" } else { "HOME" };
    let usual = || folder(machine, home, ".cache/puppeteer");
    let Some(cache) = folder(machine, "PUPPETEER_CACHE_DIR", "").or_else(usual) else { return Vec::new() };
    ["chrome", "chromium", "chrome-headless-shell"]
        .iter()
        .flat_map(|kind| newest_first(machine, &cache.join(kind), ""))
        .flat_map(|version| programs_in(machine, &version))
        .collect()
}

/// The programs in the one folder that an unpacked browser has, such as `chrome-linux64`.
fn programs_in(machine: &impl Machine, version: &Path) -> Vec<PathBuf> {
    let programs: &[&str] = match machine.system() {
        System::Linux => &["chrome", "chrome-headless-shell", "headless_shell"],
        System::MacOs => &[
            "Chromium.app/Contents/MacOS/Chromium",
            "Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
            "chrome-headless-shell",
            "headless_shell",
        ],
        System::Windows => &["chrome.exe", "chrome-headless-shell.exe", "headless_shell.exe"],
    };
    let folders = machine.names(version).into_iter().filter(|name| name.starts_with("chrome-"));
    folders.flat_map(|folder| programs.iter().map(move |program| version.join(&folder).join(program))).collect()
}

fn newest_first(machine: &impl Machine, cache: &Path, prefix: &str) -> Vec<PathBuf> {
    let numbers =
        |name: &str| -> Vec<u64> { name.split(|digit: char| !digit.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect() };
    let mut names: Vec<String> = machine.names(cache).into_iter().filter(|name| name.starts_with(prefix)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(numbers(name)));
    names.into_iter().map(|name| cache.join(name)).collect()
}

fn folder(machine: &impl Machine, variable: &str, below: &str) -> Option<PathBuf> {
    machine.variable(variable).filter(|value| !value.is_empty()).map(|value| Path::new(&value).join(below))
}

struct ThisMachine;

impl Machine for ThisMachine {
    fn system(&self) -> System {
        System::HERE
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn runs(&self, path: &Path) -> bool {
        let Ok(metadata) = path.metadata() else { return false };
        #[cfg(unix)]
        let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
        #[cfg(not(unix))]
        let executable = true;
        metadata.is_file() && executable
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    struct Fake {
        system: System,
        variables: HashMap<&'static str, &'static str>,
        files: Vec<&'static str>,
    }

    impl Machine for Fake {
        fn system(&self) -> System {
            self.system
        }
        fn variable(&self, name: &str) -> Option<OsString> {
            self.variables.get(name).map(OsString::from)
        }
        fn runs(&self, path: &Path) -> bool {
            self.files.iter().any(|file| Path::new(file) == path)
        }
        fn names(&self, folder: &Path) -> Vec<String> {
            let below = self.files.iter().filter_map(|file| Path::new(file).strip_prefix(folder).ok());
            below.filter_map(|rest| Some(rest.iter().next()?.to_str()?.to_owned())).collect()
        }
    }

    fn found(system: System, variables: &[(&'static str, &'static str)], files: &[&'static str]) -> Result<PathBuf, String> {
        search(&Fake { system, variables: variables.iter().copied().collect(), files: files.to_vec() }).map_err(|error| error.to_string())
    }

    #[test]
    fn each_usual_place_is_looked_at() {
        use System::{Linux, MacOs, Windows};
        for (system, variable, value, file) in [
            (Linux, "PATH", "/bin:/usr/bin", "/usr/bin/chromium-browser"),
            (Linux, "PATH", "/usr/bin", "/opt/google/chrome/chrome"),
            (Linux, "HOME", "/home/u", "/home/u/.cache/ms-playwright/chromium-1140/chrome-linux/chrome"),
            (Linux, "HOME", "/home/u", "/home/u/.cache/ms-playwright/chromium_headless_shell-1140/chrome-linux/headless_shell"),
            (Linux, "PLAYWRIGHT_BROWSERS_PATH", "/pw", "/pw/chromium-1/chrome-linux64/chrome"),
            (Linux, "HOME", "/home/u", "/home/u/.cache/puppeteer/chrome/linux-131.0.1.2/chrome-linux64/chrome"),
            (
                Linux,
                "PUPPETEER_CACHE_DIR",
                "/pp",
                "/pp/chrome-headless-shell/linux-9.0/chrome-headless-shell-linux64/chrome-headless-shell",
            ),
            (MacOs, "PATH", "/opt/homebrew/bin", "/opt/homebrew/bin/chromium"),
            (MacOs, "HOME", "/Users/u", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
            (MacOs, "HOME", "/Users/u", "/Users/u/Applications/Chromium.app/Contents/MacOS/Chromium"),
            (MacOs, "HOME", "/Users/u", "/Users/u/Library/Caches/ms-playwright/chromium-7/chrome-mac/Chromium.app/Contents/MacOS/Chromium"),
            (
                MacOs,
                "HOME",
                "/Users/u",
                "/Users/u/.cache/puppeteer/chrome/mac_arm-1.2/chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
            ),
            (Windows, "PATH", "C:/Windows;D:/tools", "D:/tools/chrome.exe"),
            (Windows, "ProgramFiles", "C:/Program Files", "C:/Program Files/Google/Chrome/Application/chrome.exe"),
            (Windows, "ProgramFiles(x86)", "C:/x86", "C:/x86/Microsoft/Edge/Application/msedge.exe"),
            (Windows, "LOCALAPPDATA", "C:/local", "C:/local/ms-playwright/chromium-1140/chrome-win/chrome.exe"),
            (Windows, "USERPROFILE", "C:/u", "C:/u/.cache/puppeteer/chrome/win64-131.0/chrome-win64/chrome.exe"),
        ] {
            assert_eq!(found(system, &[(variable, value)], &[file]), Ok(file.into()), "{system:?} {file}");
        }
    }

    #[test]
    fn a_named_browser_is_the_only_one() {
        let files = ["/usr/bin/chromium", "/own/chrome"];
        let path = ("PATH", "/usr/bin");
        assert_eq!(found(System::Linux, &[path, (VARIABLE, "/own/chrome")], &files), Ok("/own/chrome".into()));
        assert_eq!(found(System::Linux, &[path, (VARIABLE, "")], &files), Ok("/usr/bin/chromium".into()));
        let error = found(System::Linux, &[path, (VARIABLE, "/own/gone")], &files).unwrap_err();
        assert!(error.contains("LIGHTCONE_CHROMIUM names /own/gone"), "{error}");
    }

    #[test]
    fn the_newest_of_a_cache_is_taken() {
        let files = ["/c/chromium-999/chrome-linux/chrome", "/c/chromium-1140/chrome-linux/chrome", "/c/chromium-1139/chrome-linux/chrome"];
        assert_eq!(found(System::Linux, &[("PLAYWRIGHT_BROWSERS_PATH", "/c")], &files), Ok(files[1].into()));
    }

    #[test]
    fn nothing_found_says_how_to_get_one() {
        for (system, how) in [(System::Linux, "apt-get install chromium"), (System::MacOs, "brew"), (System::Windows, "Google Chrome")] {
            let error = found(system, &[], &[]).unwrap_err();
            assert!(error.contains(how) && error.contains(VARIABLE), "{error}");
        }
    }
}
