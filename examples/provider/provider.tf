terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# On a laptop: az login, and nothing more.
# In a pipeline: ARM_TENANT_ID, ARM_CLIENT_ID and either ARM_CLIENT_SECRET or ARM_USE_OIDC=true.
provider "autopilot" {}
