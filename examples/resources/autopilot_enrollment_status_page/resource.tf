terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_enrollment_status_page" "laptops" {
  display_name           = "Contoso laptops"
  description            = "Wait for everything before the first use"
  timeout_minutes        = 90
  custom_message         = "Setup could not be completed. Call the service desk."
  log_collection_enabled = true
  block_device_use       = true
  device_reset_allowed   = true

  assignments = [
    { target = "all_devices" },
  ]
}
