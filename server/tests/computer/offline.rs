//! The offline web in a real browser: what is in it is answered, all else is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lightcone_server::computer::Action;
use tokio::net::TcpListener;

use crate::support::Desk;

#[tokio::test]
async fn hosts_are_folders_also_for_their_subdomains() {
    let desk = Desk::with(&[
        (
            "site.test/index.html",
            "<title>Home</title><link rel=stylesheet href='/style.css'><p>home<script src='https://cdn.parts.test/part.js'></script>",
        ),
        ("site.test/style.css", "p { width: 123px }"),
        ("site.test/404.html", "<p>own words for what is missing"),
        ("parts.test/part.js", "document.body.append('a part of another host')"),
        ("special.site.test/index.html", "<p>a folder of its own"),
    ])
    .await;
    desk.shows("a part of another host").await;
    let page = desk.page().await;
    let paragraph = page.nodes.iter().find(|node| node.role == "paragraph").unwrap();
    assert_eq!(paragraph.bounds.unwrap().width, 123.0);
    for (url, text) in [
        ("https://www.site.test/", "home"),
        ("http://en.www.site.test:8080/?x=1#y", "home"),
        ("https://special.site.test/", "a folder of its own"),
        ("https://site.test/no/such/page", "own words for what is missing"),
    ] {
        desk.open(url).await;
        desk.shows(text).await;
        assert_eq!(desk.page().await.url, url);
    }
    desk.close().await;
}

#[tokio::test]
async fn nothing_leaves_the_browser() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    let accept = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let page = format!(
        "<!doctype html><title>Try</title><iframe src='http://{address}/frame'></iframe><img src='http://localhost:{port}/image'>
        <p id=out></p><script>
        const results = [];
        const note = text => {{ results.push(text); out.textContent = results.sort().join(' ') }};
        for (const host of ['127.0.0.1', 'localhost', '[::1]', 'elsewhere.test', '2130706433']) {{
          fetch(`http://${{host}}:{port}/fetch`, {{ mode: 'no-cors' }}).then(() => note('fetched:' + host), () => note('refused'));
          const socket = new WebSocket(`ws://${{host}}:{port}/socket`);
          socket.onopen = () => note('socket:' + host);
          socket.onerror = () => note('refused');
        }}
        navigator.sendBeacon('http://{address}/beacon');
        new Worker('data:text/javascript,fetch(\"http://{address}/worker\").catch(() => postMessage(1))').onmessage = () => note('refused');
        onclick = () => {{ open('http://{address}/popup'); open('http://elsewhere.test/') }};
        </script><button>Popups</button>"
    );
    let desk = Desk::with(&[("site.test/index.html", &page)]).await;
    // As many answers as there were questions.
    for _ in 0..100 {
        if desk.text().await.matches("refused").count() >= 11 {
            break;
        }
        desk.act(Action::Wait { ms: 50 }).await;
    }
    assert_eq!(desk.text().await.matches("refused").count(), 11, "{}", desk.text().await);
    let coordinates = desk.point("button", "Popups").await;
    let error = desk.refused(Action::Click { coordinates }).await;
    assert!(error.contains("could not be opened"), "{error}");
    let error = desk.refused(Action::Navigate { url: format!("http://{address}/") }).await;
    assert!(error.contains("no such host"), "{error}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    // The listener does count: a connection from outside the browser is seen.
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    while connections.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    accept.abort();
    desk.close().await;
}

#[tokio::test]
async fn popups_are_answered_from_the_web_too() {
    let desk = Desk::with(&[
        ("site.test/index.html", "<a href='https://other.test/a' target=_blank rel=noopener>Other</a>"),
        ("other.test/a.html", "<title>Other</title><p>from a file"),
    ])
    .await;
    desk.click("link", "Other").await;
    assert_eq!(desk.page().await.url, "https://other.test/a");
    desk.shows("from a file").await;
    desk.close().await;
}
