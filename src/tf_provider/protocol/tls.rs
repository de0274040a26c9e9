//! Mutual TLS with a host that we have never met: each side trusts exactly the one certificate the other announced.
//!
//! The host makes a self-signed ECDSA P-521 certificate for every process it starts and hands it over in
//! `PLUGIN_CLIENT_CERT`; we answer with ours in the handshake line. Two traps shape this module:
//!
//! - ring verifies no P-521 signatures. A server that does not offer the scheme is shown no certificate at all, and
//!   making client certificates optional would let every local user in. So P-521 comes from the `p521` crate.
//! - In TLS 1.2 a scheme names the hash alone (RFC 8446, 4.2.3): a host may sign with its P-521 key what it calls
//!   `ecdsa_secp256r1_sha256`, and OpenSSL does. So P-521 is verified with each hash there.
//! - The host's certificate is a CA (`CA:TRUE`), which webpki refuses as a client's. So there is no chain to build:
//!   the certificate is the announced one, byte for byte, or it is refused.

use std::fmt;
use std::sync::Arc;

use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use p521::ecdsa::{DerSignature, VerifyingKey};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{self, CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivatePkcs8KeyDer,
    SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use sha2::Digest as _;

/// Makes ring the cryptography of everything in this process that asks rustls for its default: HTTP clients do.
///
/// Harmless to call again. Whoever installed another provider first keeps it.
pub fn install_crypto_provider() {
    // The error says that there is a provider already, which is all we want.
    let _ = crypto::ring::default_provider().install_default();
}

/// Why TLS could not be set up. Nothing a practitioner wrote leads here.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No key or certificate of our own.
    #[error("no certificate could be made for this process: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library refused the configuration.
    #[error("TLS could not be configured: {0}")]
    Configuration(#[from] Error),
}

/// Our side of the connection.
pub(super) struct ServerTls {
    /// Accepts the one client.
    pub(super) config: Arc<ServerConfig>,
    /// What the client shall expect.
    pub(super) certificate: CertificateDer<'static>,
}

impl ServerTls {
    /// Makes a key and a certificate for this process, and lets in only who holds the key of `client`.
    pub(super) fn pinned_to(client: CertificateDer<'static>) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.self_signed(&key)?.der().clone();

        let provider = Arc::new(crypto::ring::default_provider());
        let verifier = Arc::new(PinnedClient::new(client, &provider));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![certificate.clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        // Go's gRPC refuses a server that does not negotiate it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // One connection for the life of the process: tickets to resume it are never used.
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// Lets in the holder of one certificate.
struct PinnedClient {
    certificate: CertificateDer<'static>,
    ring: WebPkiSupportedAlgorithms,
}

impl PinnedClient {
    fn new(certificate: CertificateDer<'static>, provider: &CryptoProvider) -> Self {
        Self { certificate, ring: provider.signature_verification_algorithms }
    }
}

impl ClientCertVerifier for PinnedClient {
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if end_entity == &self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // The key decides which of the two can say yes: each refuses the other's curves.
        crypto::verify_tls12_signature(message, cert, dss, &P521_IN_TLS12)
            .or_else(|_| crypto::verify_tls12_signature(message, cert, dss, &self.ring))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = match dss.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => &P521_IN_TLS13,
            _ => &self.ring,
        };
        crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = P521_IN_TLS13.supported_schemes();
        schemes.extend(self.ring.supported_schemes());
        schemes
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
}

impl fmt::Debug for PinnedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedClient").finish_non_exhaustive()
    }
}

static P521_IN_TLS13: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&P521_SHA512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521_SHA512])],
};

static P521_IN_TLS12: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&P521_SHA512, &P521_SHA384, &P521_SHA256],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521_SHA512]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[&P521_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[&P521_SHA256]),
    ],
};

static P521_SHA256: EcdsaP521 =
    EcdsaP521 { id: alg_id::ECDSA_SHA256, hash: |message| sha2::Sha256::digest(message).to_vec() };
static P521_SHA384: EcdsaP521 =
    EcdsaP521 { id: alg_id::ECDSA_SHA384, hash: |message| sha2::Sha384::digest(message).to_vec() };
static P521_SHA512: EcdsaP521 =
    EcdsaP521 { id: alg_id::ECDSA_SHA512, hash: |message| sha2::Sha512::digest(message).to_vec() };

/// Signatures of P-521 keys over one hash. Verifies public signatures only, so how long it takes tells nobody anything.
struct EcdsaP521 {
    id: AlgorithmIdentifier,
    hash: fn(&[u8]) -> Vec<u8>,
}

impl SignatureVerificationAlgorithm for EcdsaP521 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::from_bytes(signature).map_err(|_| InvalidSignature)?;
        key.verify_prehash(&(self.hash)(message), &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.id
    }
}

impl fmt::Debug for EcdsaP521 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcdsaP521").finish_non_exhaustive()
    }
}
