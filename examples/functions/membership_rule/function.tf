terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# Devices with either of two group tags.
output "rule" {
  value = provider::autopilot::membership_rule("group_tag", "HQ", "Lab")
}
