//! The switches that keep a browser to its one way into the network: the proxy, or none.

/// The proxy's name inside the browser. No other program's proxy can have it.
const PROXY: &str = "proxy.invalid";

/// The switches of a browser whose proxy listens on this port of the loopback address;
/// without a proxy it reaches nothing.
pub(super) fn arguments(port: Option<u16>) -> Vec<String> {
    let mut arguments: Vec<String> = [
        // UDP would go around the proxy: HTTP/3, WebRTC.
        "--disable-quic",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--dns-prefetch-disable",
    ]
    .map(str::to_owned)
    .into();
    // The resolver is below everything but UDP, and its rules hold for literal addresses,
    // too: what would go around the proxy, or around interception, finds no host.
    match port {
        None => arguments.push("--host-resolver-rules=MAP * ~NOTFOUND".to_owned()),
        Some(port) => arguments.extend([
            format!("--proxy-server=http://{PROXY}:{port}"),
            // Without it, loopback and link-local addresses are asked directly.
            "--proxy-bypass-list=<-loopback>".to_owned(),
            format!("--host-resolver-rules=MAP {PROXY} 127.0.0.1, MAP * ~NOTFOUND"),
        ]),
    }
    arguments
}
