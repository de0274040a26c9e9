terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# Needs a signed-in person: `terraform-provider-autopilot login`, and no client secret or certificate.
resource "autopilot_enrollment_scope" "tenant" {
  mdm = { scope = "all" }
  mam = { scope = "none" }
}
