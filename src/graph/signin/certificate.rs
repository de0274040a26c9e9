//! A client certificate, and the assertions that its key signs.
//!
//! azure_identity does this with OpenSSL only, which this program does not carry.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p12_keystore::Pkcs12Archive;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::Failure;
use crate::graph::secret::Secret;

/// An RSA certificate with its private key.
pub(super) struct Certificate {
    key: RsaKeyPair,
    thumbprint: String,
}

impl Certificate {
    /// Reads PKCS#12 (binary or base64) or PEM, whichever it is. `from` says in messages where it came from.
    pub(super) fn read(data: &[u8], password: Option<&Secret>, from: &str) -> Result<Self, Failure> {
        let text = std::str::from_utf8(data).unwrap_or_default();
        if text.contains("-----BEGIN") {
            return Self::from_pem(text, from);
        }
        let compact: String = text.split_whitespace().collect();
        match STANDARD.decode(&compact) {
            Ok(der) if !compact.is_empty() => Self::from_pkcs12(&der, password, from),
            _ => Self::from_pkcs12(data, password, from),
        }
    }

    fn from_pem(text: &str, from: &str) -> Result<Self, Failure> {
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(Failure::settings(
                format!("the private key in {from} is encrypted PEM, which is not supported"),
                "Put certificate and key into a PKCS#12 bundle with `openssl pkcs12 -export`, and give its password \
                 as client_certificate_password.",
            ));
        }
        let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(text.as_bytes())
            .filter_map(Result::ok)
            .map(|certificate| certificate.to_vec())
            .collect();
        let key = match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
            Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            Ok(_) => return Err(not_rsa(from, "it is an elliptic curve key")),
            Err(_) => return Err(no_key(from)),
        };
        Self::pair(key.map_err(|error| not_rsa(from, &error.to_string()))?, &certificates, from)
    }

    fn from_pkcs12(der: &[u8], password: Option<&Secret>, from: &str) -> Result<Self, Failure> {
        use p12_keystore::error::Error;
        let password_text = password.map(Secret::expose).unwrap_or_default();
        let archive = Pkcs12Archive::from_pkcs12(der, password_text).map_err(|error| match error {
            Error::MacError(_) => Failure::settings(
                match password {
                    Some(_) => format!("the password does not open the PKCS#12 bundle in {from}"),
                    None => format!("the PKCS#12 bundle in {from} has a password, and none is given"),
                },
                "Give the bundle's password as client_certificate_password (environment \
                 ARM_CLIENT_CERTIFICATE_PASSWORD).",
            ),
            other => Failure::settings(
                format!("{from} is neither a PKCS#12 bundle (PFX) nor PEM: {other}"),
                "Export the certificate with its private key as PFX. In client_certificate give it in base64, for \
                 instance with filebase64(\"certificate.pfx\"); in client_certificate_path name the file itself.",
            ),
        })?;
        let key = archive.keys.first().ok_or_else(|| no_key(from))?;
        let key =
            RsaKeyPair::from_pkcs8(key.key.as_der()).map_err(|error| not_rsa(from, &error.to_string()))?;
        let certificates: Vec<Vec<u8>> = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
        Self::pair(key, &certificates, from)
    }

    /// Finds the certificate that belongs to the key: the one in which the key's public half stands.
    fn pair(key: RsaKeyPair, certificates: &[Vec<u8>], from: &str) -> Result<Self, Failure> {
        let public = key.public_key().as_ref();
        let own = certificates.iter().find(|der| der.windows(public.len()).any(|window| window == public));
        let own = own.ok_or_else(|| {
            Failure::settings(
                match certificates.len() {
                    0 => format!("{from} holds a private key but no certificate"),
                    count => format!(
                        "{from} holds {count} certificate(s), none of which belongs to its private key"
                    ),
                },
                "Put the certificate and its own private key into one file.",
            )
        })?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, own));
        Ok(Self { key, thumbprint })
    }

    /// A signed statement that `client_id` is asking `audience` (the token endpoint), good for ten minutes.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<Secret, Failure> {
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4().to_string(),
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp(),
            "exp": (now + Duration::minutes(10)).unix_timestamp(),
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(
            |_| {
                Failure::settings(
                    "the certificate's private key cannot sign",
                    "Use an RSA key of 2048 to 4096 bits.",
                )
            },
        )?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

fn no_key(from: &str) -> Failure {
    Failure::settings(
        format!("{from} holds no private key"),
        "Export the certificate together with its private key; Entra needs the public part only, this provider both.",
    )
}

