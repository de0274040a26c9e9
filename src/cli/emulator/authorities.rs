//! Whom clients of the HTTPS address are to trust, in the files that their settings take.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;

use crate::cli::common::Failed;

/// The emulator's authority in a file, and beside it one that has the system's authorities too.
#[derive(Debug)]
pub(super) struct Authorities {
    own: PathBuf,
    all: PathBuf,
}

impl Authorities {
    /// Writes the authority `pem` to `file`, and the other file beside it.
    pub(super) fn write(file: &Path, pem: &str) -> Result<Self, Failed> {
        let cannot = |error: std::io::Error| {
            let file = file.display();
            Failed::new(format!("the file for the certificate authority, {file}, cannot be written: {error}"))
        };
        // Whoever reads them may be in another folder.
        let own = std::path::absolute(file).map_err(cannot)?;
        let all = own.with_extension("bundle.pem");
        fs::write(&own, pem).map_err(cannot)?;
        let system = rustls_native_certs::load_native_certs().certs;
        let system: String = system.iter().map(|certificate| in_pem(certificate)).collect();
        fs::write(&all, format!("{pem}{system}")).map_err(cannot)?;
        Ok(Self { own, all })
    }

    /// The file with the emulator's authority alone.
    pub(super) fn own(&self) -> &Path {
        &self.own
    }

    /// What makes other programs trust it. All but Node take a file *instead* of the system's authorities, so they get the
    /// one with both: Terraform is one of them, and must still reach its registry.
    pub(super) fn variables(&self) -> [(&'static str, String); 4] {
        let (own, all) = (self.own.display().to_string(), self.all.display().to_string());
        [
            ("NODE_EXTRA_CA_CERTS", own),
            ("SSL_CERT_FILE", all.clone()),
            ("REQUESTS_CA_BUNDLE", all.clone()),
            ("CURL_CA_BUNDLE", all),
        ]
    }
}

fn in_pem(certificate: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
