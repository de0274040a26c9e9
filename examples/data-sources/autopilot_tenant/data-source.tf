terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_tenant" "this" {
  lifecycle {
    postcondition {
      condition     = self.default_domain == "contoso.onmicrosoft.com"
      error_message = "This configuration is for Contoso, and the sign-in is one of ${self.default_domain}."
    }
  }
}

# What the account could not do, before anything asks for it.
output "missing_permissions" {
  value = { for type in data.autopilot_tenant.this.types : type.type => type.missing if length(type.missing) > 0 }
}
