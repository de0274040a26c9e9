//! What a tenant has that resources could manage, page by page.

mod devices;
mod members;
mod rows;
mod user_assignments;

use super::resources::deployment_profile::DeploymentProfile;
use super::resources::device_group::DeviceGroup;
use super::resources::enrollment_status_page::EnrollmentStatusPage;
use super::tenant::Tenant;
use crate::tf_provider::list_resource::ListResource;

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
