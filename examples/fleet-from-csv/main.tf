# A fleet of laptops from the CSV that Windows or the dealer exports, each with its group tag and user.

terraform {
  required_version = ">= 1.8"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

provider "autopilot" {}

locals {
  devices = {
    for device in provider::autopilot::parse_device_csv(filebase64(var.csv_file)) :
    device.serial_number => device
  }
}

resource "autopilot_device_identity" "fleet" {
  for_each = local.devices

  serial_number = each.key
  hardware_hash = each.value.hardware_hash
  product_key   = each.value.product_key
  group_tag     = each.value.group_tag
}

# One group, and so one profile, for each group tag in the file.
resource "autopilot_device_group" "by_tag" {
  for_each = toset(compact([for device in local.devices : device.group_tag]))

  display_name      = "Autopilot ${each.key}"
  autopilot_devices = { group_tag = each.key }
}

resource "autopilot_deployment_profile" "by_tag" {
  for_each = autopilot_device_group.by_tag

  display_name      = "Autopilot ${each.key}"
  user_account_type = "standard"

  assignments = [
    { group_id = each.value.id },
  ]
}

resource "autopilot_user_assignment" "fleet" {
  for_each = { for serial, device in local.devices : serial => device if device.assigned_user != null }

  device_id           = autopilot_device_identity.fleet[each.key].id
  user_principal_name = each.value.assigned_user
}
