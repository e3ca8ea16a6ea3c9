//! What a browser on the network may reach, tried with a real one: each way around is
//! walked on loopback and TEST-NET addresses, and who was reached is counted.

use lightcone_server::computer::Action;
use lightcone_server::computer::chromium::Chromium;
use lightcone_server::net::Policy;
use tokio::net::{TcpStream, UdpSocket};

use crate::site::{Names, Packets, Site, page_and_redirects};
use crate::support::{Desk, outline};

/// Loopback in many spellings, and a name for it that is not its own.
const SPELLINGS: [&str; 10] = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "[::ffff:127.0.0.1]",
    "trick.test",
];

/// Closed to everybody, and not on this machine.
const ELSEWHERE: [&str; 7] = ["192.0.2.1", "198.51.100.1", "203.0.113.1", "[2001:db8::1]", "[::]", "meta.test", "docs.test"];

fn chromium(allow_private: bool) -> Chromium {
    let names = Names::new(&[
        ("page.test", &["127.0.0.1"]),
        ("trick.test", &["127.0.0.1"]),
        ("localhost", &["127.0.0.1"]),
        ("meta.test", &["169.254.169.254"]),
        ("docs.test", &["192.0.2.1"]),
        ("rebinding.test", &["127.0.0.1", "127.0.0.2"]),
    ]);
    let allow = vec!["page.test".parse().unwrap()];
    Chromium { policy: Policy { allow_private, allow, deny: Vec::new() }, resolver: names, ..Chromium::default() }
}

/// What a page may ask for: each answers the same to whatever path.
async fn target() -> Site {
    Site::start(|path| {
        let (kind, body) = match path {
            "/image" => ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
            "/script" => ("text/javascript", "globalThis.loaded = true"),
            "/style" => ("text/css", "p { color: red }"),
            _ => ("text/html", "<title>Reached</title><p>reached<script>(opener ?? parent).postMessage('reached', '*')</script>"),
        };
        (format!("content-type: {kind}\r\n"), body.to_owned())
    })
    .await
}

/// A page that tries everything on `hosts` and notes `reached` or `refused` for each try;
/// frames send a message in place of it.
fn tries(hosts: &[&str], port: u16) -> String {
    let hosts = hosts.iter().map(|host| format!("'{host}:{port}'")).collect::<Vec<_>>().join(",");
    format!(
        "<!doctype html><title>Tries</title><p id=out>none</p><script>
        const notes = [];
        let messages = 0;
        const show = () => out.textContent = notes.length + ' done, ' + messages + ' messages, ' + notes.join(' ');
        const note = (way, reached) => {{ notes.push(way + (reached ? ':reached' : ':refused')); show() }};
        addEventListener('message', () => {{ messages++; show() }});
        const element = (way, tag, attributes) => {{
          const made = Object.assign(document.createElement(tag), attributes);
          made.onload = () => note(way, true);
          made.onerror = () => note(way, false);
          document.head.append(made);
        }};
        // Whatever is in a frame, it loads; what was reached sends a message.
        const frame = src => document.body.append(Object.assign(document.createElement('iframe'), {{
          src, onload: () => {{ notes.push('frame:loaded'); show() }},
        }}));
        const ask = (way, url) => fetch(url).then(() => note(way, true), () => note(way, false));
        for (const host of [{hosts}]) {{
          const url = 'http://' + host;
          ask('fetch', url + '/fetch');
          ask('redirect', '/to?' + url + '/redirected');
          element('image', 'img', {{ src: url + '/image' }});
          element('script', 'script', {{ src: url + '/script' }});
          element('style', 'link', {{ rel: 'stylesheet', href: url + '/style' }});
          frame(url + '/frame');
          frame('/to?' + url + '/frame');
          const worker = new Worker(URL.createObjectURL(new Blob([
            `fetch('${{url}}/worker').then(() => postMessage(true), () => postMessage(false))`])));
          worker.onmessage = event => note('worker', event.data);
          const importer = new Worker(URL.createObjectURL(new Blob([
            `try {{ importScripts('${{url}}/script'); postMessage(true) }} catch {{ postMessage(false) }}`])));
          importer.onmessage = event => note('import', event.data);
        }}
        </script>"
    )
}

