//! The managed resources, one file each.

pub(crate) mod default_enrollment_status_page;
pub(crate) mod deployment_profile;
pub(crate) mod device_fleet;
pub(crate) mod device_group;
pub(crate) mod device_identity;
pub(crate) mod device_join_policy;
pub(crate) mod enrollment_scope;
pub(crate) mod enrollment_status_page;
pub(crate) mod user_assignment;

use super::engine::{CollectionMember, TenantSetting};
use super::tenant::Tenant;
use crate::tf_provider::resource::Resource;

/// All managed resources.
pub(crate) fn all() -> Vec<Box<dyn Resource<Tenant>>> {
    vec![
        Box::new(TenantSetting::<default_enrollment_status_page::DefaultEnrollmentStatusPage>::new()),
        Box::new(CollectionMember::<deployment_profile::DeploymentProfile>::new()),
        Box::new(device_fleet::DeviceFleet),
        Box::new(CollectionMember::<device_group::DeviceGroup>::new()),
        Box::new(device_identity::DeviceIdentity),
        Box::new(TenantSetting::<device_join_policy::DeviceJoinPolicy>::new()),
        Box::new(TenantSetting::<enrollment_scope::EnrollmentScope>::new()),
        Box::new(CollectionMember::<enrollment_status_page::EnrollmentStatusPage>::new()),
        Box::new(user_assignment::UserAssignment),
    ]
}
