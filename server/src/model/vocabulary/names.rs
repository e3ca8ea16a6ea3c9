//! What actions are called.

use super::Unclear;
use super::members::{Members, shown, squashed};

/// What a name asks for; the members may say more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verb {
    Click(Button, u64),
    Drag,
    Type(Habits),
    Keys,
    Scroll(Axis),
    Move,
    /// Wait so many seconds, unless the members say how long.
    Wait(f64),
    Navigate,
    /// Open the browser, or a page in it: it is open.
    Open,
    Back,
    Forward,
    Reload,
    Look,
    /// The end, which the members call a success or a failure; a success if they do not.
    End,
    Fail,
    /// What this computer does in another way.
    Other(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Button {
    Left,
    Middle,
    Right,
}

/// What a way of typing does unless told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Habits {
    /// Replaces what is in the field.
    pub(super) clears: bool,
    /// Presses Enter afterwards.
    pub(super) enters: bool,
}

/// Where a number without a direction leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Axis {
    Vertical,
    Horizontal,
    /// One way that the name says: right and down, in CSS pixels.
    Way(f64, f64),
}

const PLAIN: Habits = Habits { clears: false, enters: false };

/// Every verb with its names, without case and without what separates their words.
pub(super) const VERBS: &[(Verb, &[&str])] = &[
    (
        Verb::Click(Button::Left, 1),
        &["click", "leftclick", "leftsingle", "singleclick", "tap", "clickat", "clickon", "mouseclick", "clickelement", "clickcoordinate"],
    ),
    (
        Verb::Click(Button::Left, 2),
        &["doubleclick", "leftdouble", "leftdoubleclick", "dblclick", "doubletap", "doubleclickat", "doubleclickon", "mousedoubleclick"],
    ),
    (Verb::Click(Button::Left, 3), &["tripleclick", "lefttriple", "lefttripleclick", "tripleclickat"]),
    (Verb::Click(Button::Right, 1), &["rightclick", "rightsingle", "rightclickat", "contextclick", "contextmenu", "secondaryclick"]),
    (Verb::Click(Button::Middle, 1), &["middleclick", "middlesingle", "middleclickat", "wheelclick"]),
    (
        Verb::Drag,
        &[
            "drag",
            "leftclickdrag",
            "clickdrag",
            "clickanddrag",
            "draganddrop",
            "dragdrop",
            "dragto",
            "mousedrag",
            "leftdrag",
            "dragmouse",
            "swipe",
            "selecttext",
        ],
    ),
    (
        Verb::Type(PLAIN),
        &[
            "type",
            "typetext",
            "inputtext",
            "input",
            "write",
            "typewrite",
            "entertext",
            "inserttext",
            "keyboardtype",
            "sendkeys",
            "typeinto",
            "typein",
            "clickandtype",
            "pointandtype",
            "paste",
            "pastetext",
        ],
    ),
    (Verb::Type(Habits { clears: true, enters: false }), &["fill", "filltext", "settext", "setvalue", "fillin"]),
    (Verb::Type(Habits { clears: true, enters: true }), &["typetextat"]),
    (
        Verb::Keys,
        &[
            "key",
            "keys",
            "keypress",
            "press",
            "hotkey",
            "presskey",
            "presskeys",
            "keycombination",
            "keycombo",
            "keyboardpress",
            "pressbutton",
            "holdkey",
            "shortcut",
            "keyboardshortcut",
            "keyboardhotkey",
            "presshotkey",
        ],
    ),
    (
        Verb::Scroll(Axis::Vertical),
        &["scroll", "scrollat", "mousescroll", "scrolldocument", "scrollpage", "wheel", "mousewheel", "vscroll", "scrollby", "scrollwheel"],
    ),
    (Verb::Scroll(Axis::Horizontal), &["hscroll", "horizontalscroll", "scrollhorizontal", "scrollhorizontally"]),
    (Verb::Scroll(Axis::Way(0.0, 1.0)), &["scrolldown"]),
    (Verb::Scroll(Axis::Way(0.0, -1.0)), &["scrollup"]),
    (Verb::Scroll(Axis::Way(1.0, 0.0)), &["scrollright"]),
    (Verb::Scroll(Axis::Way(-1.0, 0.0)), &["scrollleft"]),
    (
        Verb::Move,
        &[
            "move",
            "mousemove",
            "movemouse",
            "moveto",
            "movecursor",
            "cursormove",
            "hover",
            "hoverat",
            "hoveron",
            "mouseover",
            "pointermove",
        ],
    ),
    (Verb::Wait(1.0), &["wait", "sleep", "pause", "delay", "waitfor", "waittime", "waitseconds", "noop", "donothing"]),
    (Verb::Wait(5.0), &["wait5seconds"]),
    (
        Verb::Navigate,
        &[
            "navigate",
            "goto",
            "gotourl",
            "openurl",
            "visit",
            "visiturl",
            "visitpage",
            "navigateto",
            "navigatetourl",
            "open",
            "openpage",
            "openwebsite",
            "loadurl",
        ],
    ),
    (Verb::Open, &["openwebbrowser", "openbrowser", "opentab", "newtab", "opennewtab"]),
    (Verb::Back, &["back", "goback", "historyback", "navigateback", "pressback", "pageback", "previouspage"]),
    (Verb::Forward, &["forward", "goforward", "historyforward", "navigateforward", "pageforward"]),
    (Verb::Reload, &["reload", "refresh", "reloadpage", "refreshpage", "pagereload"]),
    (
        Verb::Look,
        &[
            "screenshot",
            "takescreenshot",
            "capturescreenshot",
            "getscreenshot",
            "capturescreen",
            "zoom",
            "cursorposition",
            "mouseposition",
            "observe",
            "look",
            "seescreen",
            "getcurrentstate",
        ],
    ),
    (
        Verb::End,
        &[
            "terminate",
            "done",
            "finish",
            "finished",
            "finishtask",
            "complete",
            "completed",
            "completetask",
            "taskcomplete",
            "taskcompleted",
            "taskdone",
            "answer",
            "finalanswer",
            "giveanswer",
            "reportanswer",
            "submitanswer",
            "stop",
            "exit",
            "end",
            "respond",
            "returnresult",
        ],
    ),
    (
        Verb::Fail,
        &[
            "fail",
            "failed",
            "failtask",
            "taskfailed",
            "giveup",
            "calluser",
            "askuser",
            "asktheuser",
            "infeasible",
            "impossible",
            "abort",
            "taskinfeasible",
            "taskimpossible",
            "requesthelp",
            "handoff",
            "takeover",
        ],
    ),
    (
        Verb::Other("the mouse button cannot be held: to drag, give `drag` a path of at least two places; to press it, `click`"),
        &[
            "leftmousedown",
            "leftmouseup",
            "mousedown",
            "mouseup",
            "rightmousedown",
            "rightmouseup",
            "middlemousedown",
            "middlemouseup",
            "longpress",
            "clickandhold",
            "clickhold",
        ],
    ),
    (
        Verb::Other("keys cannot be held over other actions: press all of a combination at once, as in keys [\"Control\", \"a\"]"),
        &["keydown", "keyup", "release", "releasekey"],
    ),
    (
        Verb::Other("there is no search here: `navigate` to a search engine, or type into a search field"),
        &["search", "websearch", "googlesearch"],
    ),
    (
        Verb::Other("there are no tabs or windows to manage: the page that opened last is on the screen; `back` and `navigate` leave it"),
        &["switchtab", "closetab", "listtabs", "switchwindow", "openapp", "launch", "launchapp"],
    ),
];

