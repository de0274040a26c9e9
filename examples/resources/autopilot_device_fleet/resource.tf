terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# The file that Get-WindowsAutopilotInfo wrote, or that came with the laptops.
resource "autopilot_device_fleet" "laptops" {
  devices = {
    for laptop in provider::autopilot::parse_device_csv(filebase64("${path.module}/laptops.csv")) :
    laptop.serial_number => {
      hardware_hash_wo    = laptop.hardware_hash
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
