//! The versions of the computer tool, and which model has which.

use serde_json::{Map, Value, json};

use crate::computer::Viewport;
use crate::model::adapter::functions;

/// A version of the tool with which a model uses a computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// Claude 3.7 to 4.1, Sonnet 4.5, Haiku 4.5.
    Computer20250124,
    /// Opus 4.5 to 4.7, Sonnet 4.6.
    Computer20251124,
    /// Opus 4.8 and all since: each action is a tool of its own. The newest of them know no
    /// other version.
    Toolset20260801,
}

const API_VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// What of the toolset this computer does not do.
const NOT_HERE: [&str; 5] = ["cursor_position", "hold_key", "left_mouse_down", "left_mouse_up", "zoom"];

const TOOLS: [(&str, Tool); 3] = [
    ("computer_20250124", Tool::Computer20250124),
    ("computer_20251124", Tool::Computer20251124),
    ("computer_toolset_20260801", Tool::Toolset20260801),
];

impl Tool {
    /// The name of a model without its tool, and the tool: the one named behind `#`, else the
    /// one that a model with such a name was made for (`claude-opus-4-5-20251101`,
    /// `us.anthropic.claude-sonnet-4-20250514-v1:0`), else the newest.
    pub(super) fn of(named: &str) -> Result<(&str, Self), String> {
        if let Some((model, tool)) = named.rsplit_once('#') {
            let known = TOOLS.iter().find(|(name, _)| *name == tool).map(|(_, tool)| (model, *tool));
            let names = TOOLS.map(|(name, _)| name).join(", ");
            return known.ok_or_else(|| format!("there is no computer tool {tool:?}; use one of {names}, as in {model}#computer_20251124"));
        }
        let tool = match generation(named) {
            Some((is_opus, version)) if version < (4, 5) || (version == (4, 5) && !is_opus) => Self::Computer20250124,
            Some((_, version)) if version < (4, 8) => Self::Computer20251124,
            _ => Self::Toolset20260801,
        };
        Ok((named, tool))
    }

    fn name(self) -> &'static str {
        TOOLS.iter().find(|(_, tool)| *tool == self).map_or("", |(name, _)| name)
    }

    pub(super) fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Computer20250124 => &[API_VERSION, ("anthropic-beta", "computer-use-2025-01-24")],
            Self::Computer20251124 => &[API_VERSION, ("anthropic-beta", "computer-use-2025-11-24")],
            Self::Toolset20260801 => &[API_VERSION],
        }
    }

    /// The models with the toolset choose by themselves how freely they do.
    pub(super) fn takes_temperature(self) -> bool {
        self != Self::Toolset20260801
    }

    /// The tools of a request; pictures have this size.
    pub(super) fn definitions(self, picture: Viewport) -> Vec<Value> {
        let mut tools = vec![match self {
            Self::Computer20250124 | Self::Computer20251124 => {
                let Viewport { width, height } = picture;
                json!({ "type": self.name(), "name": "computer", "display_width_px": width, "display_height_px": height })
            }
            Self::Toolset20260801 => {
                let off = NOT_HERE.iter().map(|name| ((*name).to_owned(), json!({ "enabled": false })));
                json!({ "type": self.name(), "configs": off.collect::<Map<_, _>>() })
            }
        }];
        tools.extend(
            functions::beside_a_computer()
                .into_iter()
                .map(|function| json!({ "name": function.name, "description": function.description, "input_schema": function.parameters })),
        );
        tools
    }
}

/// Whether it is an Opus, and its version; `None` for a name that tells none.
fn generation(model: &str) -> Option<(bool, (u32, u32))> {
    let name = model.to_lowercase();
    let (_, name) = name.split_once("claude")?;
    // Dates are numbers too, but long ones.
    let number = |word: &str| word.parse().ok().filter(|_| word.len() < 3);
    let mut numbers =
        name.split(|character: char| !character.is_alphanumeric()).skip_while(|word| number(word).is_none()).map_while(number);
    let major = numbers.next()?;
    Some((name.contains("opus"), (major, numbers.next().unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_the_tool_it_was_made_for() {
        for (model, tool) in [
            ("claude-3-7-sonnet-20250219", Tool::Computer20250124),
            ("claude-sonnet-4-20250514", Tool::Computer20250124),
            ("claude-opus-4@20250514", Tool::Computer20250124),
            ("us.anthropic.claude-opus-4-1-20250805-v1:0", Tool::Computer20250124),
            ("eu.anthropic.claude-sonnet-4-20250514-v1:0", Tool::Computer20250124),
            ("claude-sonnet-4-5-20250929", Tool::Computer20250124),
            ("claude-haiku-4-5", Tool::Computer20250124),
            ("claude-opus-4-5-20251101", Tool::Computer20251124),
            ("anthropic/claude-opus-4.6", Tool::Computer20251124),
            ("claude-sonnet-4-6", Tool::Computer20251124),
            ("claude-opus-4-7", Tool::Computer20251124),
            ("claude-opus-4-8", Tool::Toolset20260801),
            ("claude-sonnet-5", Tool::Toolset20260801),
            ("claude-haiku-5-5-20261007", Tool::Toolset20260801),
            ("claude-fable-5-1", Tool::Toolset20260801),
            ("our-own-alias", Tool::Toolset20260801),
        ] {
            assert_eq!(Tool::of(model), Ok((model, tool)), "{model}");
        }
        assert_eq!(Tool::of("claude-opus-5#computer_20251124"), Ok(("claude-opus-5", Tool::Computer20251124)));
        let error = Tool::of("claude-opus-5#mouse").unwrap_err();
        assert!(error.contains("claude-opus-5#computer_20251124"), "{error}");
    }
}
