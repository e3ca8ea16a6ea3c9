//! The ten browser tasks, each with the script that does it.

use std::path::PathBuf;

use serde::Deserialize;

use crate::oracle::Step::{Click, DoubleClick, Drag, End, Keys, RightClick, Tell, Together, Type};
use crate::oracle::{On, Step};

/// Of the tasks in `tests/agent`, these: together they take all that a mouse and a keyboard do.
pub(crate) const TASKS: [Task; 10] = [
    Task {
        name: "double-click",
        page: "second.test/files",
        instruction: "Double click the folder Photos",
        script: &[DoubleClick(On("text", "Photos")), End],
    },
    Task {
        name: "right-click and menu",
        page: "second.test/files",
        instruction: "Right-click on report.pdf and choose Rename",
        script: &[RightClick(On("text", "report.pdf")), Click(On("text", "Rename")), End],
    },
    Task {
        name: "text, submit, wait, read",
        page: "second.test/weather",
        instruction: "Search for Oslo and report the temperature",
        script: &[Together(&[Click(On("textbox", "Enter a city")), Type("Oslo")]), Click(On("button", "Search")), Tell("°C")],
    },
    Task {
        name: "form by keyboard",
        page: "third.test/signon",
        instruction: "Fill in full name \"Bo\" and e-mail \"bo@y.org\". Press Continue. Select Private. Press Continue. Tick \"I accept the conditions\". Press Open account.",
        script: &[
            Click(On("textbox", "Full name")),
            Together(&[Type("Bo"), Keys(&["Tab"]), Type("bo@y.org")]),
            Keys(&["Enter"]),
            Click(On("radio", "Private")),
            Click(On("button", "Continue")),
            Click(On("checkbox", "I accept the conditions")),
            Click(On("button", "Open account")),
            End,
        ],
    },
    Task {
        name: "drag",
        page: "third.test/kanban",
        instruction: "Drag \"Fix login\" to In progress",
        script: &[Drag(On("text", "Fix login"), On("heading", "In progress")), End],
    },
    Task {
        name: "scroll far down",
        page: "tasks.test/far-down",
        instruction: "Scroll down and press Agree",
        script: &[Click(On("button", "Agree")), End],
    },
    Task {
        name: "check boxes",
        page: "tasks.test/checkboxes",
        instruction: "Select gold, tin and click Submit.",
        script: &[Together(&[Click(On("checkbox", "gold")), Click(On("checkbox", "tin"))]), Click(On("button", "Submit")), End],
    },
    Task {
        name: "native list",
        page: "tasks.test/list",
        instruction: "Select Dominica from the list and click Submit.",
        script: &[Click(On("combobox", "")), Type("Dominica"), Keys(&["Enter"]), Click(On("button", "Submit")), End],
    },
    Task {
        name: "several steps",
        page: "tasks.test/mail",
        instruction: "Click the email by Nora, click Reply, type \"See you there\" and click Send",
        script: &[
            Click(On("text", "Nora")),
            Click(On("text", "Reply")),
            Click(On("textbox", "")),
            Type("See you there"),
            Click(On("text", "Send")),
            End,
        ],
    },
    Task {
        name: "another page, read",
        page: "second.test/home",
        instruction: "Open the Contact page and tell me the phone number",
        script: &[Click(On("link", "Contact")), Tell("Phone")],
    },
];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    /// For the table: what of mouse and keyboard it takes.
    pub(crate) name: &'static str,
    /// Host and path.
    page: &'static str,
    pub(crate) instruction: &'static str,
    pub(crate) script: &'static [Step],
}

/// By what a task is judged, as `tests/agent` says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Verdict {
    #[serde(default = "first_host")]
    host: String,
    page: String,
    instruction: String,
    /// What the result must contain.
    pub(crate) result: Option<String>,
    /// The title of the page when no result is asked for.
    #[serde(default = "passed")]
    pub(crate) title: String,
}

fn first_host() -> String {
    "tasks.test".to_owned()
}

fn passed() -> String {
    "passed".to_owned()
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/agent")
}

impl Task {
    pub(crate) fn url(&self) -> String {
        format!("https://{}?seed=1", self.page)
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let lists = ["tasks.json", "second.json", "third.json"].map(|name| std::fs::read_to_string(root().join(name)).unwrap());
        let mut all = lists.iter().flat_map(|list| serde_json::from_str::<Vec<Verdict>>(list).unwrap());
        let found = all.find(|one| format!("{}/{}", one.host, one.page) == self.page && one.instruction == self.instruction);
        found.unwrap_or_else(|| panic!("{self:?} is none of tests/agent"))
    }
}
