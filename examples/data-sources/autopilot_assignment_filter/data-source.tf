terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_assignment_filter" "windows_11" {
  display_name = "Windows 11 24H2"
}

resource "autopilot_enrollment_status_page" "laptops" {
  display_name = "Laptops with Windows 11"

  assignments = [
    {
      target      = "all_devices"
      filter_id   = data.autopilot_assignment_filter.windows_11.id
      filter_mode = "include"
    },
  ]
}
