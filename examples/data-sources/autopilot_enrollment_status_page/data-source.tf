terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_enrollment_status_page" "everybody" {
  default_page = true
}

output "is_shown_to_everybody" {
  value = data.autopilot_enrollment_status_page.everybody.show_progress
}
