# What somebody writes who comes from these providers.

resource "autopilot_device_group" "laptops" {
  display_name    = "Laptops"
  description     = "All laptops"
  membership_rule = "(device.devicePhysicalIDs -any (_ -startsWith \"[ZTDid]\"))"
}

resource "autopilot_device_group" "kiosks" {
  display_name = "Kiosks"
}

resource "autopilot_deployment_profile" "laptops" {
  display_name                    = "Laptops"
  description                     = "For laptops"
  device_name_template            = "HQ-%SERIAL%"
  locale                          = "en-GB"
  keyboard_selection_page_skipped = true
  license_terms_hidden            = false
  privacy_settings_hidden         = false
  user_account_type               = "administrator"
  pre_provisioning_allowed        = true
  convert_targeted_devices        = true
  assignments                     = [{ group_id = autopilot_device_group.laptops.id }]
}

resource "autopilot_deployment_profile" "kiosks" {
  display_name = "Kiosks"
}

resource "autopilot_enrollment_status_page" "laptops" {
  display_name                      = "Laptops"
  timeout_minutes                   = 90
  custom_message                    = "Call 4711"
  log_collection_enabled            = true
  block_device_use                  = true
  device_reset_allowed              = true
  device_use_allowed                = true
  track_progress_for_autopilot_only = false
  assignments                       = [{ group_id = autopilot_device_group.laptops.id }]
}

resource "autopilot_enrollment_status_page" "kiosks" {
  display_name                      = "Kiosks"
  log_collection_enabled            = true
  block_device_use                  = true
  only_devices_set_up_by_oobe       = false
  track_progress_for_autopilot_only = false
}

resource "autopilot_default_enrollment_status_page" "tenant" {
  show_progress = false
}

resource "autopilot_device_identity" "first" {
  serial_number = "5CD4108XKL"
  group_tag     = "HQ"
}

resource "autopilot_device_join_policy" "tenant" {
  device_limit = 50
}

resource "autopilot_enrollment_scope" "tenant" {
  mdm = { scope = "none" }
}

moved {
  from = azuread_group.laptops
  to   = autopilot_device_group.laptops
}

moved {
  from = microsoft365_graph_beta_groups_group.kiosks
  to   = autopilot_device_group.kiosks
}

moved {
  from = microsoft365_graph_beta_device_management_windows_autopilot_deployment_profile.laptops
  to   = autopilot_deployment_profile.laptops
}

moved {
  from = microsoft365wp_azure_ad_windows_autopilot_deployment_profile.kiosks
  to   = autopilot_deployment_profile.kiosks
}

moved {
  from = microsoft365_graph_beta_device_management_windows_enrollment_status_page.laptops
  to   = autopilot_enrollment_status_page.laptops
}

moved {
  from = microsoft365wp_device_enrollment_configuration.kiosks
  to   = autopilot_enrollment_status_page.kiosks
}

moved {
  from = microsoft365wp_device_enrollment_configuration.default
  to   = autopilot_default_enrollment_status_page.tenant
}

moved {
  from = microsoft365_graph_beta_device_management_windows_autopilot_device_identity.first
  to   = autopilot_device_identity.first
}

moved {
  from = microsoft365wp_device_registration_policy.singleton
  to   = autopilot_device_join_policy.tenant
}

moved {
  from = microsoft365wp_mobility_management_policy.device
  to   = autopilot_enrollment_scope.tenant
}
