//! What is done, look by look.

use proptest::prelude::*;

use super::*;

const HOME: &str = r#"
title "Home"
navigation
  link "Trending" url=/trending
  link "Trends of fashion" url=/fashion
  searchbox "Search"
  button "Go"
main
  heading "Home" level=1
    text "Home"
  link "Offers" url=/offers y=1500
"#;

#[test]
fn opens_a_site_and_its_other_spelling() {
    let mut rules = rules("open fields.test");
    assert_eq!(action(&next(&mut rules, &blank())).0, &Action::Navigate { url: "https://fields.test/".to_owned() });
    let again = show(&mut rules, &blank(), &[], Some("no such host")).0;
    assert_eq!(action(&again).0, &Action::Navigate { url: "https://www.fields.test/".to_owned() });
    let end = show(&mut rules, &blank(), &[], Some("no such host")).0;
    let result = "Could not open https://fields.test/. The last action failed: no such host".to_owned();
    assert_eq!(end, Next::GiveUp { error_code: "not_found".to_owned(), result, retryable: false });
}

#[test]
fn on_a_site_does_not_open_it_anew() {
    let bees = page("https://en.fields.test/bee", "title \"Bees\"");
    assert_eq!(told("On fields.test read the title", &bees), "Bees");
    assert!(matches!(next(&mut rules("Go to fields.test and read the title"), &bees), Next::Act(_)));
}

#[test]
fn clicks_what_fits_best_and_says_why() {
    let home = page("https://site.test/", HOME);
    let click = next(&mut rules("find the trending bikes"), &home);
    let why = "link \"Trending\" fits \"trending bikes\" best (1 of 2 words)";
    assert_eq!(action(&click), (&Action::Click { coordinates: Point(60.0, 55.0) }, why));
}

#[test]
fn a_wide_heading_does_not_name_the_switches_below_it() {
    let mut phone = page("https://site.test/", "heading\n  text \"Phone settings\" y=20\ntext \"Wi-Fi\" y=90\nswitch y=90");
    for (at, (x, width)) in [(2, (8.0, 290.0)), (3, (18.0, 38.0)), (4, (278.0, 40.0))] {
        let place = phone.nodes[at].bounds.as_mut().unwrap();
        (place.x, place.width) = (x, width);
    }
    let next = next(&mut rules("turn off Wi-Fi"), &phone);
    assert_eq!(action(&next).1, "switch stands beside \"Wi-Fi\"");
}

#[test]
fn the_page_that_was_left_is_asked_for() {
    let home = page("https://site.test/", HOME);
    assert_eq!(action(&next(&mut rules("go back"), &home)).0, &Action::Back);
    assert_eq!(action(&next(&mut rules("go forward"), &home)).0, &Action::Forward);
}

#[test]
fn a_failed_or_idle_click_gives_way_to_the_next_best() {
    let home = page("https://site.test/", HOME);
    let second = "link \"Trends of fashion\" fits \"trending\" best (1 of 1 words)";
    let mut failed = rules("open trending");
    next(&mut failed, &home);
    let after_error = show(&mut failed, &home, &[], Some("off the screen")).0;
    assert_eq!(action(&after_error).1, second);
    let mut idle = rules("find the trending bikes");
    next(&mut idle, &home);
    assert!(matches!(next(&mut idle, &home), Next::Wait(_)), "the page may be slow");
    assert!(matches!(next(&mut idle, &home), Next::Wait(_)));
    assert_eq!(action(&next(&mut idle, &home)).1, "link \"Trends of fashion\" fits \"trending bikes\" best (1 of 2 words)");
}

#[test]
fn scrolls_before_it_clicks() {
    let mut rules = rules("open the offers");
    let scroll = next(&mut rules, &page("https://site.test/", HOME));
    assert_eq!(action(&scroll).0, &Action::Scroll { coordinates: Point(640.0, 360.0), delta_x: 0.0, delta_y: 1145.0 });
    let there = page("https://site.test/", &HOME.replace("y=1500", "y=355"));
    assert_eq!(action(&next(&mut rules, &there)).0, &Action::Click { coordinates: Point(60.0, 360.0) });
    let offers = page("https://site.test/offers", "title \"Offers\"");
    assert_eq!(next(&mut rules, &offers), Next::Finish("\"Offers\" (https://site.test/offers)".to_owned()));
}

#[test]
fn what_never_comes_into_view_is_given_up() {
    let mut rules = rules("open the offers");
    let home = page("https://site.test/", HOME);
    let end = (0..40).map(|_| next(&mut rules, &home)).find(|next| matches!(next, Next::GiveUp { .. }));
    assert!(matches!(end, Some(Next::GiveUp { .. })), "{end:?}");
}

