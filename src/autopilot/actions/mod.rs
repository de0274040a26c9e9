//! The actions, one file each.

mod device_allow_next_enrollment;
mod device_reset;
mod device_sync;
mod done;
mod managed_device;
mod sync;
mod target;

use super::tenant::Tenant;
use crate::tf_provider::action::Action;

/// All actions.
pub(crate) fn all() -> Vec<Box<dyn Action<Tenant>>> {
    vec![
        Box::new(device_allow_next_enrollment::DeviceAllowNextEnrollment),
        Box::new(device_reset::DeviceReset),
        Box::new(device_sync::DeviceSync),
        Box::new(sync::Sync),
    ]
}
