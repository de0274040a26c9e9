resource "autopilot_default_enrollment_status_page" "tenant" {
  show_progress = false
}

resource "autopilot_device_join_policy" "tenant" {
  allowed_to_join                                = { scope = "all" }
  allowed_to_register                            = { scope = "all" }
  device_limit                                   = 50
  global_administrators_are_local_administrators = true
  local_administrator_password_enabled           = false
  registering_users_are_local_administrators     = { scope = "all" }
  require_multifactor_authentication             = false
}

resource "autopilot_enrollment_scope" "tenant" {
  mam = { scope = "none" }
  mdm = { scope = "none" }
}
