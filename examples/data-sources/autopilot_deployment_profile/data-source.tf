terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_deployment_profile" "laptops" {
  display_name = "Contoso laptops"
}

data "autopilot_deployment_profile" "laptops" {
  display_name = autopilot_deployment_profile.laptops.display_name
}

output "account_type" {
  value = data.autopilot_deployment_profile.laptops.user_account_type
}