/// So many tries are made for each host, so many of them in frames.
const WAYS: (usize, usize) = (9, 2);

/// Waits until a page tells of so many tries, and returns all that it tells.
async fn outcomes(desk: &Desk, expected: &str) -> String {
    for _ in 0..200 {
        let text = desk.text().await;
        if text.contains(expected) {
            return text;
        }
        desk.act(Action::Wait { ms: 50 }).await;
    }
    panic!("{expected:?} should be told: {}", desk.text().await);
}

#[tokio::test]
async fn no_part_of_a_page_reaches_what_is_closed() {
    let target = target().await;
    let hosts = [&SPELLINGS[..], &ELSEWHERE].concat();
    let site = Site::start(page_and_redirects(tries(&hosts, target.port()))).await;
    let desk = Desk::on(chromium(false)).await;
    desk.open(&format!("http://page.test:{}/", site.port())).await;
    let text = outcomes(&desk, &format!("{} done, 0 messages", hosts.len() * WAYS.0)).await;
    assert!(!text.contains(":reached"), "{text}");
    assert_eq!(target.connections(), 0);
    desk.close().await;
}

#[tokio::test]
async fn the_same_page_reaches_all_of_it_when_private_addresses_are_open() {
    let target = target().await;
    let site = Site::start(page_and_redirects(tries(&SPELLINGS, target.port()))).await;
    let desk = Desk::on(chromium(true)).await;
    desk.open(&format!("http://page.test:{}/", site.port())).await;
    let text = outcomes(&desk, &format!("{} done, {} messages", SPELLINGS.len() * WAYS.0, SPELLINGS.len() * WAYS.1)).await;
    assert!(!text.contains(":refused"), "{text}");
    assert!(target.connections() > 0);
    desk.close().await;
}

/// A page whose buttons and links lead elsewhere by a click.
fn leads(port: u16) -> String {
    let target = format!("127.0.0.1:{port}");
    format!(
        "<title>Leads</title>
        <a href='http://{target}/link'>Link</a> <a href='/to?http://{target}/redirected'>Redirect</a>
        <a href='https://{target}/tunnel'>Secure</a> <a href='http://{target}/tab' target=_blank>Tab</a>
        <button onclick='window.open(\"http://{target}/popup\")'>Popup</button>
        <button onclick='location = \"http://trick.test:{port}/\"'>Script</button>
        <form action='http://{target}/form' method=post><button>Form</button></form>"
    )
}

