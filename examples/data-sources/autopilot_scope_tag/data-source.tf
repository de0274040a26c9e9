terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_scope_tag" "headquarters" {
  display_name = "Headquarters"
}

resource "autopilot_deployment_profile" "headquarters" {
  display_name       = "Headquarters"
  role_scope_tag_ids = [data.autopilot_scope_tag.headquarters.id]
}
