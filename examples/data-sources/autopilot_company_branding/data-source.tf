terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_company_branding" "this" {}

resource "autopilot_deployment_profile" "laptops" {
  display_name                  = "Laptops of the branded company"
  change_account_options_hidden = data.autopilot_company_branding.this.is_set
}
