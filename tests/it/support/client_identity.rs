//! Hosts as a plugin sees them on TLS: who they are, and how they connect.

use std::sync::Arc;

use base64::Engine as _;
use p521::ecdsa::signature::hazmat::PrehashSigner as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{
    ClientConfig, Error, RootCertStore, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion,
};
use sha2::Digest as _;

/// A certificate, and the proof of owning it.
#[derive(Debug, Clone)]
pub(crate) struct ClientIdentity(Arc<CertifiedKey>);

impl ClientIdentity {
    /// A fresh identity on the curve that every library knows.
    pub(crate) fn p256() -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = parameters.self_signed(&key).expect("a certificate").der().clone();
        let key =
            rustls::crypto::ring::sign::any_ecdsa_type(&PrivatePkcs8KeyDer::from(key.serialize_der()).into());
        Self(Arc::new(CertifiedKey::new(vec![certificate], key.expect("a signing key"))))
    }

    /// An identity of the kind that Terraform makes: self-signed ECDSA P-521, and a CA.
    pub(crate) fn like_terraform() -> Self {
        Self::like_terraform_signing(SignatureScheme::ECDSA_NISTP521_SHA512)
    }

    /// The same, which signs with its P-521 key what `scheme` names the hash of. In TLS 1.2 the curve in a scheme's name
    /// means nothing.
    pub(crate) fn like_terraform_signing(scheme: SignatureScheme) -> Self {
        let certificate = CertificateDer::from_pem_slice(include_bytes!("../../facts/terraform-client.pem"));
        let scalar = include_str!("../../facts/terraform-client.scalar").trim();
        let scalar: Vec<u8> = (0..scalar.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&scalar[at..at + 2], 16).expect("hexadecimal"))
            .collect();
        let key = p521::ecdsa::SigningKey::from_slice(&scalar).expect("a P-521 key");
        let certificate = certificate.expect("a certificate");
        Self(Arc::new(CertifiedKey::new(vec![certificate], Arc::new(P521Key(key, scheme)))))
    }

    /// What the host puts into `PLUGIN_CLIENT_CERT`.
    pub(crate) fn pem(&self) -> String {
        let der = base64::engine::general_purpose::STANDARD.encode(&self.0.cert[0]);
        let lines: Vec<&str> = der
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}

/// The client side of TLS, as a host sets it up: it trusts `server` alone. Without an identity it shows none.
pub(crate) fn client_config(
    server: CertificateDer<'static>,
    identity: Option<&ClientIdentity>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(server).expect("the plugin's certificate parses");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("ring speaks them")
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.0.clone())))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

#[derive(Debug, Clone)]
struct P521Key(p521::ecdsa::SigningKey, SignatureScheme);

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let hash = match self.1 {
            SignatureScheme::ECDSA_NISTP256_SHA256 => sha2::Sha256::digest(message).to_vec(),
            SignatureScheme::ECDSA_NISTP384_SHA384 => sha2::Sha384::digest(message).to_vec(),
            _ => sha2::Sha512::digest(message).to_vec(),
        };
        let signature: p521::ecdsa::Signature = self.0.sign_prehash(&hash).expect("a signature");
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        self.1
    }
}
