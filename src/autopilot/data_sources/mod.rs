//! The data sources, one file each.

mod device;
mod devices;

use super::tenant::Tenant;
use crate::tf_provider::data_source::DataSource;

/// All data sources.
pub(crate) fn all() -> Vec<Box<dyn DataSource<Tenant>>> {
    vec![Box::new(device::Device), Box::new(devices::Devices)]
}
