terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_user" "megan" {
  user_principal_name = "megan@contoso.com"

  lifecycle {
    postcondition {
      condition     = self.account_enabled && self.intune_licensed
      error_message = "The laptop's user needs an enabled account with an Intune licence."
    }
  }
}
