//! A list whose rows are sent one by one.

use std::ops::ControlFlow;

use serde_json::Value as Json;

use crate::autopilot::session::Session;
use crate::graph::Endpoint;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{Listed, Results};

/// Reads a list and tells of what one row after the other is, if it is anything, until nobody wants more. A page is asked for
/// when the one before it is sent.
pub(super) async fn tell_rows(
    session: &Session,
    endpoint: &Endpoint,
    results: &mut Results,
    to_listed: impl Fn(&Json) -> Result<Option<Listed>, Failure> + Send + Sync,
) -> Result<(), Failure> {
    let mut pages = session.graph().pages(endpoint);
    while let Some(rows) = pages.next(session.scope()).await? {
        for row in &rows {
            if let Some(listed) = to_listed(row)?
                && results.tell(listed).await == ControlFlow::Break(())
            {
                return Ok(());
            }
        }
    }
    Ok(())
}
