//! What was found of one thing, and how an error is one.

use serde::Serialize;

use crate::graph::{self, ErrorKind};

/// What was found of one thing.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub about: &'static str,
    /// Whether it is as this program expects.
    pub verdict: Verdict,
    /// What differs, or why nothing could be seen.
    pub details: Vec<String>,
}

/// Whether the tenant agrees with what this program expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    AsExpected,
    /// It does not.
    Different,
    /// There is nothing to compare with, or it may not be read.
    NotSeen,
}

impl Finding {
    /// As expected when there are no details of what differs.
    pub(super) fn of(about: &'static str, differences: impl IntoIterator<Item = String>) -> Self {
        let details: Vec<String> = differences.into_iter().collect();
        let verdict = if details.is_empty() { Verdict::AsExpected } else { Verdict::Different };
        Self { about, verdict, details }
    }

    pub(super) fn not_seen(about: &'static str, why: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::NotSeen, details: vec![why.into()] }
    }
}

/// A refusal is a finding; whatever keeps everything else from being read too is an error.
pub(super) fn unreadable(about: &'static str, error: graph::Error) -> Result<Finding, graph::Error> {
    match error.kind() {
        ErrorKind::PermissionMissing => {
            let needs = error.needs().join(" or ");
            Ok(Finding::not_seen(about, format!("the token may not read it; {needs} is needed")))
        }
        _ if answered(&error) => Ok(Finding::of(about, [format!("it cannot be read: {}", status(&error))])),
        _ => Err(error),
    }
}

/// Whether Graph gave an answer that says something about the service, rather than about the sign-in or the network.
pub(super) fn answered(error: &graph::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::Refused
            | ErrorKind::Conflict
            | ErrorKind::ServiceFault
            | ErrorKind::UnexpectedAnswer
    )
}

/// Status and code, and nothing of the text, which may quote the tenant.
pub(super) fn status(error: &graph::Error) -> String {
    let status = error.status().map_or("an answer that is no JSON".to_owned(), |status| status.to_string());
    error.code().map_or(status.clone(), |code| format!("{status} {code}"))
}
