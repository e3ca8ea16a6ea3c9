//! Plain requests, beside those that the SDK's client makes.

use std::time::Duration;

/// A client for requests that take no longer than `limit`. `direct` goes around the proxies
/// of the environment, which cannot reach this machine for us.
pub(crate) fn client(direct: bool, limit: Duration) -> reqwest::Result<reqwest::Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = reqwest::Client::builder().timeout(limit);
    if direct { builder.no_proxy() } else { builder }.build()
}
