use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::net::SystemResolver;

/// Answers with these addresses in turn, and with the last one from then on.
#[derive(Debug, Default)]
struct Answers {
    left: Mutex<VecDeque<IpAddr>>,
    asked: AtomicUsize,
}

impl Answers {
    fn new(addresses: &[&str]) -> Arc<Self> {
        let left = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { left: Mutex::new(left), asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Resolve for Answers {
    async fn resolve(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut left = self.left.lock().unwrap();
        let next = if left.len() > 1 { left.pop_front() } else { left.front().copied() };
        Ok(next.into_iter().collect())
    }
}

/// A web server that says what it was asked, and counts its connections.
struct Site {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Site {
    async fn on(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let asked = head(&mut stream).await;
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nkeep-alive: 5\r\nconnection: x-own\r\nx-own: 1\r\ncontent-length: {}\r\n\r\n{asked}",
                        asked.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads up to the empty line after the header fields.
async fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            break;
        }
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

async fn proxy(policy: &Policy, resolver: Arc<dyn Resolve>) -> Proxy {
    Proxy::start(policy.clone(), resolver).await.unwrap()
}

fn open() -> Policy {
    Policy { allow_private: true, ..Policy::default() }
}

async fn connection(proxy: &Proxy) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap()
}

/// Sends one request and reads all of the answer.
async fn ask(proxy: &Proxy, request: &str) -> String {
    let mut stream = connection(proxy).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(proxy: &Proxy, url: &str) -> String {
    ask(proxy, &format!("GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await
}

async fn connect(proxy: &Proxy, authority: &str) -> String {
    ask(proxy, &format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")).await
}

#[tokio::test]
async fn plain_requests_are_passed_on_without_what_is_for_the_proxy() {
    let site = Site::on("127.0.0.1:0").await;
    let proxy = proxy(&open(), Arc::new(SystemResolver)).await;
    let request = format!(
        "GET http://user:word@{}/path?query HTTP/1.1\r\nHost: elsewhere.test\r\nX-Kept: 1\r\nX-Own: 1\r\nConnection: close, x-own\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\n\r\n",
        site.address
    );
    let answer = ask(&proxy, &request).await;
    let (fields, asked) = answer.split_once("\r\n\r\n").unwrap();
    assert!(fields.starts_with("HTTP/1.1 200 OK\r\n") && !fields.contains("x-own") && !fields.contains("keep-alive"), "{fields}");
    assert!(asked.starts_with("GET /path?query HTTP/1.1\r\n") && asked.contains("X-Kept: 1"), "{asked}");
    assert!(asked.to_lowercase().contains(&format!("host: {}\r\n", site.address)), "{asked}");
    for gone in ["elsewhere", "X-Own", "roxy-", "pgrade", "word"] {
        assert!(!asked.contains(gone), "{gone} in {asked}");
    }
}

#[tokio::test]
async fn a_tunnel_passes_bytes_both_ways() {
    let site = Site::on("127.0.0.1:0").await;
    let proxy = proxy(&open(), Arc::new(SystemResolver)).await;
    let mut stream = connection(&proxy).await;
    stream.write_all(format!("CONNECT localhost:{} HTTP/1.1\r\n\r\n", site.address.port()).as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    stream.write_all(b"any bytes\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("any bytes\r\n\r\n"), "{answer}");
    assert_eq!(site.connections(), 1);
}

#[tokio::test]
async fn refused_addresses_see_no_connection_in_any_spelling() {
    let site = Site::on("127.0.0.1:0").await;
    let port = site.address.port();
    let proxy = proxy(&Policy::default(), Arc::new(SystemResolver)).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "127.8.8.8",
        "0.0.0.0",
        "0",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "a.localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.1",
        "[ff02::1]",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "[2001:db8::1]",
    ] {
        for answer in [get(&proxy, &format!("http://{host}:{port}/")).await, connect(&proxy, &format!("{host}:{port}")).await] {
            assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("--allow "), "{host}: {answer}");
        }
    }
    assert_eq!(site.connections(), 0);
    // The site does count.
    connection_to(&site).await;
}

async fn connection_to(site: &Site) {
    drop(TcpStream::connect(site.address).await.unwrap());
    while site.connections() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refusal_is_a_page_and_is_remembered_until_it_is_over() {
    let site = Site::on("127.0.0.1:0").await;
    let url = format!("http://a.test:{}/", site.address.port());
    let answers = Answers::new(&["10.0.0.1", "127.0.0.1"]);
    let policy = Policy { deny: vec!["10.0.0.1".parse().unwrap()], ..open() };
    let proxy = proxy(&policy, answers).await;
    let answer = get(&proxy, &url).await;
    assert!(answer.contains("content-type: text/plain") && answer.ends_with("a.test is refused by --deny 10.0.0.1\n"), "{answer}");
    assert_eq!(proxy.failure(&url).unwrap(), "a.test is refused by --deny 10.0.0.1");
    assert_eq!(proxy.failure(&format!("{url}#part")), proxy.failure(&url));
    for other in ["http://a.test/".to_owned(), format!("{url}other"), url.replace("http:", "https:")] {
        assert_eq!(proxy.failure(&other), None, "{other}");
    }
    assert!(get(&proxy, &url).await.starts_with("HTTP/1.1 200"));
    assert_eq!(proxy.failure(&url), None);
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to() {
    let site = Site::on("127.0.0.1:0").await;
    let port = site.address.port();
    let other = Site::on(&format!("127.0.0.2:{port}")).await;
    let answers = Answers::new(&["127.0.0.1", "127.0.0.2"]);
    let policy = Policy { deny: vec!["127.0.0.2".parse().unwrap()], ..open() };
    let proxy = proxy(&policy, Arc::clone(&answers) as Arc<dyn Resolve>).await;
    let url = format!("http://rebinding.test:{port}/");
    assert!(get(&proxy, &url).await.starts_with("HTTP/1.1 200"));
    assert_eq!((answers.asked.load(Ordering::SeqCst), site.connections()), (1, 1));
    // The second answer leads to where it may not go.
    let answer = get(&proxy, &url).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("--deny 127.0.0.2"), "{answer}");
    assert_eq!((answers.asked.load(Ordering::SeqCst), site.connections(), other.connections()), (2, 1, 0));
}

#[tokio::test]
async fn a_denied_name_is_not_even_resolved() {
    let answers = Answers::new(&["127.0.0.1"]);
    let policy = Policy { deny: vec!["*.test".parse().unwrap()], ..open() };
    let proxy = proxy(&policy, Arc::clone(&answers) as Arc<dyn Resolve>).await;
    assert!(connect(&proxy, "a.test:443").await.starts_with("HTTP/1.1 403"));
    assert_eq!(proxy.failure("https://a.test/any").unwrap(), "a.test is refused by --deny *.test");
    assert_eq!(answers.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::spawn(async move { while silent.accept().await.is_ok() {} });
    let proxy = proxy(&open(), Answers::new(&[])).await;
    for (url, status, why) in [
        (format!("http://{closed}/"), "502", "127.0.0.1 refused the connection"),
        (format!("http://{address}/"), "502", "127.0.0.1 did not answer as a web server does"),
        ("http://nowhere.test/".to_owned(), "502", "there is no such host: nowhere.test"),
        ("/status".to_owned(), "400", "this is a proxy"),
        ("https://127.0.0.1/".to_owned(), "400", "this is a proxy"),
        ("http://a..b:1/".to_owned(), "502", "no such host"),
        ("http://1.2.3.4.5/".to_owned(), "400", "no valid host"),
    ] {
        let answer = get(&proxy, &url).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why), "{url}: {answer}");
    }
    let answer = connect(&proxy, "127.0.0.1").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn a_dropped_proxy_ends_its_connections() {
    let site = Site::on("127.0.0.1:0").await;
    let proxy = proxy(&open(), Arc::new(SystemResolver)).await;
    let mut tunnel = connection(&proxy).await;
    tunnel.write_all(format!("CONNECT {} HTTP/1.1\r\n\r\n", site.address).as_bytes()).await.unwrap();
    assert!(head(&mut tunnel).await.starts_with("HTTP/1.1 200"));
    let port = proxy.port();
    drop(proxy);
    assert_eq!(tunnel.read(&mut [0]).await.unwrap_or(0), 0);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
