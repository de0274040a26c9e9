terraform {
  required_version = ">= 1.14"
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# terraform apply -invoke=action.autopilot_device_allow_next_enrollment.kiosk
action "autopilot_device_allow_next_enrollment" "kiosk" {
  config {
    serial_number = "PF4ZT7QN"
  }
}
