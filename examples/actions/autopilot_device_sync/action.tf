terraform {
  required_version = ">= 1.14"
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# terraform apply -invoke=action.autopilot_device_sync.laptop
action "autopilot_device_sync" "laptop" {
  config {
    serial_number = "PF4ZT7QN"
  }
}
