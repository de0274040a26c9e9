# Windows Autopilot user-driven Microsoft Entra join, all seven steps.
#
# Step 1 needs a signed-in person: `terraform-provider-autopilot login`, and no client secret or certificate.

terraform {
  required_version = ">= 1.6"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

provider "autopilot" {}

# Step 1: devices of all users enroll in Intune by themselves.
resource "autopilot_enrollment_scope" "tenant" {
  mdm = { scope = "all" }
  mam = { scope = "none" }

  on_destroy = var.on_destroy
}

# Step 2: everybody may join devices, but not as local administrator.
resource "autopilot_device_join_policy" "tenant" {
  allowed_to_join                            = { scope = "all" }
  registering_users_are_local_administrators = { scope = "none" }

  on_destroy = var.on_destroy
}

# Step 3: the laptops, known by their hardware hashes.
resource "autopilot_device_identity" "laptop" {
  for_each = var.laptops

  serial_number    = each.key
  hardware_hash    = each.value.hardware_hash
  group_tag        = var.group_tag
  wait_for_profile = true
  adopt_existing   = var.adopt_existing
  on_destroy       = var.remove_enrolled_devices ? "remove_from_intune" : "deregister"

  # A device must find profile and page when it is switched on.
  depends_on = [
    autopilot_deployment_profile.laptops,
    autopilot_enrollment_status_page.laptops,
    autopilot_enrollment_scope.tenant,
    autopilot_device_join_policy.tenant,
  ]
}

# Step 4: the group that follows the tag.
resource "autopilot_device_group" "laptops" {
  display_name      = "Autopilot ${var.group_tag}"
  description       = "Laptops registered with the group tag ${var.group_tag}"
  autopilot_devices = { group_tag = var.group_tag }
  adopt_existing    = var.adopt_existing
}

# Step 5: what the user sees while apps and policies arrive.
resource "autopilot_enrollment_status_page" "laptops" {
  display_name           = "Autopilot ${var.group_tag}"
  timeout_minutes        = 60
  custom_message         = "Setup could not be completed. Call the helpdesk."
  block_device_use       = true
  device_reset_allowed   = true
  log_collection_enabled = true
  adopt_existing         = var.adopt_existing

  assignments = [
    { group_id = autopilot_device_group.laptops.id },
  ]
}

# Step 6: how the laptop sets itself up.
resource "autopilot_deployment_profile" "laptops" {
  display_name         = "Autopilot ${var.group_tag}"
  locale               = "os-default"
  device_name_template = "CONTOSO-%RAND:5%"
  user_account_type    = "standard"
  adopt_existing       = var.adopt_existing

  assignments = [
    { group_id = autopilot_device_group.laptops.id },
  ]
}

# Step 7: whose laptop it is.
resource "autopilot_user_assignment" "laptop" {
  for_each = var.laptops

  device_id             = autopilot_device_identity.laptop[each.key].id
  user_principal_name   = each.value.user
  addressable_user_name = each.value.greeting
}

# The last step: would the laptops set themselves up, if they were switched on now?
data "autopilot_readiness" "laptop" {
  for_each = var.laptops

  serial_number       = each.key
  user_principal_name = each.value.user

  depends_on = [
    autopilot_device_identity.laptop,
    autopilot_user_assignment.laptop,
  ]
}
