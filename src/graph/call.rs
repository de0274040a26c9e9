//! The facts of a call.

use std::fmt;

/// The call that failed, for whoever follows it up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path with version, without query.
    pub path: String,
    /// HTTP status; `None` when there was no answer.
    pub status: Option<u16>,
    /// `error.code` of the answer.
    pub code: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: Option<String>,
    /// Intune's id of the request, when it differs.
    pub activity_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
    /// Whether Intune answered that an error has occurred, and nothing else.
    pub bare: bool,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, ": {status} {code}")?,
            (Some(status), None) => write!(f, ": {status}")?,
            (None, _) => write!(f, ": no answer")?,
        }
        let ids = [
            ("request-id", &self.request_id),
            ("client-request-id", &self.client_request_id),
            ("activity-id", &self.activity_id),
        ];
        for (name, id) in ids {
            if let Some(id) = id {
                write!(f, ", {name} {id}")?;
            }
        }
        if self.attempts > 1 {
            write!(f, ", sent {} times", self.attempts)?;
        }
        Ok(())
    }
}
