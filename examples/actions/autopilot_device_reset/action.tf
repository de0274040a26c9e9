terraform {
  required_version = ">= 1.14"
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# terraform apply -invoke=action.autopilot_device_reset.laptop
action "autopilot_device_reset" "laptop" {
  config {
    serial_number         = "PF4ZT7QN"
    confirm_serial_number = "PF4ZT7QN"
    keep_user_data        = true
  }
}
