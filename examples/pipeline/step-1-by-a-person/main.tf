# Step 1, which Microsoft lets only a signed-in person change: `terraform-provider-autopilot login`, then apply once.

terraform {
  required_version = ">= 1.6"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

provider "autopilot" {}

# Devices of all users enroll in Intune by themselves.
resource "autopilot_enrollment_scope" "tenant" {
  mdm = { scope = "all" }
  mam = { scope = "none" }
}