#[tokio::test]
async fn a_closed_page_is_an_error_that_says_what_opens_it() {
    let target = target().await;
    let site = Site::start(page_and_redirects(leads(target.port()))).await;
    let home = format!("http://page.test:{}/", site.port());
    let desk = Desk::on(chromium(false)).await;
    for (role, name, host) in [
        ("link", "Link", "127.0.0.1"),
        ("link", "Redirect", "127.0.0.1"),
        ("link", "Secure", "127.0.0.1"),
        ("link", "Tab", "127.0.0.1"),
        ("button", "Popup", "127.0.0.1"),
        ("button", "Script", "trick.test"),
        ("button", "Form", "127.0.0.1"),
    ] {
        desk.open(&home).await;
        let coordinates = desk.point(role, name).await;
        let error = desk.refused(Action::Click { coordinates }).await;
        let why = format!("{host} is refused: 127.0.0.1 is a loopback address; --allow {host} opens this host, --allow-private");
        assert!(error.contains(&why) && error.contains("could not be opened"), "{name}: {error}");
    }
    for url in
        [format!("http://{}/", target.address), format!("https://{}/", target.address), format!("{home}to?http://{}/", target.address)]
    {
        let error = desk.refused(Action::Navigate { url: url.clone() }).await;
        assert!(error.contains("127.0.0.1 is a loopback address; --allow 127.0.0.1 opens"), "{url}: {error}");
    }
    // The page itself says so, too.
    desk.shows("127.0.0.1 is refused: 127.0.0.1 is a loopback address; --allow 127.0.0.1 opens this host, --allow-private all loopback and private addresses").await;
    assert_eq!(target.connections(), 0);
    desk.close().await;

    let desk = Desk::on(chromium(true)).await;
    for (role, name) in
        [("link", "Link"), ("link", "Redirect"), ("link", "Tab"), ("button", "Popup"), ("button", "Script"), ("button", "Form")]
    {
        desk.open(&home).await;
        desk.click(role, name).await;
        assert_eq!(desk.page().await.title, "Reached", "{name}");
    }
    desk.close().await;
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_checked_each_time() {
    let site =
        Site::start(page_and_redirects("<link rel=icon href='data:,'><title>First</title><a href='/again'>Again</a>".to_owned())).await;
    let mut chromium = chromium(true);
    chromium.policy.deny.push("127.0.0.2".parse().unwrap());
    let desk = Desk::on(chromium).await;
    desk.open(&format!("http://rebinding.test:{}/", site.port())).await;
    let coordinates = desk.point("link", "Again").await;
    let error = desk.refused(Action::Click { coordinates }).await;
    assert!(error.contains("rebinding.test is refused by --deny 127.0.0.2"), "{error}");
    assert_eq!(site.connections(), 1);
    desk.close().await;
}

/// A page that opens what is no request: sockets, peer connections, transports.
fn channels(port: u16, udp: u16) -> String {
    format!(
        "<!doctype html><title>Channels</title><link rel=preconnect href='http://127.0.0.1:{port}'><link rel=dns-prefetch href='//trick.test'>
        <p id=out>none</p><script>
        const notes = [];
        const note = way => {{ notes.push(way); out.textContent = notes.length + ' done ' + notes.join(' ') }};
        for (const host of ['127.0.0.1', 'localhost', 'trick.test', '[::ffff:127.0.0.1]']) {{
          const socket = new WebSocket(`ws://${{host}}:{port}/socket`);
          socket.onopen = socket.onerror = () => note('socket');
        }}
        new EventSource('http://127.0.0.1:{port}/events').onerror = event => {{ event.target.close(); note('events') }};
        fetch('https://127.0.0.1:{port}/').catch(() => note('tunnel'));
        navigator.sendBeacon('http://127.0.0.1:{port}/beacon');
        const peers = async () => {{
          const [a, b] = [0, 1].map(() => new RTCPeerConnection({{ iceServers: [
            {{ urls: 'stun:127.0.0.1:{udp}' }},
            {{ urls: ['turn:127.0.0.1:{udp}', 'turn:127.0.0.1:{port}?transport=tcp'], username: 'u', credential: 'c' }},
          ] }}));
          a.createDataChannel('channel');
          const gathered = new Promise(done => a.onicegatheringstatechange = () => a.iceGatheringState === 'complete' && done());
          await a.setLocalDescription();
          await b.setRemoteDescription(a.localDescription);
          await b.setLocalDescription();
          await a.setRemoteDescription(b.localDescription);
          for (const candidate of ['1 1 udp 2122260223 127.0.0.1 {udp} typ host', '2 1 tcp 1518280447 127.0.0.1 {port} typ host tcptype passive'])
            await a.addIceCandidate({{ candidate: 'candidate:' + candidate, sdpMid: '0' }});
          await gathered;
        }};
        peers().then(() => note('peers'), error => note(error));
        </script>"
    )
}

#[tokio::test]
async fn nothing_goes_around_the_proxy_or_out_of_the_offline_web() {
    let (target, packets) = (target().await, Packets::start().await);
    let page = channels(target.port(), packets.port);
    let site = Site::start(page_and_redirects(page.clone())).await;
    let online = Desk::on(chromium(false)).await;
    online.open(&format!("http://page.test:{}/", site.port())).await;
    let offline = Desk::with(&[("site.test/index.html", &page)]).await;
    for desk in [online, offline] {
        let text = outcomes(&desk, "7 done").await;
        assert!(text.contains("peers"), "{text}");
        desk.close().await;
    }
    assert_eq!((target.connections(), packets.count()), (0, 0));
    // Both do count.
    UdpSocket::bind("127.0.0.1:0").await.unwrap().send_to(b"x", ("127.0.0.1", packets.port)).await.unwrap();
    drop(TcpStream::connect(target.address).await.unwrap());
    while (target.connections(), packets.count()) != (1, 1) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn pages_do_not_lead_to_files_or_into_the_browser() {
    let secret = tempfile::NamedTempFile::with_suffix(".html").unwrap();
    std::fs::write(secret.path(), "<title>Secret</title><p>secret words").unwrap();
    let file = format!("file://{}", secret.path().display());
    let addresses = [
        &file,
        "chrome://version",
        "devtools://devtools/bundled/inspector.html",
        "view-source:http://page.test/",
        "ftp://192.0.2.1/",
        "chrome-error://x",
    ];
    let mut ways = String::new();
    for (index, address) in addresses.iter().enumerate() {
        ways += &format!(
            "<a href='{address}'>link{index}</a> <a href='{address}' target=_blank>tab{index}</a> <a href='/to?{address}'>redirect{index}</a>
            <button onclick='location = \"{address}\"'>script{index}</button><button onclick='window.open(\"{address}\")'>window{index}</button>
            <iframe src='{address}' height=9></iframe><object data='{address}' height=9></object><br>"
        );
    }
    let page = format!(
        "<title>Home</title><script>
        const notes = new Set();
        const note = text => {{ notes.add(text); out.textContent = [...notes].join(' ') }};
        </script><p id=out></p>{ways}<script>
        fetch('{file}').then(() => note('read'), () => note('unread'));
        new Worker(URL.createObjectURL(new Blob([`fetch('{file}').then(() => postMessage('read'), () => postMessage('kept'))`]))).onmessage = event => note(event.data);
        </script>"
    );
    let site = Site::start(page_and_redirects(page)).await;
    let home = format!("http://page.test:{}/", site.port());
    let desk = Desk::on(chromium(true)).await;
    desk.open(&home).await;
    let text = outcomes(&desk, "kept").await;
    assert!(text.contains("unread") && !text.contains("secret"), "{text}");
    for (index, address) in addresses.iter().enumerate() {
        for (role, way) in [("link", "link"), ("link", "tab"), ("link", "redirect"), ("button", "script"), ("button", "window")] {
            desk.open(&home).await;
            let coordinates = desk.point(role, &format!("{way}{index}")).await;
            // A click that leads nowhere may be an error or nothing at all.
            let outcome = desk.computer.act(&Action::Click { coordinates }).await;
            let page = desk.page().await;
            let harmless = [home.as_str(), "", "about:blank", "about:blank#blocked", "chrome-error://chromewebdata/"];
            assert!(harmless.contains(&page.url.as_str()), "{way} {}: {outcome:?} {}", address, page.url);
            assert!(!outline(&page).contains("secret words"), "{way} {}", address);
        }
    }
    // Keys go to the page, never to the browser around it.
    desk.open(&home).await;
    for keys in [["Control", "u"], ["Control", "o"], ["Control", "l"], ["Control", "j"]] {
        desk.press(&keys).await;
    }
    desk.write(&format!("{file}\n")).await;
    assert_eq!(desk.page().await.url, home);
    desk.close().await;
}
