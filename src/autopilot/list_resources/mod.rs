//! What a tenant has that resources could manage, page by page.

mod devices;
mod members;
mod user_assignments;

use std::ops::ControlFlow;

use serde_json::Value as Json;

use super::resources::deployment_profile::DeploymentProfile;
use super::resources::device_group::DeviceGroup;
use super::resources::enrollment_status_page::EnrollmentStatusPage;
use super::session::Session;
use super::tenant::Tenant;
use crate::graph::Endpoint;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{ListResource, Listed, Results};

/// All list resources.
pub(super) fn all() -> Vec<Box<dyn ListResource<Tenant>>> {
    vec![
        Box::new(members::Members::<DeploymentProfile>::new()),
        Box::new(members::Members::<DeviceGroup>::new()),
        Box::new(devices::Devices),
        Box::new(members::Members::<EnrollmentStatusPage>::new()),
        Box::new(user_assignments::UserAssignments),
    ]
}

/// Reads a list and tells of what one row after the other is, if it is anything, until nobody wants more. A page is asked for
/// when the one before it is told.
async fn tell_rows(
    session: &Session,
    endpoint: &Endpoint,
    results: &mut Results,
    told: impl Fn(&Json) -> Result<Option<Listed>, Failure> + Send + Sync,
) -> Result<(), Failure> {
    let mut pages = session.graph().pages(endpoint);
    while let Some(rows) = pages.next(session.scope()).await? {
        for row in &rows {
            if let Some(listed) = told(row)?
                && results.tell(listed).await == ControlFlow::Break(())
            {
                return Ok(());
            }
        }
    }
    Ok(())
}
