//! Waiting until the screen has come to rest.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::browser::{Browser, Tab};
use super::cdp::CallError;
use crate::computer::ComputerError;

/// How long nothing may change before the screen counts as settled.
const QUIET: Duration = Duration::from_millis(150);
/// The longest wait for a page that never rests.
const REST: Duration = Duration::from_secs(5);

/// Runs in a world of its own, where a page's own scripts cannot change what it
/// uses. Endless animations are left alone; a transition with an end is waited for.
const WAIT_FOR_QUIET: &str = "(quiet, cap) => new Promise(done => {
  let timer;
  const again = () => { clearTimeout(timer); timer = setTimeout(check, quiet); };
  const mutations = new MutationObserver(again);
  const shifts = new PerformanceObserver(again);
  const finish = () => {
    clearTimeout(timer); mutations.disconnect(); shifts.disconnect();
    removeEventListener('scroll', again, true); done();
  };
  const moving = animation => animation.playState === 'running'
    && Number.isFinite(animation.effect?.getComputedTiming().endTime);
  const check = () => document.getAnimations().some(moving) ? again() : finish();
  mutations.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  shifts.observe({ type: 'layout-shift' });
  addEventListener('scroll', again, true);
  setTimeout(finish, cap);
  again();
})";

/// Returns when no navigation is in flight and the layout has not changed for
/// [`QUIET`], or after [`REST`].
pub(super) async fn settle(browser: &Browser) -> Result<(), ComputerError> {
    let deadline = Instant::now() + REST;
    let mut tabs = browser.tabs.clone();
    loop {
        let loaded = tabs.wait_for(|tabs| tabs.front().is_some_and(|tab| !tab.loading));
        if timeout_at(deadline, loaded).await.is_err() {
            return Ok(());
        }
        let before = browser.front().await?;
        let rested = match timeout_at(deadline, quiet(browser, &before, deadline)).await {
            Err(_) => return Ok(()),
            Ok(Err(CallError::Gone(reason))) => return Err(ComputerError::Gone(reason)),
            // The document went away under the script: it has not settled.
            Ok(Err(CallError::Refused { .. })) => {
                sleep_until(deadline.min(Instant::now() + QUIET / 10)).await;
                false
            }
            Ok(Ok(())) => true,
        };
        let after = browser.front().await?;
        let same = after.session == before.session && after.moves == before.moves && !after.loading;
        if (rested && same) || Instant::now() >= deadline {
            return Ok(());
        }
    }
}

async fn quiet(browser: &Browser, tab: &Tab, deadline: Instant) -> Result<(), CallError> {
    let world = json!({ "frameId": tab.target, "worldName": "lightcone" });
    let world: Value = browser.ask(tab, "Page.createIsolatedWorld", world).await?;
    let left = deadline.saturating_duration_since(Instant::now());
    let evaluate = json!({
        "expression": format!("({WAIT_FOR_QUIET})({}, {})", QUIET.as_millis(), left.as_millis()),
        "contextId": world.get("executionContextId"),
        "awaitPromise": true,
    });
    browser.ask::<Value>(tab, "Runtime.evaluate", evaluate).await.map(drop)
}
