terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_device_identity" "megan" {
  serial_number    = "PF4ZT7QN"
  hardware_hash_wo = file("${path.module}/PF4ZT7QN.hash")
  group_tag        = "HQ"
}

resource "autopilot_user_assignment" "megan" {
  device_id             = autopilot_device_identity.megan.id
  user_principal_name   = "megan@contoso.com"
  addressable_user_name = "Megan"
}
