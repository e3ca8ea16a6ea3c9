//! A task as it was asked for, with the server's defaults filled in (contract, sections 2 and 9).

use std::time::Duration;

use lightcone::tasks::{Kind, OnMissingComputer, ScreenshotMode, StartParams};

use crate::computer::Viewport;
use crate::model::Brief;

/// What the engine needs to know of a task before it runs.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// The kind of computer is a desktop; else it is a browser.
    pub(crate) desktop: bool,
    pub(crate) model: Option<String>,
    pub(crate) max_duration: Option<Duration>,
    pub(crate) base64_screenshots: bool,
    pub(crate) start_url: Option<String>,
    pub(crate) keep_computer: bool,
    pub(crate) persistent: bool,
    pub(crate) computer_id: Option<String>,
    pub(crate) on_missing_computer: OnMissingComputer,
    pub(crate) environment_id: Option<String>,
    pub(crate) max_steps: i64,
    /// What the model is told.
    pub(crate) brief: Brief,
}

impl Spec {
    /// Whether a computer that is not live is to be restored from its saved state.
    pub(crate) fn restores(&self) -> bool {
        self.on_missing_computer != OnMissingComputer::Fail
    }
}

impl From<StartParams> for Spec {
    /// The values are valid already; numbers out of range fall back to the defaults.
    fn from(params: StartParams) -> Self {
        let pixels = |wanted: Option<i64>, default| wanted.and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(default);
        let seconds = params.max_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let context = params.context.unwrap_or_default();
        let max_steps = params.max_steps.unwrap_or(100);
        Self {
            desktop: params.kind == Some(Kind::Desktop),
            model: params.model,
            max_duration: seconds.map(Duration::from_secs),
            base64_screenshots: params.screenshot_mode == Some(ScreenshotMode::Base64),
            start_url: params.start_url,
            keep_computer: params.keep_alive == Some(true) || params.terminate_on_completion == Some(false),
            persistent: params.persistent == Some(true) || params.save_session == Some(true),
            computer_id: params.computer_id,
            on_missing_computer: params.on_missing_computer.unwrap_or(OnMissingComputer::Restore),
            environment_id: params.environment_id,
            max_steps,
            brief: Brief {
                instruction: params.instruction,
                context: context.into_iter().map(|line| (line.role.as_str().to_owned(), line.content)).collect(),
                system_prompt: params.system_prompt,
                temperature: params.temperature.unwrap_or(0.2),
                stream_deltas: params.stream_deltas == Some(true),
                secrets: Vec::new(),
                max_steps: max_steps.unsigned_abs(),
                viewport: Viewport { width: pixels(params.viewport_width, 1280), height: pixels(params.viewport_height, 720) },
            },
        }
    }
}
