//! Being on a site.

use url::Url;

use super::memory::{Memory, Step};
use super::sites;
use super::view::View;
use crate::computer::Action;
use crate::model::Planned;

/// What to do next to be on a site: open it, then with or without `www.`.
pub(super) fn visit(view: &View<'_>, site: &Url, anew: bool, last_error: Option<&str>, memory: &mut Memory) -> Step {
    let url = &view.page.url;
    let is_shown = url.starts_with("http:") || url.starts_with("https:");
    let has_arrived = if memory.opened == 0 {
        !anew && (url == site.as_str() || (site.path() == "/" && sites::is_on(url, site)))
    } else {
        is_shown && last_error.is_none()
    };
    if has_arrived {
        return Step::Done(None);
    }
    let address = match memory.opened {
        0 => Some(site.clone()),
        1 => other_spelling(site),
        _ => None,
    };
    memory.opened += 1;
    let Some(address) = address else { return Step::Stuck };
    let host = address.host_str().unwrap_or_default();
    let description = if memory.opened == 1 { format!("{host} is the site to be on") } else { format!("the site may be called {host}") };
    Step::Act(vec![Planned { action: Action::Navigate { url: address.to_string() }, description }])
}

/// The same address with or without `www.`, if the host is a name.
fn other_spelling(site: &Url) -> Option<Url> {
    let host = site.domain()?;
    let other = host.strip_prefix("www.").map_or_else(|| format!("www.{host}"), str::to_owned);
    let mut url = site.clone();
    url.set_host(Some(&other)).ok()?;
    Some(url)
}
