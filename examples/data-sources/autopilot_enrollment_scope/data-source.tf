terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# Only a signed-in person can read this: run `terraform-provider-autopilot login` first.
data "autopilot_enrollment_scope" "tenant" {}

output "mdm_scope" {
  value = data.autopilot_enrollment_scope.tenant.mdm.scope
}