fn not_rsa(from: &str, why: &str) -> Failure {
    Failure::settings(
        format!("the private key in {from} cannot be used: {why}"),
        "Entra accepts RSA keys; use one of 2048 to 4096 bits.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const PFX: &[u8] = include_bytes!("testdata/client.pfx");
    const LEGACY: &[u8] = include_bytes!("testdata/client-legacy.pfx");

    /// The bundle's key and certificate, each as PEM.
    fn pem() -> (String, String) {
        let archive = Pkcs12Archive::from_pkcs12(PFX, "hunter2").unwrap();
        (
            block("PRIVATE KEY", archive.keys[0].key.as_der()),
            block("CERTIFICATE", archive.certs[0].cert.as_der()),
        )
    }

    /// Another key and certificate, elliptic ones.
    fn elliptic() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["elliptic".to_owned()]).unwrap();
        (made.signing_key.serialize_pem(), made.cert.pem())
    }

    fn block(label: &str, der: &[u8]) -> String {
        let lines: Vec<String> = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn read(data: &[u8], password: Option<&str>) -> Result<Certificate, Failure> {
        Certificate::read(data, password.map(Secret::from).as_ref(), "client_certificate")
    }

    #[test]
    fn every_usual_form_is_read_and_gives_the_same_certificate() {
        let base64 = STANDARD.encode(PFX);
        let wrapped =
            block("", PFX).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
        let (key, certificate) = pem();
        let (key_first, certificate_first) = (format!("{key}{certificate}"), format!("{certificate}{key}"));
        for (name, data, password) in [
            ("pfx", PFX, Some("hunter2")),
            ("legacy pfx", LEGACY, Some("hunter2")),
            ("base64", base64.as_bytes(), Some("hunter2")),
            ("wrapped base64", wrapped.as_bytes(), Some("hunter2")),
            ("pem", key_first.as_bytes(), None),
            ("pem, certificate first", certificate_first.as_bytes(), Some("ignored")),
        ] {
            let certificate = read(data, password).unwrap_or_else(|failure| panic!("{name}: {failure}"));
            assert_eq!(certificate.thumbprint, "guCvBQNc9rbe0E4nAcQ7Xvrh0VvH6eKy_j4DpPR5s2U", "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_explained() {
        let ((key, certificate), (elliptic_key, elliptic)) = (pem(), elliptic());
        for (data, password, message) in [
            (PFX, Some("wrong"), "the password does not open the PKCS#12 bundle in client_certificate"),
            (PFX, None, "has a password, and none is given"),
            (b"\x30\x03garbage", None, "is neither a PKCS#12 bundle (PFX) nor PEM"),
            (b"", None, "is neither a PKCS#12 bundle (PFX) nor PEM"),
            (format!("{elliptic_key}{elliptic}").as_bytes(), None, "cannot be used"),
            (key.as_bytes(), None, "holds a private key but no certificate"),
            (certificate.as_bytes(), None, "holds no private key"),
            (format!("{key}{elliptic}").as_bytes(), None, "none of which belongs to its private key"),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n", None, "is encrypted PEM"),
        ] {
            let failure = read(data, password).expect_err(message).to_string();
            assert!(failure.contains(message), "{failure}");
        }
    }

    #[test]
    fn the_assertion_is_what_entra_documents_and_its_signature_verifies() {
        use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
        let certificate = read(PFX, Some("hunter2")).unwrap();
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let token = certificate.assertion("app", "https://login.example/t/oauth2/v2.0/token", now).unwrap();
        let parts: Vec<&str> = token.expose().split('.').collect();
        let json =
            |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(json(parts[0]), json!({"alg": "PS256", "typ": "JWT", "x5t#S256": certificate.thumbprint}));
        let claims = json(parts[1]);
        assert_eq!(claims["aud"], "https://login.example/t/oauth2/v2.0/token");
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("app"), &json!("app")));
        assert_eq!((&claims["nbf"], &claims["exp"]), (&json!(1_700_000_000), &json!(1_700_000_600)));
        let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, certificate.key.public_key().as_ref());
        let signed = format!("{}.{}", parts[0], parts[1]);
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap())
            .expect("the signature verifies");
        let again = certificate.assertion("app", "x", now).unwrap();
        assert_ne!(json(again.expose().split('.').nth(1).unwrap())["jti"], claims["jti"]);
    }
}
