terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_deployment_profile" "laptops" {
  display_name         = "Contoso laptops"
  description          = "User-driven Microsoft Entra join"
  locale               = "en-US"
  device_name_template = "CONTOSO-%RAND:5%"
  user_account_type    = "standard"

  assignments = [
    { target = "all_devices" },
  ]
}
