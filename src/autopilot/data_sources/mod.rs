//! The data sources, one file each.

mod deployment_profile;
mod device;
mod device_join_policy;
mod devices;
mod enrollment_scope;
mod enrollment_status_page;
mod group;
mod mobile_apps;
mod user;

use super::tenant::Tenant;
use crate::tf_provider::data_source::DataSource;

/// All data sources.
pub(crate) fn all() -> Vec<Box<dyn DataSource<Tenant>>> {
    vec![
        Box::new(deployment_profile::DeploymentProfile),
        Box::new(device::Device),
        Box::new(device_join_policy::DeviceJoinPolicy),
        Box::new(devices::Devices),
        Box::new(enrollment_scope::EnrollmentScope),
        Box::new(enrollment_status_page::EnrollmentStatusPage),
        Box::new(group::Group),
        Box::new(mobile_apps::MobileApps),
        Box::new(user::User),
    ]
}
