//! Going to another page.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::browser::{Browser, Tab};
use super::cdp::{CallError, read_answer};
use crate::computer::ComputerError;
use crate::web::Web;

/// The longest wait for the first byte of a page.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens an address in the tab on the screen. `web` is the only web there is, if
/// the network is not to be seen.
pub(super) async fn navigate(browser: &Browser, web: Option<&Web>, address: &str) -> Result<(), ComputerError> {
    let wrong = |why: String| ComputerError::Action(format!("cannot open {address:?}: {why}"));
    let url = Url::parse(address).map_err(|error| wrong(format!("{error}; an address begins with http:// or https://")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("only http: and https: addresses can be opened, not {}:", url.scheme())));
    }
    let tab = browser.front().await?;
    if shown(browser, &tab).await?.as_deref() == Some(url.as_str()) {
        // Else one with a fragment would only scroll, and no page could tell that it is loaded again.
        return reload(browser).await;
    }
    let open = json!({ "url": url.as_str(), "transitionType": "typed" });
    let call = browser.connection.call_within(ANSWER_TIMEOUT * 2, Some(&tab.session), "Page.navigate", open);
    let answer = match tokio::time::timeout(ANSWER_TIMEOUT, call).await {
        Err(_) => {
            browser.connection.send(Some(&tab.session), "Page.stopLoading", json!({}));
            return Err(wrong(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs())));
        }
        Ok(Err(CallError::Refused { message, .. })) => return Err(wrong(message)),
        Ok(answer) => answer?,
    };
    let answer: Value = read_answer("Page.navigate", &answer)?;
    let error = answer.get("errorText").and_then(Value::as_str).unwrap_or_default();
    if answer.get("isDownload").is_some_and(|download| download == true) {
        return Err(wrong("it is a download, not a page".to_owned()));
    }
    match (error, web) {
        // What the proxy answered; the end of the action tells it.
        ("" | "net::ERR_TUNNEL_CONNECTION_FAILED", _) => Ok(()),
        ("net::ERR_NAME_NOT_RESOLVED", Some(web)) => {
            Err(wrong(format!("the offline web has no such host, only {}", web.hosts().collect::<Vec<_>>().join(", "))))
        }
        _ => Err(wrong(format!("{} ({error})", meaning(error)))),
    }
}

/// The address of the page that a tab shows; an error page has another than what was asked for.
async fn shown(browser: &Browser, tab: &Tab) -> Result<Option<String>, CallError> {
    let tree: Value = browser.ask(tab, "Page.getFrameTree", json!({})).await?;
    let part = |name: &str| tree.pointer(&format!("/frameTree/frame/{name}")).and_then(Value::as_str);
    Ok(part("url").map(|url| format!("{url}{}", part("urlFragment").unwrap_or_default())))
}

fn meaning(error: &str) -> &'static str {
    match error {
        "net::ERR_NAME_NOT_RESOLVED" => "there is no such host",
        "net::ERR_CONNECTION_REFUSED" => "the host refused the connection",
        "net::ERR_CONNECTION_TIMED_OUT" | "net::ERR_TIMED_OUT" => "the host does not answer",
        "net::ERR_INTERNET_DISCONNECTED" | "net::ERR_ADDRESS_UNREACHABLE" => "the host cannot be reached",
        "net::ERR_ABORTED" => "the page was not opened: it is empty, a download, or was stopped",
        "net::ERR_TOO_MANY_REDIRECTS" => "it redirects without end",
        error if error.starts_with("net::ERR_CERT_") => "its certificate is not valid",
        _ => "the page could not be loaded",
    }
}

/// Loads the page in the tab on the screen again.
pub(super) async fn reload(browser: &Browser) -> Result<(), ComputerError> {
    let tab = browser.front().await?;
    browser.ask::<Value>(&tab, "Page.reload", json!({})).await?;
    Ok(())
}

/// A way in the history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Back,
    Forward,
}

/// Turns to the next page that way in the history of the tab on the screen.
pub(super) async fn turn(browser: &Browser, turn: Turn) -> Result<(), ComputerError> {
    let tab = browser.front().await?;
    let history: Value = browser.ask(&tab, "Page.getNavigationHistory", json!({})).await?;
    let next = history.get("currentIndex").and_then(Value::as_u64).and_then(|current| {
        let current = usize::try_from(current).ok()?;
        let next = if turn == Turn::Back { current.checked_sub(1)? } else { current.checked_add(1)? };
        history.get("entries")?.get(next)
    });
    // The empty page that a tab begins with is in the history or not, as time has it.
    let next = next.filter(|entry| entry.get("url").is_none_or(|url| url != "about:blank"));
    let Some(entry) = next.and_then(|entry| entry.get("id")) else {
        let why = match turn {
            Turn::Back => "cannot go back: this is the first page",
            Turn::Forward => "cannot go forward: this is the last page",
        };
        return Err(ComputerError::Action(why.to_owned()));
    };
    browser.ask::<Value>(&tab, "Page.navigateToHistoryEntry", json!({ "entryId": entry })).await?;
    Ok(())
}
