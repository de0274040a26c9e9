terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# Every device registered with Autopilot.
resource "autopilot_device_group" "all" {
  display_name      = "Autopilot devices"
  autopilot_devices = {}
}

# Those with a group tag.
resource "autopilot_device_group" "sales" {
  display_name      = "Autopilot devices of Sales"
  description       = "Follows the group tag Sales"
  autopilot_devices = { group_tag = "Sales" }
}

# Those that a rule of your own picks.
resource "autopilot_device_group" "corporate" {
  display_name    = "Corporate devices"
  membership_rule = "(device.deviceOwnership -eq \"Company\")"
}
