//! Whether an action was carried out.

use crate::graph::{self, Done};
use crate::tf_provider::failure::Failure;

/// Whether something was done. `what` is what, and `look` where a person sees it.
pub(super) fn done(outcome: Result<Done, graph::Error>, what: &str, look: &str) -> Result<(), Failure> {
    match outcome? {
        Done::Yes => Ok(()),
        Done::NobodyKnows(error) => Err(Failure::new(
            "Nobody knows whether it was done",
            format!(
                "Microsoft Graph was asked to {what}, and no answer tells whether it did: {error}.\n\nIt is not asked again by \
                 itself, so that nothing is done twice. {look}; if it was not done, trigger the action again."
            ),
        )),
    }
}
