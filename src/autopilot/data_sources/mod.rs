//! The data sources, one file each.

mod assignment_filter;
mod company_branding;
mod deployment_events;
mod deployment_profile;
mod deployment_profiles;
mod device;
mod device_join_policy;
mod devices;
mod enrollment_scope;
mod enrollment_status_page;
mod enrollment_status_pages;
mod entra_device;
mod group;
mod mobile_apps;
mod readiness;
mod scope_tag;
mod tenant;
mod user;

use super::resources;
use super::tenant::Tenant;
use super::type_access::needed;
use crate::tf_provider::data_source::DataSource;

/// All data sources.
pub(crate) fn all() -> Vec<Box<dyn DataSource<Tenant>>> {
    let mut all: Vec<Box<dyn DataSource<Tenant>>> = vec![
        Box::new(assignment_filter::AssignmentFilter),
        Box::new(company_branding::CompanyBranding),
        Box::new(deployment_events::DeploymentEvents),
        Box::new(deployment_profile::DeploymentProfile),
        Box::new(deployment_profiles::DeploymentProfiles),
        Box::new(device::Device),
        Box::new(device_join_policy::DeviceJoinPolicy),
        Box::new(devices::Devices),
        Box::new(enrollment_scope::EnrollmentScope),
        Box::new(enrollment_status_page::EnrollmentStatusPage),
        Box::new(enrollment_status_pages::EnrollmentStatusPages),
        Box::new(entra_device::EntraDevice),
        Box::new(group::Group),
        Box::new(mobile_apps::MobileApps),
        Box::new(readiness::Readiness),
        Box::new(scope_tag::ScopeTag),
        Box::new(user::User),
    ];
    all.push(Box::new(tenant::SignedIn::with(needed(&resources::all(), &all, &[]))));
    all.sort_by_key(|one| one.name());
    all
}
