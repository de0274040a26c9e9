//! The managed resources, one file each.

pub(crate) mod deployment_profile;
pub(crate) mod device_group;
pub(crate) mod device_identity;
pub(crate) mod device_join_policy;
pub(crate) mod enrollment_scope;
pub(crate) mod enrollment_status_page;
pub(crate) mod user_assignment;

use super::tenant::Tenant;
use crate::tf_provider::resource::Resource;

/// All managed resources.
pub(crate) fn all() -> Vec<Box<dyn Resource<Tenant>>> {
    vec![
        Box::new(deployment_profile::DeploymentProfile),
        Box::new(device_group::DeviceGroup),
        Box::new(device_identity::DeviceIdentity),
        Box::new(device_join_policy::DeviceJoinPolicy),
        Box::new(enrollment_scope::EnrollmentScope),
        Box::new(enrollment_status_page::EnrollmentStatusPage),
        Box::new(user_assignment::UserAssignment),
    ]
}
