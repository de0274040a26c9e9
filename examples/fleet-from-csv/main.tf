# A fleet of laptops from the CSV that Windows or the dealer exports, with a group and a profile for each group tag in it.

terraform {
  # Terraform 1.11 keeps the hashes out of the state.
  required_version = ">= 1.11"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

provider "autopilot" {}

locals {
  laptops = {
    for laptop in provider::autopilot::parse_device_csv(filebase64(var.csv_file)) :
    laptop.serial_number => laptop
  }
}

resource "autopilot_device_fleet" "laptops" {
  devices = {
    for serial, laptop in local.laptops : serial => {
      hardware_hash_wo    = laptop.hardware_hash
      product_key         = laptop.product_key
      group_tag           = coalesce(laptop.group_tag, "HQ")
      user_principal_name = laptop.assigned_user
    }
  }

  lifecycle {
    postcondition {
      condition     = length(self.failed) == 0
      error_message = "Not registered: ${jsonencode(self.failed)}"
    }
  }
}

# One group, and so one profile, for each group tag in the file.
resource "autopilot_device_group" "by_tag" {
  for_each = toset([for laptop in local.laptops : coalesce(laptop.group_tag, "HQ")])

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
