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

data "autopilot_device" "laptop" {
  serial_number = autopilot_device_identity.laptop.serial_number
  depends_on    = [autopilot_device_identity.laptop]
}

output "profile_status" {
  value = data.autopilot_device.laptop.profile_status
}
