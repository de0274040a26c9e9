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

data "autopilot_entra_device" "laptop" {
  device_id = autopilot_device_identity.laptop.entra_device_id
}

resource "autopilot_device_group" "pilots" {
  display_name = "Pilot laptops"
  members      = [data.autopilot_entra_device.laptop.id]
}
