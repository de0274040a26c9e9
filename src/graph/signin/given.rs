//! Values that are given as text or in a file. Files are read anew for every token, so that what rotates is followed.

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
        Certificate::read(&self.read(Argument::ClientCertificatePath).await?, password, path)
    }

    /// The client id, given or in a file, if there is one.
    pub(super) async fn client_id(&self) -> Result<Option<String>, Failure> {
        if let Some(id) = self.settings.text(Argument::ClientId) {
            return Ok(Some(id.trim().to_owned()));
        }
        if !self.settings.has(Argument::ClientIdFilePath) {
            return Ok(None);
        }
        let id = self.read(Argument::ClientIdFilePath).await?;
        Ok(Some(String::from_utf8_lossy(&id).trim().to_owned()))
    }

    /// A secret that may stand in a file; a line break at its end is not part of it.
    pub(super) async fn secret_or_file(&self, given: Argument, file: Argument) -> Result<Secret, Failure> {
        let secret = match self.settings.secret(given) {
            Some(secret) => Secret::new(secret.expose().trim()),
            None => Secret::new(String::from_utf8_lossy(&self.read(file).await?).trim()),
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
