terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_mobile_apps" "vpn" {
  display_name = "Company VPN"
}

resource "autopilot_enrollment_status_page" "laptops" {
  display_name     = "Contoso laptops"
  block_device_use = true
  blocking_app_ids = data.autopilot_mobile_apps.vpn.ids
}
