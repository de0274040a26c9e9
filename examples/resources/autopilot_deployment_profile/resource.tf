terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_deployment_profile" "laptops" {
  display_name         = "Contoso laptops"
  description          = "Laptops that join Microsoft Entra with their user"
  locale               = "en-US"
  device_name_template = "CONTOSO-%RAND:5%"
  user_account_type    = "standard"

  assignments = [
    { target = "all_devices" },
  ]
}
