terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_enrollment_status_pages" "all" {}

# What users see, from the strongest page to the default one.
output "pages" {
  value = [for page in data.autopilot_enrollment_status_pages.all.pages : page.display_name]
}
