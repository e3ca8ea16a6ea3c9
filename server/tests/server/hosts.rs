//! Who may ask: which hosts, which pages, over sockets as they are.

use std::net::SocketAddr;

use lightcone_server::ServerConfig;
use lightcone_server::net::HostPattern;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::local::{KEY, Local};

const SCRIPTS: &str = "[{instruction: look, computer: true, steps: [{finish: done}]}]";

/// Sends these bytes to this address; the status, and the whole answer.
async fn exchange(address: SocketAddr, request: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no status: {answer:?}")).parse().unwrap();
    (status, answer)
}

fn address(local: &Local) -> SocketAddr {
    local.server.url().strip_prefix("http://").unwrap().parse().unwrap()
}

/// Asks for a task that is not there: 404 says that the request got through.
async fn ask(local: &Local, target: &str, headers: &[String]) -> u16 {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let request = format!("GET {target} HTTP/1.1\r\n{headers}Authorization: Bearer {KEY}\r\nConnection: close\r\n\r\n");
    let (status, answer) = exchange(address(local), &request).await;
    assert!(!answer.to_ascii_lowercase().contains("access-control-"), "{answer}");
    assert!(status != 403 || answer.contains("application/problem+json"), "{answer}");
    status
}

const TARGET: &str = "/agent/tasks/task_none";

async fn asked_of(local: &Local, host: &str) -> u16 {
    ask(local, TARGET, &[format!("Host: {host}")]).await
}

async fn asked_from(local: &Local, host: &str, origin: &str) -> u16 {
    ask(local, TARGET, &[format!("Host: {host}"), format!("Origin: {origin}")]).await
}

