//! Going from page to page, tab to tab, and past dialogs.

use std::time::{Duration, Instant};

use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, ComputerError, Computers};
use lightcone_server::net::Policy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Desk, VIEWPORT};

#[tokio::test]
async fn links_lead_on_and_the_history_leads_back_and_forth() {
    let desk = Desk::with(&[
        ("site.test/index.html", "<title>First</title><a href='/second'>On</a>"),
        ("site.test/second.html", "<title>Second</title><p>more"),
    ])
    .await;
    desk.click("link", "On").await;
    assert_eq!(desk.page().await.title, "Second");
    desk.act(Action::Back).await;
    assert_eq!(desk.page().await.title, "First");
    let error = desk.refused(Action::Back).await;
    assert!(error.contains("this is the first page"), "{error}");
    desk.act(Action::Forward).await;
    assert_eq!(desk.page().await.title, "Second");
    let error = desk.refused(Action::Forward).await;
    assert!(error.contains("this is the last page"), "{error}");
    desk.close().await;
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let desk = Desk::showing("<p>here").await;
    for (url, why) in [
        ("file:///etc/passwd", "only http: and https:"),
        ("javascript:alert(1)", "only http: and https:"),
        ("chrome://version", "only http: and https:"),
        ("devtools://devtools/bundled/inspector.html", "only http: and https:"),
        ("view-source:http://site.test/", "only http: and https:"),
        ("ftp://site.test/", "only http: and https:"),
        ("data:text/html,x", "only http: and https:"),
        ("site.test", "begins with http:// or https://"),
        ("", "begins with http:// or https://"),
        ("http://nowhere.test/", "the offline web has no such host, only site.test"),
    ] {
        let outcome = desk.computer.act(&Action::Navigate { url: url.to_owned() }).await;
        let Err(ComputerError::Action(error)) = outcome else { panic!("{url}: {outcome:?}") };
        assert!(error.contains(why) && error.contains(url), "{url}: {error}");
    }
    desk.open("https://site.test/").await;
    desk.shows("here").await;
    desk.close().await;
}

#[tokio::test]
async fn the_address_that_is_shown_is_loaded_anew() {
    let desk = Desk::showing("<input aria-label=Word><h2 id=part>Part</h2>").await;
    for address in ["http://site.test/", "http://site.test/#part"] {
        desk.open(address).await;
        desk.click("textbox", "Word").await;
        desk.act(Action::Type { text: "typed".to_owned() }).await;
        desk.open(address).await;
        assert_eq!(desk.find("textbox", "Word").await.value.as_deref().unwrap_or_default(), "", "{address}");
    }
    desk.close().await;
}

#[tokio::test]
async fn reloading_loads_the_page_anew() {
    let desk = Desk::showing("<input aria-label=Word>").await;
    desk.click("textbox", "Word").await;
    desk.write("typed").await;
    desk.act(Action::Reload).await;
    assert_eq!(desk.find("textbox", "Word").await.value.as_deref().unwrap_or_default(), "");
    desk.close().await;
}

#[tokio::test]
async fn without_a_web_the_network_is_seen() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((mut browser, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _request = browser.read(&mut [0; 4096]).await.unwrap();
                // Slower than a page may rest before it counts as settled.
                tokio::time::sleep(Duration::from_millis(400)).await;
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<title>Real</title>";
                browser.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    let policy = Policy { allow_private: true, ..Policy::default() };
    let computer = Chromium { policy, ..Chromium::default() }.launch("c".to_owned(), VIEWPORT, None).await.unwrap();
    computer.act(&Action::Navigate { url: format!("http://{address}/") }).await.unwrap();
    assert_eq!(computer.page().await.unwrap().title, "Real");
    server.abort();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = computer.act(&Action::Navigate { url: format!("http://{closed}/") }).await.unwrap_err().to_string();
    assert!(error.contains("refused the connection"), "{error}");
    computer.close().await;
}

#[tokio::test]
async fn a_new_tab_is_followed_and_left_when_it_closes() {
    let desk = Desk::with(&[
        (
            "site.test/index.html",
            "<title>Opener</title><a href='/tab' target=_blank>Tab</a> <button onclick='window.open(\"/tab\")'>Window</button>
             <button onclick='setTimeout(() => window.open(\"/tab\"), 60)'>Later</button>",
        ),
        ("site.test/tab.html", "<title>Tab</title><button onclick='window.close()'>Close</button><p>in the tab"),
    ])
    .await;
    for (role, name) in [("button", "Window"), ("button", "Later"), ("link", "Tab")] {
        desk.click(role, name).await;
        let page = desk.page().await;
        assert_eq!((page.title.as_str(), page.viewport), ("Tab", VIEWPORT), "{name}");
        desk.shows("in the tab").await;
        let png = desk.computer.screenshot().await.unwrap();
        assert_eq!(&png[16..24], [0, 0, 3, 32, 0, 0, 2, 88], "800 by 600");
        desk.click("button", "Close").await;
        assert_eq!(desk.page().await.title, "Opener", "{name}");
    }
    desk.close().await;
}

#[tokio::test]
async fn a_closed_last_tab_leaves_an_empty_page() {
    let desk = Desk::showing("<script>onclick = () => { open('about:blank', '_self'); close() }</script><button>End</button>").await;
    desk.click("button", "End").await;
    assert_eq!(desk.page().await.url, "about:blank");
    desk.open("http://site.test/").await;
    desk.find("button", "End").await;
    desk.close().await;
}

#[tokio::test]
async fn dialogs_never_stop_a_task() {
    let desk = Desk::showing(
        "<p id=out>-</p><button onclick='alert(\"a\"); out.textContent = \"alerted\"'>Alert</button>
        <button onclick='out.textContent = \"confirmed \" + confirm(\"c\")'>Confirm</button>
        <button onclick='print(); out.textContent = \"printed\"'>Print</button>
        <button onclick='out.textContent = \"answered \" + prompt(\"p\", \"given\")'>Prompt</button>
        <script>onbeforeunload = event => event.preventDefault()</script>",
    )
    .await;
    for (button, text) in [("Alert", "alerted"), ("Confirm", "confirmed true"), ("Print", "printed"), ("Prompt", "answered given")] {
        desk.click("button", button).await;
        desk.shows(text).await;
    }
    // The page was touched, so that leaving it asks.
    let before = Instant::now();
    desk.open("http://site.test/missing").await;
    desk.shows("Not Found").await;
    assert!(before.elapsed() < Duration::from_secs(8));
    desk.close().await;
}

#[tokio::test]
async fn a_link_that_leads_nowhere_costs_no_wait() {
    let desk = Desk::with(&[
        (
            "site.test/index.html",
            "<a href='#part'>Part</a> <a href='javascript:void 0'>Script</a> <a href='mailto:a@b.test'>Mail</a>
             <a href='/file.bin'>File</a> <a href='/x' download>Download</a> <a href='http://nowhere.test/'>Nowhere</a>",
        ),
        ("site.test/file.bin", "bytes"),
    ])
    .await;
    for name in ["Part", "Script", "Mail", "File", "Download"] {
        let before = Instant::now();
        desk.click("link", name).await;
        assert!(before.elapsed() < Duration::from_secs(4), "{name}: {:?}", before.elapsed());
    }
    let coordinates = desk.point("link", "Nowhere").await;
    let error = desk.refused(Action::Click { coordinates }).await;
    assert_eq!(error, "the page http://nowhere.test/ could not be opened");
    desk.act(Action::Wait { ms: 1 }).await;
    desk.act(Action::Back).await;
    desk.find("link", "Part").await;
    desk.close().await;
}
