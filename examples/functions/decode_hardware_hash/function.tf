terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

output "device" {
  value = provider::autopilot::decode_hardware_hash(file("${path.module}/7WQ3M04.hash"))
}
