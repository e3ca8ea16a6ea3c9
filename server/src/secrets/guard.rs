//! A computer on which secrets are typed and never seen.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::ExposeSecret;
use url::{Host, Url};

use super::hide::{Mention, mentions};
use super::{Secret, Secrets, paint};
use crate::computer::{Action, Computer, ComputerError, Node, Page, Rect};
use crate::net::parse_host;

/// A computer as a task has it: placeholders that are typed become their values, and values
/// that it shows or tells of become placeholders.
pub(crate) struct Guarded {
    computer: Arc<dyn Computer>,
    secrets: Secrets,
    /// Whether a value was typed: from then on one may come to light at any time.
    filled: AtomicBool,
    /// Where values were seen at the last look.
    seen: Mutex<Vec<Rect>>,
}

impl Guarded {
    pub(crate) fn new(computer: Arc<dyn Computer>, secrets: Secrets) -> Self {
        Self { computer, secrets, filled: AtomicBool::new(false), seen: Mutex::default() }
    }

    fn hidden(&self, error: ComputerError) -> ComputerError {
        let hide = |text: String| self.secrets.hide(&text).into_owned();
        match error {
            ComputerError::Unavailable(text) => ComputerError::Unavailable(hide(text)),
            ComputerError::Action(text) => ComputerError::Action(hide(text)),
            ComputerError::Gone(text) => ComputerError::Gone(hide(text)),
        }
    }

    async fn plain(&self, action: &Action) -> Result<(), ComputerError> {
        self.computer.act(action).await.map_err(|error| self.hidden(error))
    }

    /// Types a text with placeholders in it. What is before one may lead to another field or
    /// page: whether it may be filled in is looked up when it comes to it.
    async fn fill(&self, text: &str) -> Result<(), ComputerError> {
        let mut parts = Vec::new();
        let mut end = 0;
        for Mention { name, place } in mentions(text) {
            let secret = self.secrets.0.get(name).ok_or_else(|| ComputerError::Action(self.unknown(name)))?;
            parts.push((text.get(end..place.start).unwrap_or_default(), secret));
            end = place.end;
        }
        for (before, secret) in parts {
            self.write(before).await?;
            let page = self.computer.page().await.map_err(|error| self.hidden(error))?;
            check(secret, &page).map_err(|why| {
                let text = format!("<secret:{}> was not typed: it is filled in on {} only, and {why}", secret.name, secret.hosts());
                self.hidden(ComputerError::Action(text))
            })?;
            self.filled.store(true, Ordering::Relaxed);
            self.write(secret.value.expose_secret()).await?;
        }
        self.write(text.get(end..).unwrap_or_default()).await
    }

    async fn write(&self, text: &str) -> Result<(), ComputerError> {
        if text.is_empty() { Ok(()) } else { self.plain(&Action::Type { text: text.to_owned() }).await }
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<String> = self.secrets.placeholders().into_iter().map(|known| known.placeholder).collect();
        match known.is_empty() {
            true => format!("there is no secret {name:?}, nor any other"),
            false => format!("there is no secret {name:?}; there are: {}", known.join(", ")),
        }
    }

    /// Reads the page, and remembers where values are seen on it.
    async fn look(&self) -> Result<(Page, Vec<Rect>), ComputerError> {
        let mut page = self.computer.page().await.map_err(|error| self.hidden(error))?;
        let places = self.secrets.hide_in_page(&mut page);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&places);
        Ok((page, places))
    }
}

#[async_trait]
impl Computer for Guarded {
    fn id(&self) -> &str {
        self.computer.id()
    }

    async fn act(&self, action: &Action) -> Result<(), ComputerError> {
        let misplaced = match action {
            Action::Type { text } if mentions(text).next().is_some() => return self.fill(text).await,
            Action::Navigate { url } => mentions(url).next().is_some(),
            Action::Keys { keys } => keys.iter().any(|key| mentions(key).next().is_some()),
            _ => false,
        };
        if misplaced {
            return Err(ComputerError::Action("a secret is filled in only where text is typed: click its field, then type it".to_owned()));
        }
        self.plain(action).await
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        let png = self.computer.screenshot().await.map_err(|error| self.hidden(error))?;
        let mut places = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if places.is_empty() && !self.filled.load(Ordering::Relaxed) {
            return Ok(png);
        }
        // The page may have changed between the look and the picture: both are painted over.
        let (page, now) = self.look().await?;
        places.extend(now);
        if places.is_empty() { Ok(png) } else { paint::over(png, places, page.viewport).await.map_err(ComputerError::Action) }
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        Ok(self.look().await?.0)
    }

    async fn save(&self, folder: &Path) -> Result<(), ComputerError> {
        self.computer.save(folder).await.map_err(|error| self.hidden(error))
    }

    async fn close(&self) {
        self.computer.close().await;
    }
}

/// Whether the secret may be typed where the focus is: the page and each frame around the
/// focus must be on one of its hosts.
fn check(secret: &Secret, page: &Page) -> Result<(), String> {
    check_address(secret, &page.url).map_err(|why| format!("the page {why}"))?;
    let focused: Vec<&Node> = page.nodes.iter().filter(|node| node.states.focused).collect();
    if focused.is_empty() {
        return Err("nothing on the page has the focus: click the field first".to_owned());
    }
    for node in focused {
        if node.is_closed_frame() {
            return Err("the focus is in a frame of another site".to_owned());
        }
        let around = std::iter::successors(Some(node), |node| page.nodes.get(node.parent?));
        for frame in around.filter(|node| node.role == "document") {
            match frame.url.as_deref() {
                // A frame without a page of its own is a part of the page around it.
                None | Some("about:blank" | "about:srcdoc") => {}
                Some(url) => check_address(secret, url).map_err(|why| format!("the focus is in a frame that {why}"))?,
            }
        }
    }
    Ok(())
}

fn check_address(secret: &Secret, address: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(address) else { return Err("has no address".to_owned()) };
    let Some(host) = url.host_str().and_then(parse_host) else { return Err("is on no host".to_owned()) };
    if !secret.hosts.iter().any(|pattern| pattern.matches(&host)) {
        return Err(format!("is on {host}"));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&host) => Ok(()),
        scheme => Err(format!("came over {scheme}:, which others can read and change; it must be https:")),
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
