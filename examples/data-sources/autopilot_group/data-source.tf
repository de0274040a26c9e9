terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_group" "employees" {
  display_name = "Contoso Employees"
}

resource "autopilot_enrollment_status_page" "employees" {
  display_name     = "Contoso employees"
  block_device_use = true

  assignments = [
    { group_id = data.autopilot_group.employees.id },
  ]
}
