terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

resource "autopilot_device_join_policy" "tenant" {
  allowed_to_join                                = { scope = "all" }
  registering_users_are_local_administrators     = { scope = "none" }
  global_administrators_are_local_administrators = true
  device_limit                                   = 20
  local_administrator_password_enabled           = true
}