#[tokio::test]
async fn only_requests_to_its_own_hosts_get_through() {
    let local = Local::with_scripts(SCRIPTS).await;
    let port = address(&local).port();
    for name in ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"] {
        assert_eq!(asked_of(&local, name).await, 404, "{name}");
        assert_eq!(asked_of(&local, &format!("{name}:{port}")).await, 404, "{name}");
    }
    for name in
        ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", "0.0.0.0", "[::]", "localhost@evil.example"]
    {
        assert_eq!(asked_of(&local, name).await, 403, "{name}");
        assert_eq!(asked_of(&local, &format!("{name}:{port}")).await, 403, "{name}");
    }
    // What needs no key is no exception.
    for target in ["/", "/screenshots/a/b.png", "/nowhere"] {
        assert_eq!(ask(&local, target, &["Host: evil.example".to_owned()]).await, 403, "{target}");
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_host_may_stand_in_the_target_or_nowhere() {
    let local = Local::with_scripts(SCRIPTS).await;
    let port = address(&local).port();
    let host = format!("Host: 127.0.0.1:{port}");
    let asked = async |target: String, host: &str| ask(&local, &target, &[host.to_owned()]).await;
    assert_eq!(asked(format!("http://127.0.0.1:{port}{TARGET}"), &host).await, 404);
    assert_eq!(asked(format!("http://evil.example:{port}{TARGET}"), &host).await, 403);
    assert_eq!(asked(format!("http://localhost@evil.example{TARGET}"), &host).await, 403);
    assert_eq!(asked(format!("http://127.0.0.1:{port}{TARGET}"), "Host: evil.example").await, 403);
    // No host: the status of HTTP/1.0, which may leave it out, is the same.
    let request = format!("GET {TARGET} HTTP/1.0\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    assert_eq!(exchange(address(&local), &request).await.0, 403);
    local.server.shutdown().await;
}

#[tokio::test]
async fn only_its_own_pages_may_call() {
    let local = Local::with_scripts(SCRIPTS).await;
    let port = address(&local).port();
    for own in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(asked_from(&local, &own, &format!("http://{own}")).await, 404, "{own}");
        for other in ["null", "https://evil.example", "http://127.0.0.1:1", "http://localhost", "file://"] {
            assert_eq!(asked_from(&local, &own, other).await, 403, "{other}");
        }
        assert_eq!(asked_from(&local, &own, &format!("https://{own}")).await, 403, "{own}");
    }
    // A page of the same server under its other name is another site's to a browser.
    assert_eq!(asked_from(&local, &format!("127.0.0.1:{port}"), &format!("http://localhost:{port}")).await, 403);
    // A browser asks before it sends a key from another site's page; nothing allows it to.
    let preflight = format!(
        "OPTIONS /agent/tasks HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\nConnection: close\r\n\r\n"
    );
    let (status, answer) = exchange(address(&local), &preflight).await;
    assert!(status == 403 && !answer.to_ascii_lowercase().contains("access-control-"), "{answer}");
    local.server.shutdown().await;
}

fn open_to(listen: &str, allowed: &[&str]) -> impl FnOnce(&mut ServerConfig) {
    let allowed: Vec<HostPattern> = allowed.iter().map(|host| host.parse().unwrap()).collect();
    let listen = listen.parse().unwrap();
    move |config| (config.listen, config.allowed_hosts) = (listen, allowed)
}

#[tokio::test]
async fn other_machines_use_the_allowed_hosts() {
    let local = Local::with(SCRIPTS, open_to("0.0.0.0:0", &["agent.example", "*.lab.example"])).await;
    // The address that it listens on is no host to ask for; the one of this machine is.
    assert!(local.server.url().starts_with("http://127.0.0.1:"), "{}", local.server.url());
    let port = address(&local).port();
    for host in ["agent.example", "a.lab.example", "localhost"] {
        assert_eq!(asked_of(&local, &format!("{host}:{port}")).await, 404, "{host}");
    }
    for host in ["evil.example", "lab.example", "0.0.0.0"] {
        assert_eq!(asked_of(&local, &format!("{host}:{port}")).await, 403, "{host}");
    }
    // A proxy before it may be asked over TLS.
    for origin in ["http://agent.example", "https://agent.example"] {
        assert_eq!(asked_from(&local, "agent.example", origin).await, 404, "{origin}");
    }
    for origin in ["https://evil.example", "https://a.lab.example", "null"] {
        assert_eq!(asked_from(&local, "agent.example", origin).await, 403, "{origin}");
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn links_lead_to_where_they_were_asked_for() {
    let local = Local::with(SCRIPTS, open_to("127.0.0.1:0", &["agent.example"])).await;
    let id = local.run(json!({"instruction": "look"})).await[0]["task_id"].as_str().unwrap().to_owned();
    let link = async |headers: &str| {
        let target = format!("/agent/tasks/{id}/events");
        let request = format!("GET {target} HTTP/1.0\r\n{headers}\r\nAuthorization: Bearer {KEY}\r\n\r\n");
        let (status, answer) = exchange(address(&local), &request).await;
        assert_eq!(status, 200, "{answer}");
        let events = answer.lines().filter_map(|line| line.strip_prefix("data: "));
        let mut events = events.map(|event| serde_json::from_str::<Value>(event).unwrap());
        events.find_map(|event| event["screenshot_url"].as_str().map(str::to_owned)).unwrap()
    };
    let own = link(&format!("Host: {}", address(&local))).await;
    let path = own.strip_prefix(&local.server.url()).unwrap().to_owned();
    assert!(path.starts_with("/screenshots/task_"), "{own}");
    // The same address to the letter, signed once, behind another name.
    assert_eq!(link("Host: agent.example").await, format!("http://agent.example{path}"));
    assert_eq!(link("Host: agent.example\r\nX-Forwarded-Proto: https").await, format!("https://agent.example{path}"));
    assert_eq!(local.http.get(own).send().await.unwrap().status(), 200);
    local.server.shutdown().await;
}

#[tokio::test]
async fn it_listens_on_ipv6_too() {
    for (listen, allowed) in [("[::1]:0", &[][..]), ("[::]:0", &["agent.example"])] {
        // Not every machine has it.
        if tokio::net::TcpListener::bind(listen).await.is_err() {
            continue;
        }
        let local = Local::with(SCRIPTS, open_to(listen, allowed)).await;
        let port = address(&local).port();
        assert_eq!(local.server.url(), format!("http://[::1]:{port}"));
        assert_eq!(asked_of(&local, &format!("[::1]:{port}")).await, 404);
        assert_eq!(asked_from(&local, &format!("[::1]:{port}"), &format!("http://[::1]:{port}")).await, 404);
        assert_eq!(asked_of(&local, &format!("[2001:db8::1]:{port}")).await, 403);
        local.server.shutdown().await;
    }
}
