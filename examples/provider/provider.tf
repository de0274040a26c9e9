terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# A person: `terraform-provider-autopilot login` once, and nothing more.
# In a pipeline: ARM_TENANT_ID, ARM_CLIENT_ID and either ARM_CLIENT_SECRET or ARM_USE_OIDC=true.
provider "autopilot" {}
