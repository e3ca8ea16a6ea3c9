//! Certificates made at the start, from an authority of the suite's own.

use std::{fs, io, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
};

use crate::case::Wire;

/// The name under which only a proxy finds a case's server.
const NAME: &str = "service.test";

/// An authority, and files that clients are pointed to.
#[derive(Debug)]
pub(crate) struct Authority {
    files: TempDir,
    root: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, String> {
        Self::made().map_err(|error| format!("the certificates could not be made: {error}"))
    }

    fn made() -> Result<Self, Box<dyn std::error::Error>> {
        let issuer = issuer()?;
        let files = tempfile::tempdir()?;
        let write = |name: &str, text: String| fs::write(files.path().join(name), text);
        write("ca.pem", issuer.as_ref().pem())?;
        write("stranger.pem", self::issuer()?.as_ref().pem())?;
        let client_key = KeyPair::generate()?;
        let client = CertificateParams::new(vec!["client".to_owned()])?.signed_by(&client_key, &issuer)?;
        write("client.pem", client.pem())?;
        write("client-key.pem", client_key.serialize_pem())?;
        let key = KeyPair::generate()?;
        let names = [NAME, "localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        let root = issuer.as_ref().der().clone();
        Ok(Self { root, certificate: certificate.der().clone(), key: key.serialize_der(), files })
    }

    fn file(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// An authority that has issued nothing: with it alone as the machine's, clients trust
    /// nobody, and do not spend their time on reading hundreds of certificates.
    pub(crate) fn stranger(&self) -> String {
        self.file("stranger.pem")
    }

    /// By the names that cases know them by.
    pub(crate) fn names(&self) -> Vec<(&'static str, String)> {
        let file = |name| self.file(name);
        vec![
            ("ca", file("ca.pem")),
            ("stranger", file("stranger.pem")),
            ("client_cert", file("client.pem")),
            ("client_key", file("client-key.pem")),
            ("name", NAME.to_owned()),
            ("no_file", Path::new(self.files.path()).join("none.pem").display().to_string()),
        ]
    }

    /// What makes connections secure in the way that a case wants.
    pub(super) fn acceptor(&self, wire: Wire) -> io::Result<TlsAcceptor> {
        let wrong = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| wrong(&error))?;
        let builder = if wire.client_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.root.clone()).map_err(|error| wrong(&error))?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| wrong(&error))?)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let mut config = builder.with_single_cert(vec![self.certificate.clone()], key).map_err(|error| wrong(&error))?;
        let protocols: &[&str] = if wire.http2 { &["h2", "http/1.1"] } else { &["http/1.1"] };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn issuer() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}
