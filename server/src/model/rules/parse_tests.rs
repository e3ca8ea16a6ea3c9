use proptest::prelude::*;

use super::*;
use crate::model::rules::deed::{Deed, Gesture, Text};
use crate::model::rules::plan::{Object, Which};
use crate::model::rules::words::joined;

/// A goal in short, so that a table of instructions stays readable.
fn short(goal: &Goal) -> String {
    let object = |object: &Object| {
        let which = match object.which {
            Which::All => String::new(),
            Which::Nth(n) => format!(" #{n}"),
            Which::Last => " #last".to_owned(),
        };
        let about = if object.about.is_empty() { String::new() } else { format!(" \"{}\"", joined(&object.about)) };
        let limit = object.limit.map(|limit| format!(" top {limit}")).unwrap_or_default();
        format!("{:?}{which}{about}{limit}", object.what)
    };
    match goal {
        Goal::Visit { site, anew } => {
            format!("{} {}", if *anew { "go" } else { "on" }, site.as_str().trim_start_matches("https://").trim_end_matches('/'))
        }
        Goal::Search { query } => format!("search \"{query}\""),
        Goal::Follow(it) => format!("follow {}", object(it)),
        // The texts are no part of a deed's Debug: they may be secret.
        Goal::Do(Deed::Type { text, field }) => format!("type \"{}\" into {field}", written(text)),
        Goal::Do(Deed::Click { target, gesture: Gesture::Click }) => format!("click {target}"),
        Goal::Do(Deed::Sort { by, descending }) => format!("sort {by} descending {descending:?}"),
        Goal::Do(deed) => format!("{deed:?}"),
        Goal::Figure(figure) => format!("{figure:?}"),
        Goal::If { shown, not, goals } => {
            format!(
                "if{} \"{}\" ({})",
                if *not { " not" } else { "" },
                joined(shown),
                goals.iter().map(short).collect::<Vec<_>>().join("; ")
            )
        }
        Goal::Until { shown, goals, .. } => {
            format!("until \"{}\" ({})", joined(shown), goals.iter().map(short).collect::<Vec<_>>().join("; "))
        }
        Goal::Read { object: it, brief } => format!("{} {}", if *brief { "sum" } else { "read" }, object(it)),
    }
}

fn written(text: &Text) -> &str {
    match text {
        Text::Given(text) | Text::Labelled(text) => text,
        Text::Read => "<what was read>",
    }
}

/// What a goal types.
fn typed(goal: &Goal) -> &str {
    match goal {
        Goal::Do(Deed::Type { text, .. } | Deed::Set { value: text, .. }) => written(text),
        _ => "",
    }
}

fn understood(text: &str) -> String {
    match instruction(text) {
        Ok(plan) => {
            let mut parts: Vec<_> = plan.goals.iter().map(short).collect();
            parts.extend(plan.limit.map(|limit| format!("limit {limit}")));
            parts.join("; ")
        }
        Err(unplaced) => format!("? {unplaced}"),
    }
}

