//! The provider functions, one file each.

mod common;
mod decode_hardware_hash;
mod device_name_example;
mod longest_device_name;
mod membership_rule;
mod parse_device_csv;

use crate::tf_provider::function::Function;

/// All functions.
pub(crate) fn all() -> Vec<Box<dyn Function>> {
    vec![
        Box::new(decode_hardware_hash::DecodeHardwareHash),
        Box::new(device_name_example::DeviceNameExample),
        Box::new(longest_device_name::LongestDeviceName),
        Box::new(membership_rule::MembershipRule),
        Box::new(parse_device_csv::ParseDeviceCsv),
    ]
}
