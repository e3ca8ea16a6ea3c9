//! The forms of the computer tool.

use serde_json::{Value, json};

use crate::computer::Viewport;
use crate::model::adapter::functions::{self, Function};

/// The computer tool that a model was made for. They differ in what of the screen is
/// declared, and in how screenshots are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// OpenAI's since GPT-5.4: several actions in a call.
    Computer,
    /// OpenAI's for `computer-use-preview`: one action in a call.
    ComputerUsePreview,
    /// Tzafon's for Northstar: one action in a call, an end among them.
    ComputerUse,
}

const TOOLS: [(&str, Tool); 3] =
    [("computer", Tool::Computer), ("computer_use_preview", Tool::ComputerUsePreview), ("computer_use", Tool::ComputerUse)];

/// Pixels of a picture that is read in its full size.
const MOST_PIXELS: f64 = 10_240_000.0;
/// The preview model reads pictures scaled to these sides, the shorter first.
const PREVIEW_SIDES: (f64, f64) = (768.0, 2048.0);

impl Tool {
    /// The name of a model without its tool, and the tool: the one named behind `#`, else
    /// that of `computer-use-preview` or `tzafon.` models, else OpenAI's present one.
    pub(super) fn of(named: &str) -> Result<(&str, Self), String> {
        if let Some((model, tool)) = named.rsplit_once('#') {
            let known = TOOLS.iter().find(|(name, _)| *name == tool).map(|(_, tool)| (model, *tool));
            let names = TOOLS.map(|(name, _)| name).join(", ");
            return known.ok_or_else(|| format!("there is no computer tool {tool:?}; use one of {names}, as in {model}#computer"));
        }
        // Gateways put the vendor before the name.
        let name = named.rsplit('/').next().unwrap_or(named);
        if name.starts_with("computer-use-preview") {
            return Ok((named, Self::ComputerUsePreview));
        }
        Ok((named, if name.starts_with("tzafon.") { Self::ComputerUse } else { Self::Computer }))
    }

    fn name(self) -> &'static str {
        TOOLS.iter().find(|(_, tool)| *tool == self).map_or("", |(name, _)| name)
    }

    /// The tools of a request: the computer, and functions for what it lacks.
    pub(super) fn definitions(self, display: Viewport) -> Vec<Value> {
        let kind = self.name();
        let declared =
            || json!({ "type": kind, "display_width": display.width, "display_height": display.height, "environment": "browser" });
        let (computer, beside) = match self {
            Self::Computer => (json!({ "type": kind }), functions::beside_a_computer()),
            Self::ComputerUsePreview => (declared(), functions::beside_a_computer()),
            Self::ComputerUse => (declared(), vec![done()]),
        };
        std::iter::once(computer).chain(beside.into_iter().map(definition)).collect()
    }

    /// The size of the pictures of a screen: no larger than what the model reads, so that
    /// its pixels are those of the picture.
    pub(super) fn picture(self, viewport: Viewport) -> Viewport {
        let (width, height) = (f64::from(viewport.width), f64::from(viewport.height));
        let scale = match self {
            Self::Computer => (MOST_PIXELS / (width * height)).sqrt(),
            Self::ComputerUsePreview => (PREVIEW_SIDES.0 / width.min(height)).min(PREVIEW_SIDES.1 / width.max(height)),
            Self::ComputerUse => 1.0,
        };
        if scale >= 1.0 {
            return viewport;
        }
        let scaled = |side: f64| ((side * scale).floor() as u32).max(1);
        Viewport { width: scaled(width), height: scaled(height) }
    }

    /// How closely pictures are to be read.
    pub(super) fn detail(self) -> &'static str {
        match self {
            Self::Computer => "original",
            Self::ComputerUsePreview | Self::ComputerUse => "auto",
        }
    }

    /// The screen as the result of a call.
    pub(super) fn screenshot(self, image_url: Option<&str>) -> Value {
        match self {
            Self::Computer => json!({ "type": "computer_screenshot", "image_url": image_url, "detail": self.detail() }),
            Self::ComputerUsePreview => json!({ "type": "computer_screenshot", "image_url": image_url }),
            Self::ComputerUse => json!({ "type": "input_image", "image_url": image_url, "detail": self.detail() }),
        }
    }

    /// What is done with conversations that are too long; `None` where it cannot be said.
    pub(super) fn truncation(self) -> Option<&'static str> {
        (self != Self::ComputerUse).then_some("auto")
    }

    /// Whether the events of its streams are published.
    pub(super) fn streams(self) -> bool {
        self != Self::ComputerUse
    }
}

/// Northstar has an action for its end, and often goes on instead.
fn done() -> Function {
    let members = json!({
        "answer": { "type": "string", "description": "All that was asked for, or why it cannot be done" },
        "success": { "type": "boolean", "description": "Whether the task is done" },
    });
    Function {
        name: "done",
        description: "End the task.",
        parameters: json!({
            "type": "object", "properties": members, "required": ["answer", "success"], "additionalProperties": false,
        }),
    }
}

fn definition(Function { name, description, parameters }: Function) -> Value {
    json!({ "type": "function", "name": name, "description": description, "parameters": parameters, "strict": true })
}