#[test]
fn instructions_become_goals() {
    for (text, plan) in [
        ("Go to github.com and find the trending Python repositories", "go github.com; read Named \"trending Python repositories\""),
        (
            "Search for 'machine learning' on Wikipedia and summarize the first paragraph",
            "on www.wikipedia.org; search \"machine learning\"; sum Paragraph #1",
        ),
        ("open wikipedia.org", "go wikipedia.org"),
        ("OPEN WIKIPEDIA.ORG.", "go wikipedia.org"),
        ("Open the GitHub website", "go github.com"),
        ("Please go to http://shop.test:8080/a?b=c and read the title", "go http://shop.test:8080/a?b=c; read Title #1"),
        ("On Wikipedia, search for rust and read the second paragraph", "on www.wikipedia.org; search \"rust\"; read Paragraph #2"),
        ("Search Wikipedia for binary trees and search algorithms", "on www.wikipedia.org; search \"binary trees and search algorithms\""),
        ("search on Wikipedia for “web browser”", "on www.wikipedia.org; search \"web browser\""),
        ("Look up rust on wikipedia.org", "on wikipedia.org; search \"rust\""),
        ("search for rock and roll on wikipedia", "on www.wikipedia.org; search \"rock and roll\""),
        ("Find the top 3 trending repositories on GitHub", "on github.com; read Named \"trending repositories\" top 3"),
        ("List the first five results", "read Item top 5"),
        ("list the headings", "read Heading"),
        ("Read the last paragraph of the History section", "read Paragraph #last \"History\""),
        ("summarize the section 'Early history'", "sum Prose \"Early history\""),
        ("What is the title of this page?", "read Title #1"),
        ("Tell me what the first heading says", "read Heading #1"),
        ("summarize it", "sum Prose"),
        ("Read paragraph 2", "read Paragraph #2"),
        ("Find GitHub's trending Rust repositories", "on github.com; read Named \"trending Rust repositories\""),
        ("Go to github.com, click on Trending and list the repositories", "go github.com; click \"Trending\"; read Named \"repositories\""),
        ("click on About, then tell me what it says", "click \"About\"; read Prose"),
        ("read the title and the first two paragraphs", "read Title #1; read Paragraph top 2"),
        ("tell me about lighthouses", "read Prose \"lighthouses\""),
        ("list the top 3 articles", "read Named \"articles\" top 3"),
        ("find out who built it", "read Named \"built\""),
        ("Find and list the trending repositories on GitHub", "on github.com; read Named \"trending repositories\""),
        ("Find the trending repositories and tell me the top 5", "read Named \"trending repositories\" top 5"),
        ("Summarize the first one", "sum Item #1"),
        ("Return the text of the second heading", "read Heading #2"),
        ("give me the names of the books", "read Named \"books\""),
        ("Summarize https://site.test/a", "on site.test/a; sum Prose"),
        ("read the first paragraph of site.test/a", "on site.test/a; read Paragraph #1"),
        ("find README.md", "read Named \"README.md\""),
        ("open the first result and read the first 2 paragraphs", "follow Item #1; read Paragraph top 2"),
        ("find the trending repositories. Focus on the top 3 results only.", "read Named \"trending repositories\"; limit 3"),
        ("find the trending repositories (top 3 only)", "read Named \"trending repositories\"; limit 3"),
        (
            "Go to github.com\nfind the trending repositories, only the first 4",
            "go github.com; read Named \"trending repositories\"; limit 4",
        ),
        ("read the list of links", "read Link"),
        ("read the list 'See also'", "read List #1 \"See also\""),
        ("Summarize the Wikipedia article on machine learning", "on www.wikipedia.org; sum Prose \"machine learning\""),
        ("github.com: list the trending repositories", "go github.com; read Named \"trending repositories\""),
        ("I'd like you to visit Hacker News, then tell me the title", "go news.ycombinator.com; read Title #1"),
    ] {
        assert_eq!(understood(text), plan, "{text}");
    }
}

#[test]
fn clauses_become_deeds() {
    for (text, plan) in [
        ("Click on the \"Submit\" button.", "click a button \"Submit\""),
        ("Click button ONE, then click button TWO.", "click a button \"ONE\"; click a button \"TWO\""),
        ("press Enter", "Keys { keys: [\"Enter\"], times: 1 }"),
        ("press Ctrl+A", "Keys { keys: [\"Control\", \"a\"], times: 1 }"),
        ("press the down arrow key 3 times", "Keys { keys: [\"ArrowDown\"], times: 3 }"),
        ("press the Send button", "click a button \"Send\""),
        ("Enter \"Olin\" into the text field", "type \"Olin\" into a field"),
        ("Enter the username \"a\" and the password \"b\"", "type \"a\" into a field \"username\"; type \"b\" into a field \"password\""),
        (
            "type \"Ada\" in first name and \"Byron\" in last name",
            "type \"Ada\" into a field \"first name\"; type \"Byron\" into a field \"last name\"",
        ),
        (
            "Fill in first name with Ada, last name with Byron",
            "type \"Ada\" into a field \"first name\"; type \"Byron\" into a field \"last name\"",
        ),
        ("set the email to a@b.test", "type \"a@b.test\" into a field \"email\""),
        ("for the user @cid, click Like", "click \"Like\" near \"@cid\""),
        ("click Next until \"Page 4\" is shown", "until \"Page 4\" (click \"Next\")"),
        ("If cookies are shown, click Accept. Click Order.", "if \"cookies\" (click \"Accept\"); click \"Order\""),
        ("click Accept if it is shown", "if \"Accept\" (click \"Accept\")"),
        (
            "count the rows",
            "Count { what: Target { kind: Row, name: \"\", phrase: \"rows\", is_quoted: false, is_verb: false, which: None, near: \"\" }, about: [Word { text: \"rows\", stem: \"row\" }] }",
        ),
    ] {
        assert_eq!(understood(text), plan, "{text}");
    }
}

#[test]
fn pronouns_point_at_what_was_named_last() {
    for (text, plan) in [
        ("Find Oslo and click it", "click \"Oslo\""),
        (
            "Wait for the download link and click it",
            "Wait { shown: [Word { text: \"download\", stem: \"download\" }], gone: false }; click \"download\"",
        ),
        ("Find the email by Ada and reply to it with \"ok\"", "click \"reply\" near \"Ada\"; type \"ok\" into a field; Submit"),
        (
            "Scroll to Terms and click its Accept button",
            "Scroll(To(Target { kind: Any, name: \"Terms\", phrase: \"Terms\", is_quoted: false, is_verb: false, which: None, near: \"\" })); click a button \"Accept\" near \"Terms\"",
        ),
        ("Find the mail from Otto and click the bin to delete it", "click \"bin\" near \"mail Otto\""),
    ] {
        assert_eq!(understood(text), plan, "{text}");
    }
}

