//! What came of a call, as the fields of a reply.

use super::convert;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::protocol::tfplugin6 as wire;

/// The diagnostics of an outcome, whichever it is.
pub(super) fn said(outcome: Result<Diagnostics, Failure>) -> Vec<wire::Diagnostic> {
    convert::diagnostics(outcome.unwrap_or_else(Failure::into_diagnostics))
}

/// An outcome as the two fields of a reply.
pub(super) fn or_said<T>(outcome: Result<T, Failure>) -> (Option<T>, Vec<wire::Diagnostic>) {
    match outcome {
        Ok(value) => (Some(value), Vec::new()),
        Err(failure) => (None, said(Err(failure))),
    }
}

/// That there is nothing of this name.
pub(super) fn nothing_of_the_kind(what: &str, name: &str) -> Vec<wire::Diagnostic> {
    said(Err(unknown(what, name)))
}

/// The same, as a failure.
pub(super) fn unknown(what: &str, name: &str) -> Failure {
    let detail =
        format!("This provider has no {what} for `{name}`. Correct the name, or upgrade the provider.");
    Failure::new(format!("Unknown {what}"), detail)
}

/// What a failure says in detail, as one text.
pub(super) fn text(failure: Failure) -> String {
    failure.into_diagnostics().into_iter().map(|d| d.detail).collect::<Vec<_>>().join("\n")
}