/// Words that some put before the name: `computer.click`, `browser_click`.
const PREFIXES: &[&str] = &["functions", "pyautogui", "playwright", "computeruse", "computer", "browser", "page", "agent", "gui", "action"];

/// Members that say which action it is, the surest first.
const NAMING: &[&str] = &["action", "actiontype", "actionname", "type", "name", "function", "functionname", "tool", "toolname", "command"];

/// What the model wants, by the name of the call or else by its members.
pub(super) fn verb(name: &str, members: &Members) -> Result<Verb, Unclear> {
    if let Some(verb) = named(name) {
        return Ok(verb);
    }
    let said = members.all(NAMING).filter_map(|value| value.as_str());
    if let Some(verb) = said.clone().find_map(named) {
        return Ok(verb);
    }
    // `{"click": {"x": 1, "y": 2}}`
    if let Some(verb) = members.wrappers().find_map(named) {
        return Ok(verb);
    }
    let known = "known are click, double_click, triple_click, right_click, middle_click, move, drag, type, keys, scroll, wait, navigate, \
                 back, forward, reload, screenshot, done, fail";
    // A name that is no action's only wraps one.
    Err(Unclear(match said.clone().next().or((!name.is_empty()).then_some(name)) {
        Some(unknown) => format!("there is no action {}: {known}", shown(unknown)),
        None => format!("no action is named: the member `action` says which; {known}"),
    }))
}

pub(super) fn named(name: &str) -> Option<Verb> {
    let name = squashed(name);
    let known = |name: &str| VERBS.iter().find(|(_, names)| names.contains(&name)).map(|(verb, _)| *verb);
    known(&name).or_else(|| PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix)).find_map(known))
}