#[test]
fn idioms_become_deeds() {
    for (text, plan) in [
        ("Go back twice", "Move { how: Back }; Move { how: Back }"),
        ("go to page 3, then the next page", "Move { how: Page(3) }; Move { how: Next }"),
        ("reload the page", "Move { how: Reload }"),
        ("click Apples, then Pears", "click \"Apples\"; click \"Pears\""),
        (
            "click the plus next to Rooms three times",
            "click \"plus\" near \"Rooms\"; click \"plus\" near \"Rooms\"; click \"plus\" near \"Rooms\"",
        ),
        (
            "fill in the first and last name with \"Jo\" and \"March\"",
            "type \"Jo\" into a field \"first name\"; type \"March\" into a field \"last name\"",
        ),
        ("sort the table by price, highest first", "sort \"price\" descending Some(true)"),
        ("put a spade and gloves into the cart", "click \"add\" near \"spade\"; click \"add\" near \"gloves\""),
        ("clear the body and save", "type \"\" into a field \"body\"; click \"save\""),
        ("forward it to Ben", "click \"forward\"; type \"Ben\" into a field; Submit"),
    ] {
        assert_eq!(understood(text), plan, "{text}");
    }
}

/// What is half understood is not begun.
#[test]
fn no_half_of_an_instruction_is_taken_for_the_whole() {
    for text in [
        "fill in the form with sensible values",
        "enter a valid address",
        "click every second link",
        "make sure that the light is pretty",
        "go back to the list of mugs",
        "turn the page around",
        "sort the list in descending order",
    ] {
        assert!(instruction(text).is_err(), "{text}: {}", understood(text));
    }
}

/// What is typed may be a password: it is in no description, error or debug text.
#[test]
fn typed_texts_are_not_told() {
    for text in [
        "log in as bob with the password hunter2",
        "enter the password 'hunter2' and press login",
        "set the password to hunter2",
        "user: bob\npassword: hunter2",
    ] {
        let plan = instruction(text).unwrap();
        let told: Vec<String> = plan.goals.iter().map(|goal| format!("{goal} {goal:?}")).collect();
        assert!(!told.join("; ").contains("hunter2"), "{told:?}");
        assert!(plan.goals.iter().any(|goal| typed(goal).contains("hunter2")), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    for (text, words) in [
        ("Dance with the bears", "\"Dance\", \"bears\""),
        ("Go to github.com and frobnicate the wug", "\"frobnicate\", \"wug\""),
        ("Boil milk. Go to github.com", "\"Boil\", \"milk\""),
        ("find", "\"find\""),
        ("search for 'rust' quickly", "\"quickly\""),
        ("For the user Bob, list the top", "\"user\", \"Bob\""),
        ("In the basket, in the shop, click Remove", "\"basket\", \"shop\""),
        ("  ", ""),
        ("!?", ""),
        ("открой страницу", "\"открой\", \"страницу\""),
    ] {
        assert_eq!(understood(text), format!("? {words}"), "{text}");
    }
}

#[test]
fn messages_limit_lists() {
    for (text, most) in [
        ("Focus on the top 3 results only", Some(3)),
        ("focus on the top three", Some(3)),
        ("only the first 5 please", Some(5)),
        ("just the top result", Some(1)),
        ("Limit the list to 4 items", Some(4)),
        ("at most 2", Some(2)),
        ("show me only the top 10", Some(10)),
        ("Focus on the top 3 elephants", None),
        ("focus", None),
    ] {
        assert_eq!(message(text).ok().and_then(|plan| plan.limit), most, "{text}");
    }
    assert!(message("also read the title").is_ok_and(|plan| plan.goals.len() == 1));
    assert!(message("be nice to everybody").is_err());
}

proptest! {
    #[test]
    fn any_text_is_placed_or_reported(text in any::<String>()) {
        let _ = message(&text);
        if let Ok(plan) = instruction(&text) {
            prop_assert!(!plan.goals.is_empty() || plan.limit.is_some());
        }
    }

    /// A word nobody knows turns up in some goal, or the instruction is not understood.
    #[test]
    fn an_unknown_word_never_vanishes(
        words in prop::collection::vec(prop::sample::select(vec![
            "go", "to", "github.com", "and", "search", "for", "on", "Wikipedia", ",", ".", "find", "the", "first", "top", "3", "paragraph",
            "list", "read", "then", "'", "\"", "of", "summarize", "click", "only", "(", ")", "last", "open", "it", "\n",
        ]), 0..12),
        at in 0usize..12,
    ) {
        let mut words = words;
        words.insert(at.min(words.len()), "zyxomma");
        let text = words.join(" ");
        if let Ok(plan) = instruction(&text) {
            let whole = plan.goals.iter().map(short).collect::<Vec<_>>().join(" ");
            prop_assert!(whole.contains("zyxomma"), "{text:?} became {whole}");
        }
    }
}
