//! The rules model on the demo web.

use lightcone_server::computer::Action;
use lightcone_server::model::Note;
use lightcone_server::web::Web;

use crate::task::{Outcome, Task, run};

async fn demo(instruction: &str) -> Outcome {
    run(Task { web: Web::demo(), instruction, start_url: None, messages: &[] }).await
}

/// Runs instructions one after the other; each end has to be the text beside it.
async fn ends(cases: &[(&str, &str)]) {
    for (instruction, end) in cases {
        let outcome = demo(instruction).await;
        assert_eq!(outcome.end, *end, "{instruction}\n{:#?}", outcome.actions);
    }
}

const TRENDING: &str = "Go to github.com and find the trending Python repositories";
const TOP_3: &str = "\
1. tidewater-lab/driftnet · Finds slow changes in time series before they become alarms. · Python ★ 18,420 612 stars today
2. oakmill/paperplane · A small web framework whose routes are plain functions. · Python ★ 15,307 488 stars today
3. quietfox/lanternfish · Notebooks that stay ordinary Python files, with results beside the code. · Python ★ 12,980 401 stars today";

#[tokio::test]
async fn finds_the_trending_repositories() {
    let outcome = demo(TRENDING).await;
    assert!(outcome.end.starts_with(TOP_3), "{outcome:#?}");
    assert_eq!(outcome.end.lines().count(), 8);
    let reasons: Vec<_> = outcome.actions.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "github.com is the site to be on",
            "link \"Trending\" fits \"trending Python repositories\" best (1 of 3 words)",
            "link \"Python\" fits \"trending Python repositories\" best (1 of 3 words)",
        ]
    );
    assert!(outcome.actions.iter().skip(1).all(|(action, _)| matches!(action, Action::Click { .. })), "only the mouse after the address");
}

#[tokio::test]
async fn searches_and_summarizes() {
    ends(&[(
        "Search for 'machine learning' on Wikipedia and summarize the first paragraph",
        "Machine learning is a branch of computer science in which a program gets better at a task by working through examples instead of \
         following rules that a person wrote down.",
    )])
    .await;
}

#[tokio::test]
async fn messages_count_whenever_they_come() {
    for step in 1..=4 {
        let messages = [(step, "Focus on the top 3 results only"), (step, "sing a song")];
        let outcome = run(Task { web: Web::demo(), instruction: TRENDING, start_url: None, messages: &messages }).await;
        assert_eq!(outcome.end, TOP_3, "a message before decision {step}");
        let not_understood = Note::NotUnderstood("\"sing a song\": no meaning here for \"sing\", \"song\"".to_owned());
        assert!(outcome.notes.contains(&not_understood), "{:?}", outcome.notes);
    }
}

#[tokio::test]
async fn follows_the_vocabulary_on_the_encyclopedia() {
    ends(&[
        ("open wikipedia.org", "\"Wikipedia\" (https://wikipedia.org/)"),
        ("search wikipedia for \"Lighthouse\" and list the headings", "1. Lighthouse\n2. Lens\n3. Famous lighthouses\n4. See also"),
        (
            "Search for python on Wikipedia, then tell me the title and the last paragraph",
            "Python (programming language) - Wikipedia\n\nThe reference implementation is written in C. Extensions in C, C++ or Rust do the \
             heavy work where speed is needed.",
        ),
        (
            "On Wikipedia, search for web browser and summarize the history section",
            "The first browser was written in 1990 at CERN in Geneva, together with the first web server.",
        ),
        (
            "Summarize the Wikipedia article on gradient descent",
            "Gradient descent is a method for finding a low point of a function by taking small steps downhill.",
        ),
        (
            "Go to wikipedia.org and list the first two famous lighthouses",
            "1. The Pharos of Alexandria, counted among the wonders of the ancient world\n2. The Tower of Hercules in Spain, the oldest one \
             still in use",
        ),
        ("Go to en.wikipedia.org/contents and list the top 3 articles", "1. Gradient descent\n2. Lighthouse\n3. Machine learning"),
    ])
    .await;
}