#[test]
fn searches_step_by_step() {
    let with = |field: &str| page("https://site.test/", &HOME.replace("searchbox \"Search\"", &format!("searchbox \"Search\" {field}")));
    let mut rules = rules("search for red bikes");
    let keys = |names: &[&str]| Action::Keys { keys: names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(action(&next(&mut rules, &with(""))).1, "searchbox \"Search\" is where this page searches");
    let Next::Act(typing) = next(&mut rules, &with("focused value=old_words")) else { panic!() };
    let actions: Vec<_> = typing.into_iter().map(|planned| planned.action).collect();
    assert_eq!(actions, [keys(&["Control", "a"]), Action::Type { text: "red bikes".to_owned() }]);
    let filled = with("focused value=red_bikes");
    assert_eq!(action(&next(&mut rules, &filled)).0, &keys(&["Enter"]));
    for _ in 0..2 {
        assert!(matches!(next(&mut rules, &filled), Next::Wait(_)));
    }
    assert_eq!(action(&next(&mut rules, &filled)).1, "Enter did nothing; button \"Go\" belongs to the field");
    let results = page("https://site.test/find?q=red+bikes", "title \"Found\"\nmain\n  list\n    listitem\n      text \"A bike\"");
    assert_eq!(next(&mut rules, &results), Next::Finish("1. A bike".to_owned()));
}

#[test]
fn goes_back_from_a_page_that_leads_nowhere() {
    let mut rules = rules("find the fashion bikes");
    let home = page("https://site.test/", &HOME.replace("  searchbox \"Search\"\n", ""));
    next(&mut rules, &home);
    let fashion = page("https://site.test/fashion", "title \"Clothes\"");
    let back = next(&mut rules, &fashion);
    assert_eq!(action(&back), (&Action::Back, "link \"Trends of fashion\" led to nothing that fits \"fashion bikes\""));
    let Next::GiveUp { error_code, result, .. } = next(&mut rules, &home) else { panic!() };
    let looked = "Could not find \"fashion bikes\" on \"Home\" (https://site.test/), \"Clothes\" (https://site.test/fashion). Nothing there says \"bikes\".";
    assert_eq!((error_code.as_str(), result.as_str()), ("not_found", looked));
}

#[test]
fn messages_add_goals_and_limits() {
    let list = page(
        "https://site.test/",
        "title \"Site\"\nmain\n  list \"Bikes\"\n    listitem\n      text \"a\"\n    listitem\n      text \"b\"",
    );
    let mut told = rules("list the bikes");
    let (next, notes) = show(&mut told, &list, &["only the first 5", "also read the title", "Focus on the top 1", "hum"], None);
    assert_eq!(next, Next::Finish("1. a\n\nSite".to_owned()));
    assert_eq!(
        notes,
        [
            Note::Progress("\"only the first 5\": lists are told up to entry 5".to_owned()),
            Note::Progress("\"also read the title\": the title is looked for as well".to_owned()),
            Note::Progress("\"Focus on the top 1\": lists are told up to entry 1".to_owned()),
            Note::NotUnderstood("\"hum\": no meaning here for \"hum\"".to_owned()),
        ]
    );
    let (_, notes) = show(&mut rules("read the title"), &list, &["only the top 3"], None);
    let useless = "\"only the top 3\": nothing in this task tells a list that could be shortened";
    assert_eq!(notes, [Note::NotUnderstood(useless.to_owned())]);
}

const INSTRUCTIONS: &[&str] = &[
    "search for a b and read the first paragraph",
    "find the a b c",
    "open the a and list the b items",
    "read the second list",
    "go to a.test and summarize the article about b",
    "list the links",
    "open the last link",
];

/// Pages of any shape: parents may point anywhere, boxes may be missing or far away.
fn any_page() -> impl Strategy<Value = Page> {
    let roles = [
        "main",
        "navigation",
        "heading",
        "paragraph",
        "text",
        "link",
        "button",
        "list",
        "listitem",
        "searchbox",
        "textbox",
        "dialog",
        "row",
        "table",
        "combobox",
        "option",
        "tab",
        "article",
        "term",
        "definition",
        "generic",
    ];
    let name = prop::sample::select(vec!["", "a", "b", "a b", "search", "close", "c \n", "Was für ein Text, der läuft. Und noch einer!"]);
    let bounds = prop::option::of((-3000.0..3000.0, -3000.0..3000.0, -1.0..2000.0, -1.0..2000.0));
    let one =
        (prop::sample::select(roles.to_vec()), name, prop::option::of(0usize..12), bounds, any::<(bool, bool)>(), prop::option::of(0u8..4));
    (prop::collection::vec(one, 0..12), 0u8..4).prop_map(|(nodes, at)| {
        let nodes = nodes.into_iter().map(|(role, name, parent, bounds, (focused, selected), url)| Node {
            parent,
            bounds: bounds.map(|(x, y, width, height)| Rect { x, y, width, height }),
            states: States { focused, selected: selected.then_some(true), ..States::default() },
            url: url.map(|at| format!("https://a.test/{at}")),
            ..node(role, name, 0, None)
        });
        Page { nodes: nodes.collect(), ..page(&format!("https://a.test/{at}"), "title \"a\"") }
    })
}

proptest! {
    /// Whatever the pages are, it ends and stays on the screen.
    #[test]
    fn ends_on_any_pages(pages in prop::collection::vec(any_page(), 1..6), instruction in prop::sample::select(INSTRUCTIONS.to_vec())) {
        let mut rules = rules(instruction);
        let mut looks = 0;
        for page in pages.iter().cycle() {
            match next(&mut rules, page) {
                Next::Finish(_) | Next::GiveUp { .. } => break,
                Next::Wait(_) | Next::Miss(_) => {}
                Next::Act(planned) => {
                    for planned in planned {
                        if let Action::Click { coordinates: Point(x, y) } | Action::Scroll { coordinates: Point(x, y), .. } = planned.action {
                            prop_assert!((0.0..1280.0).contains(&x) && (0.0..720.0).contains(&y));
                        }
                    }
                }
            }
            looks += 1;
            prop_assert!(looks < 600, "no end");
        }
    }
}
