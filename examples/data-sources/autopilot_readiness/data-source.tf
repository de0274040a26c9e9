terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_device_identity" "laptop" {
  serial_number    = "7WQ3M04"
  hardware_hash_wo = file("${path.module}/7WQ3M04.hash")
}

data "autopilot_readiness" "laptop" {
  serial_number       = autopilot_device_identity.laptop.serial_number
  user_principal_name = "megan@contoso.com"
}

# What has to be done before the laptop is handed out.
output "to_do" {
  value = [for check in data.autopilot_readiness.laptop.checks : check.fix if check.status == "failed"]
}
