//! The managed resources, one file each.

pub(crate) mod deployment_profile;

use super::tenant::Tenant;
use crate::tf_provider::resource::Resource;

/// All managed resources.
pub(crate) fn all() -> Vec<Box<dyn Resource<Tenant>>> {
    vec![Box::new(deployment_profile::DeploymentProfile)]
}
