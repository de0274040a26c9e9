terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# Devices that nobody could hand out yet.
data "autopilot_devices" "without_profile" {
  profile_status = "not_assigned"
}

output "without_profile" {
  value = [for device in data.autopilot_devices.without_profile.devices : device.serial_number]
}
