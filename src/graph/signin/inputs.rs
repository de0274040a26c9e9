//! Values that are configured as text or in a file. Files are read anew for every token, so that what rotates is followed.

use std::path::Path;

use super::Failure;
use super::argument::Argument;
use super::certificate::Certificate;
use super::credential::Attempt;
use crate::graph::secret::Secret;

impl Attempt {
    /// The client certificate with its key.
    pub(super) async fn certificate(&self) -> Result<Certificate, Failure> {
        let password = self.settings.secret(Argument::ClientCertificatePassword);
        if let Some(given) = self.settings.secret(Argument::ClientCertificate) {
            return Certificate::read(
                given.expose().as_bytes(),
                password,
                &Argument::ClientCertificate.to_string(),
            );
        }
        let path = self.settings.text(Argument::ClientCertificatePath).unwrap_or_default();
        let bytes = self.read(Argument::ClientCertificatePath).await?;
        let text = decoded(&bytes).flatten();
        Certificate::read(text.as_deref().map_or(&bytes, str::as_bytes), password, path)
    }

    /// The client id, given or in a file, if there is one.
    pub(super) async fn client_id(&self) -> Result<Option<String>, Failure> {
        if let Some(id) = self.settings.text(Argument::ClientId) {
            return Ok(Some(id.trim().to_owned()));
        }
        if !self.settings.has(Argument::ClientIdFilePath) {
            return Ok(None);
        }
        Ok(Some(self.read_text(Argument::ClientIdFilePath).await?.trim().to_owned()))
    }

    /// A secret that may stand in a file; a line break at its end is not part of it.
    pub(super) async fn secret_or_file(&self, given: Argument, file: Argument) -> Result<Secret, Failure> {
        let secret = match self.settings.secret(given) {
            Some(secret) => Secret::new(secret.expose().trim()),
            None => Secret::new(self.read_text(file).await?.trim()),
        };
        self.record.guard(&secret);
        if secret.is_empty() {
            let place = if self.settings.has(given) { given } else { file };
            return Err(Failure::settings(
                format!("there is nothing in {place}"),
                format!("Check {}.", place.how()),
            ));
        }
        Ok(secret)
    }

    /// A text file, in whatever way Windows wrote it.
    async fn read_text(&self, argument: Argument) -> Result<String, Failure> {
        let bytes = self.read(argument).await?;
        let text = match decoded(&bytes) {
            Some(Some(text)) => Some(text),
            Some(None) => None,
            None => String::from_utf8(bytes).ok(),
        };
        text.ok_or_else(|| {
            let path = self.settings.text(argument).unwrap_or_default();
            Failure::settings(
                format!("the file {path} is no text in UTF-8 or UTF-16"),
                "Save it as UTF-8, with nothing but the value in it.",
            )
        })
    }

    async fn read(&self, argument: Argument) -> Result<Vec<u8>, Failure> {
        let path = self.settings.text(argument).unwrap_or_default();
        tokio::fs::read(Path::new(path)).await.map_err(|error| {
            let origin = self.settings.origin(argument).map(|origin| format!(" (from {origin})")).unwrap_or_default();
            Failure::settings(
                format!("the file {path}{origin} cannot be read: {error}"),
                "Check that it exists and that the user who runs Terraform may read it; a relative path starts at the \
                 directory in which Terraform runs.",
            )
        })
    }
}

/// The text of a file that begins with a byte order mark, which is none of the text: UTF-8, or UTF-16 as PowerShell's `>`
/// writes it. `None` without a mark; `Some(None)` when what follows is no such text.
fn decoded(bytes: &[u8]) -> Option<Option<String>> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        bytes.len().is_multiple_of(2).then(|| String::from_utf16(&units).ok()).flatten()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Some(String::from_utf8(rest.to_vec()).ok()),
        [0xff, 0xfe, rest @ ..] => Some(utf_16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some(utf_16(rest, u16::from_be_bytes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_none_of_the_text() {
        assert_eq!(decoded(b"plain"), None);
        assert_eq!(decoded(b"\xef\xbb\xbfs3cret"), Some(Some("s3cret".to_owned())));
        assert_eq!(decoded(b"\xff\xfes\x003\0"), Some(Some("s3".to_owned())));
        assert_eq!(decoded(b"\xfe\xff\0s\x003"), Some(Some("s3".to_owned())));
        assert_eq!(decoded(b"\xff\xfes"), Some(None), "half a character");
        assert_eq!(decoded(b"\xef\xbb\xbf\xff"), Some(None));
    }
}