#[tokio::test]
async fn follows_the_vocabulary_on_the_code_host() {
    ends(&[
        (
            "Find the top 2 trending TypeScript repositories on GitHub",
            "1. papercrane/foldable · Layout components that fit a phone and a wall of screens. · TypeScript ★ 19,733 541 stars today\n2. \
             lakeside-ui/pebble · State for small applications in one kilobyte. · TypeScript ★ 16,488 499 stars today",
        ),
        (
            "What is trending on GitHub? Only the top one.",
            "1. tidewater-lab/driftnet · Finds slow changes in time series before they become alarms. · Python ★ 18,420 612 stars today",
        ),
        (
            "Go to github.com and find the trending Python repositories about speech",
            "1. saltmarsh/earshot · Speech to text on a laptop, with word timings. · Python ★ 6,890 231 stars today",
        ),
        (
            "On GitHub search for tests and list the first 2 results",
            "1. brightwater/measuring-tape · Property tests for data frames: says which row breaks which rule. · Python ★ 9,764\n2. \
             fernhill/seedbank · Fixtures for tests that look like real data and contain none. · Python ★ 5,132",
        ),
        (
            "Search for power on GitHub and open the first result and read the title",
            "ironwood/kestrel: A key-value store in one file that survives power cuts - GitHub",
        ),
        (
            "Go to github.com, click on About and read the second paragraph",
            "All names, descriptions and numbers are invented. They look like what one would find on such a site, so that a program that reads \
             pages has something to read.",
        ),
        (
            "Go to github.com/trending/rust and read the first item, then go to Wikipedia and summarize the article about Rust",
            "ironwood/kestrel · A key-value store in one file that survives power cuts. · Rust ★ 21,055 574 stars today\n\nRust is a \
             programming language for software that has to be fast and must not fail in the ways that memory errors make programs fail.",
        ),
    ])
    .await;
}

#[tokio::test]
async fn says_what_it_does_not_understand_or_find() {
    ends(&[
        ("Go to github.com and dance", "not_understood: The instruction is not understood: no meaning here for \"dance\"."),
        (
            "Read the first heading",
            "not_understood: No page is open and the instruction names no site where to look for a heading: say which, such as \"on \
             wikipedia.org\".",
        ),
        (
            "Find GitHub's trending Haskell repositories",
            "not_found: Could not find \"trending Haskell repositories\" on \"GitHub\" (https://github.com/), \"Trending repositories on \
             GitHub today\" (https://github.com/trending), \"trending Haskell repositories - Repository search - GitHub\" \
             (https://github.com/search?q=trending+Haskell+repositories). Nothing there says \"Haskell\".",
        ),
        (
            "Go to wikipedia.org and find the price of tea",
            "not_found: Could not find \"price tea\" on \"Wikipedia\" (https://wikipedia.org/), \"price tea - Search results - Wikipedia\" \
             (https://wikipedia.org/search?q=price+tea). Nothing there says \"price\" or \"tea\".",
        ),
        ("Search for zebra on wikipedia", "No article mentions these words."),
        (
            "Search for python on Wikipedia and read the first sentence",
            "Python is a programming language known for source code that reads easily.",
        ),
    ])
    .await;
    let outcome = demo("Go to nowhere.test and read the title").await;
    assert!(outcome.end.starts_with("not_found: Could not open https://nowhere.test/. The last action failed:"), "{}", outcome.end);
}

/// A set that lies elsewhere is looked for; some entries of the first page are not told for it.
#[tokio::test]
async fn counts_what_is_named_and_compares_no_part_of_it() {
    ends(&[("Go to github.com and count the trending repositories", "10")]).await;
    let outcome = demo("Find the most starred Rust repository on GitHub").await;
    assert!(outcome.end.starts_with("not_found: "), "{outcome:#?}");
}
