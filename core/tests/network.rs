//! The way to the server: TLS, proxies, HTTP/2, redirects, connections (contract, section 6).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

#[path = "common/tls.rs"]
mod tls;

use std::{io::Write, process::Command, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::join_all, stream};
use lightcone::{
    CallOptions, Client, ClientBuilder, ConnectionLimits, Error, ErrorKind, MaxConnections, Pem, Timeouts, tasks::StartParams,
};
use tls::{Authority, HttpServer, NAME, Proxy, paused, reply};

const BOTH: &[&str] = &["h2", "http/1.1"];

fn client(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder().api_key("sk_test").base_url(base_url).max_retries(0).timeouts(Timeouts::all(Duration::from_secs(20)))
}

fn text(pem: &str) -> Pem {
    Pem::Text(pem.into())
}

async fn pause(client: &Client) -> Result<(), Error> {
    client.agent().tasks().pause("t1").await.map(|_| ())
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_given() {
    let authority = Authority::new();
    let server = HttpServer::tls(&authority, BOTH, |_| paused()).await;
    let error = pause(&client(server.https()).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("certificate"), "{error}");
    let other = client(server.https()).ca_bundle(text(&Authority::new().pem)).build().unwrap();
    pause(&other).await.unwrap_err();

    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "# ours\n{}{}", Authority::new().pem, authority.pem).unwrap();
    for bundle in [text(&authority.pem), Pem::Path(file.path().to_owned())] {
        pause(&client(server.https()).ca_bundle(bundle).build().unwrap()).await.unwrap();
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_certificate_is_shown_to_who_asks() {
    let authority = Authority::new();
    let server = HttpServer::mutual_tls(&authority, |_| paused()).await;
    let builder = || client(server.https()).ca_bundle(text(&authority.pem));
    assert_eq!(pause(&builder().build().unwrap()).await.unwrap_err().kind(), ErrorKind::Connection);

    let (own, other) = (authority.issue(), authority.issue());
    let both = format!("{}{}", own.key, own.cert);
    for (cert, key) in [(text(&own.cert), Some(text(&own.key))), (text(&both), None)] {
        pause(&builder().client_certificate(cert, key).build().unwrap()).await.unwrap();
    }
    let error = builder().client_certificate(text(&own.cert), Some(text(&other.key))).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("client certificate"), "{error}");
}

#[tokio::test]
async fn many_streams_share_one_connection() {
    let authority = Authority::new();
    let server = HttpServer::tls(&authority, BOTH, |request| {
        if request.head.method == http::Method::POST && request.head.uri.path().ends_with("/pause") {
            return paused();
        }
        let events = stream::once(async { "data: {\"type\":\"started\"}\n\n".into() }).chain(stream::pending());
        http::Response::builder().header("content-type", "text/event-stream").body(Box::pin(events) as _).unwrap()
    })
    .await;
    let client = client(server.https()).ca_bundle(text(&authority.pem)).build().unwrap();
    pause(&client).await.unwrap();
    let mut streams = join_all((0..40).map(|_| async { client.agent().tasks().start_stream(StartParams::new("x")).await.unwrap() })).await;
    for stream in &mut streams {
        assert_eq!(stream.head().http_version, "HTTP/2");
        stream.next().await.unwrap().unwrap();
    }
    pause(&client).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_may_know_only_the_older_protocol() {
    let authority = Authority::new();
    for (protocols, version) in [(&["http/1.1"][..], http::Version::HTTP_11), (&[], http::Version::HTTP_11), (BOTH, http::Version::HTTP_2)]
    {
        let server = HttpServer::tls(&authority, protocols, |_| paused()).await;
        pause(&client(server.https()).ca_bundle(text(&authority.pem)).build().unwrap()).await.unwrap();
        assert_eq!(server.seen()[0].head.version, version);
    }
}

#[tokio::test]
async fn a_proxy_opens_the_way_to_a_name_that_only_it_knows() {
    let authority = Authority::new();
    let server = HttpServer::tls(&authority, BOTH, |_| paused()).await;
    let proxy = Proxy::start(server.address, Some("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=")).await;
    let builder = || client(format!("https://{NAME}/prefix")).ca_bundle(text(&authority.pem));
    pause(&builder().proxy(format!("http://user:pass%20word@{}", proxy.address)).build().unwrap()).await.unwrap();
    assert!(proxy.asked()[0].starts_with(&format!("CONNECT {NAME}:443 ")), "{:?}", proxy.asked());
    let request = &server.seen()[0];
    assert_eq!((request.head.uri.path(), request.head.version), ("/prefix/agent/tasks/t1/pause", http::Version::HTTP_2));
    assert!(request.header("proxy-authorization").is_none());

    let error = pause(&builder().proxy(format!("http://user:s3cret@{}", proxy.address)).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let all = format!("{error} {error:?} {}", String::from_utf8(error.to_json()).unwrap());
    assert!(all.contains("proxy") && !all.contains("s3cret"), "{all}");
}

#[tokio::test]
async fn the_same_request_goes_where_a_redirect_leads() {
    for status in [307, 308] {
        let server = HttpServer::plain(move |request| match request.head.uri.path() {
            "/agent/tasks" => reply(status, &[("location", "/elsewhere?a=1")], ""),
            _ => reply(200, &[], r#"{"status":"running","task_id":"t1"}"#),
        })
        .await;
        client(server.http()).build().unwrap().agent().tasks().start(StartParams::new("x")).await.unwrap();
        let seen = server.seen();
        assert_eq!((&seen[1].head.method, seen[1].head.uri.to_string().as_str()), (&http::Method::POST, "/elsewhere?a=1"));
        assert_eq!(seen[0].body, seen[1].body);
        assert_eq!(seen[1].header("authorization"), Some("Bearer sk_test"));
        assert_eq!(seen[1].header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn another_origin_sees_no_key() {
    let other = HttpServer::plain(|_| paused()).await;
    let to = format!("{}/other", other.http());
    let server = HttpServer::plain(move |_| reply(307, &[("location", &to)], "")).await;
    let options = CallOptions::new().header("cookie", "s3cret");
    client(server.http()).build().unwrap().agent().tasks().with(options).pause("t1").await.unwrap();
    let seen = other.seen();
    assert_eq!((&seen[0].head.method, seen[0].head.uri.path()), (&http::Method::POST, "/other"));
    assert!(seen[0].header("authorization").is_none() && seen[0].header("cookie").is_none());
}

#[tokio::test]
async fn another_origin_sees_no_key_by_a_redirect_of_its_own_either() {
    let other = HttpServer::plain(|request| match request.head.uri.path() {
        "/other" => reply(307, &[("location", "/further")], ""),
        _ => paused(),
    })
    .await;
    let to = format!("{}/other", other.http());
    let server = HttpServer::plain(move |_| reply(307, &[("location", &to)], "")).await;
    let options = CallOptions::new().header("cookie", "s3cret").header("x-api-key", "s3cret");
    client(server.http()).build().unwrap().agent().tasks().with(options).pause("t1").await.unwrap();
    let seen = other.seen();
    assert_eq!(seen.iter().map(|request| request.head.uri.path()).collect::<Vec<_>>(), ["/other", "/further"]);
    for request in seen {
        assert!(!format!("{:?}", request.head.headers).contains("s3cret") && request.header("authorization").is_none(), "{request:?}");
    }
}

#[tokio::test]
async fn what_was_secret_is_never_sent_in_the_clear() {
    let authority = Authority::new();
    let plain = HttpServer::plain(|_| paused()).await;
    let to = format!("{}/x?s3cret", plain.http());
    let server = HttpServer::tls(&authority, BOTH, move |_| reply(308, &[("location", &to)], "")).await;
    let client = client(server.https()).max_retries(2).ca_bundle(text(&authority.pem)).build().unwrap();
    let error = pause(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert!(error.to_string().contains(&format!("redirected to {}", plain.http())) && !error.to_string().contains("s3cret"), "{error}");
    assert!(plain.seen().is_empty());
}

#[tokio::test]
async fn redirects_without_end_are_given_up() {
    let server = HttpServer::plain(|_| reply(307, &[("location", "/again")], "")).await;
    let error = pause(&client(server.http()).max_retries(2).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert!(error.to_string().contains("more than 20 times"), "{error}");
    assert_eq!(server.seen().len(), 21);
}

#[tokio::test]
async fn a_compressed_stream_gives_each_event_when_it_comes() {
    let event = |number: usize| format!("id: {number}\ndata: {{\"type\":\"thinking\",\"step\":{number}}}\n\n").into_bytes();
    let gzip: Vec<Vec<u8>> = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let chunk = |number| {
            encoder.write_all(&event(number)).unwrap();
            encoder.flush().unwrap();
            std::mem::take(encoder.get_mut())
        };
        (0..3).map(chunk).collect()
    };
    let brotli: Vec<Vec<u8>> = {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
        let chunk = |number| {
            encoder.write_all(&event(number)).unwrap();
            encoder.flush().unwrap();
            std::mem::take(encoder.get_mut())
        };
        (0..3).map(chunk).collect()
    };
    for (coding, chunks) in [("gzip", gzip), ("br", brotli)] {
        // Each chunk is sent when the event before it has been read.
        let (go_on, waiting) = tokio::sync::mpsc::channel::<()>(1);
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let server = HttpServer::plain(move |_| {
            let waiting = Arc::clone(&waiting);
            let body = stream::iter(chunks.clone()).then(move |chunk| {
                let waiting = Arc::clone(&waiting);
                async move {
                    waiting.lock().await.recv().await;
                    chunk.into()
                }
            });
            let builder = http::Response::builder().header("content-type", "text/event-stream").header("content-encoding", coding);
            builder.body(Box::pin(body) as _).unwrap()
        })
        .await;
        let mut events = client(server.http()).build().unwrap().agent().tasks().start_stream(StartParams::new("x")).await.unwrap();
        for number in 0..3 {
            go_on.send(()).await.unwrap();
            let event = events.next().await.unwrap().unwrap();
            assert!(event.to_json().to_string().contains(&format!("\"step\":{number}")), "{coding}");
        }
        assert!(server.seen()[0].header("accept-encoding").unwrap().contains(coding));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_share_the_connections_there_may_be() {
    for most in [1, 2] {
        let server = HttpServer::plain(|_| paused()).await;
        let limits = ConnectionLimits { max_connections: MaxConnections::All(most), ..ConnectionLimits::default() };
        let client = client(server.http()).limits(limits).build().unwrap();
        let tasks = client.agent().tasks();
        let ids: Vec<String> = (0..200).map(|number| format!("t{number}")).collect();
        for paused in join_all(ids.iter().map(|id| tasks.pause(id))).await {
            paused.unwrap();
        }
        assert_eq!((server.seen().len(), server.most_connections()), (200, most));
        if most == 1 {
            // Who waits for the connection gets it in turn.
            let paths: Vec<String> = ids.iter().map(|id| format!("/agent/tasks/{id}/pause")).collect();
            assert_eq!(server.seen().iter().map(|request| request.head.uri.path().to_owned()).collect::<Vec<_>>(), paths);
        }
    }
}

/// The runtime of a binding: callers wait on threads of their own.
#[test]
fn one_call_after_the_other_has_the_same_connection() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let server = runtime.block_on(HttpServer::plain(|_| paused()));
                    let client = client(server.http()).build().unwrap();
                    for _ in 0..5 {
                        runtime.block_on(pause(&client)).unwrap();
                    }
                    assert_eq!(server.connections(), 1);
                }
            });
        }
    });
}

/// What another process does, whose environment a test has set.
#[tokio::test]
async fn in_another_environment() {
    let Ok(url) = std::env::var("LIGHTCONE_TEST_URL") else { return };
    let outcome = match client(url).build() {
        Ok(client) => pause(&client).await.map_or_else(|error| error.to_string(), |()| "paused".to_owned()),
        Err(error) => error.to_string(),
    };
    std::fs::write(std::env::var("LIGHTCONE_TEST_OUTCOME").unwrap(), outcome).unwrap();
}

/// What comes of a call in a process with this environment.
async fn with_environment(url: &str, environment: &[(&str, &str)]) -> String {
    let outcome = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "in_another_environment"]).env("LIGHTCONE_TEST_URL", url).env("LIGHTCONE_TEST_OUTCOME", outcome.path());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::fs::read_to_string(outcome.path()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_names_whom_to_trust() {
    let authority = Authority::new();
    let server = HttpServer::tls(&authority, BOTH, |_| paused()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let (file, folder) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
    assert_eq!(with_environment(&server.https(), &[("SSL_CERT_FILE", file)]).await, "paused");
    assert_eq!(with_environment(&server.https(), &[("SSL_CERT_DIR", folder)]).await, "paused");
    let outcome = with_environment(&server.https(), &[("SSL_CERT_FILE", "/no/such/file")]).await;
    assert!(outcome.contains("SSL_CERT_FILE") && outcome.contains("/no/such/file"), "{outcome}");
    // Who speaks to nobody by TLS needs nobody to trust.
    let plain = HttpServer::plain(|_| paused()).await;
    assert_eq!(with_environment(&plain.http(), &[("SSL_CERT_FILE", "/no/such/file")]).await, "paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_names_proxies() {
    let proxy = HttpServer::plain(|_| paused()).await;
    let url = format!("http://user:word@{}", proxy.address);
    let own = HttpServer::plain(|_| paused()).await;
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let count = proxy.seen().len();
        assert_eq!(with_environment("http://tasks.example", &[(name, &url)]).await, "paused", "{name}");
        assert_eq!(proxy.seen()[count].head.uri.to_string(), "http://tasks.example/agent/tasks/t1/pause");
        assert_eq!(proxy.seen()[count].header("proxy-authorization"), Some("Basic dXNlcjp3b3Jk"));
        // This machine, and who is excepted, is reached without.
        assert_eq!(with_environment(&own.http(), &[(name, &url)]).await, "paused");
        let outcome = with_environment("http://tasks.invalid", &[(name, &url), ("NO_PROXY", "example,.invalid")]).await;
        assert!(outcome.starts_with("Connection error."), "{outcome}");
        assert_eq!(proxy.seen().len(), count + 1);
    }
    let outcome = with_environment("https://tasks.example", &[("https_proxy", "socks5://user:s3cret@host")]).await;
    assert!(outcome.contains("https_proxy") && outcome.contains("socks5") && !outcome.contains("s3cret"), "{outcome}");
}
