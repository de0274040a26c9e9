terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# What everybody sees to whom no page of your own is assigned.
resource "autopilot_default_enrollment_status_page" "everybody" {
  timeout_minutes        = 120
  log_collection_enabled = true
  on_destroy             = "restore"
}
