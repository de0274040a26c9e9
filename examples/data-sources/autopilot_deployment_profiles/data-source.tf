terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_deployment_profiles" "all" {}

# Profiles that no device can get.
output "unassigned" {
  value = [
    for profile in data.autopilot_deployment_profiles.all.profiles : profile.display_name
    if length(coalesce(profile.assignments, [])) == 0
  ]
}
