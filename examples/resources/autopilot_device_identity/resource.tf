terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# The file that Get-WindowsAutopilotInfo wrote, or that came with the laptops.
locals {
  laptops = {
    for laptop in provider::autopilot::parse_device_csv(filebase64("${path.module}/laptops.csv")) :
    laptop.serial_number => laptop
  }
}

resource "autopilot_device_identity" "laptops" {
  for_each = local.laptops

  serial_number    = each.key
  hardware_hash_wo = each.value.hardware_hash
  group_tag        = coalesce(each.value.group_tag, "HQ")
}
