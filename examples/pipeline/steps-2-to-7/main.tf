# Steps 2 to 7, for an application: the pipeline signs in with OpenID Connect, and says so in the environment.

terraform {
  required_version = ">= 1.6"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

provider "autopilot" {}

# Step 2: everybody may join devices, but not as local administrator.
resource "autopilot_device_join_policy" "tenant" {
  allowed_to_join                            = { scope = "all" }
  registering_users_are_local_administrators = { scope = "none" }
}

# Step 3: the laptops, known by their hardware hashes.
resource "autopilot_device_identity" "laptop" {
  for_each = var.laptops

  serial_number = each.key
  hardware_hash = each.value.hardware_hash
  group_tag     = "Contoso"
}

# Step 4: the group that follows the tag.
resource "autopilot_device_group" "laptops" {
  display_name      = "Autopilot Contoso"
  autopilot_devices = { group_tag = "Contoso" }
}

# Step 5: what the user sees while apps and policies arrive.
resource "autopilot_enrollment_status_page" "laptops" {
  display_name     = "Autopilot Contoso"
  block_device_use = true
  assignments      = [{ group_id = autopilot_device_group.laptops.id }]
}

# Step 6: how the laptop sets itself up.
resource "autopilot_deployment_profile" "laptops" {
  display_name = "Autopilot Contoso"
  assignments  = [{ group_id = autopilot_device_group.laptops.id }]
}

# Step 7: whose laptop it is.
resource "autopilot_user_assignment" "laptop" {
  for_each = { for serial, laptop in var.laptops : serial => laptop if laptop.user != null }

  device_id           = autopilot_device_identity.laptop[each.key].id
  user_principal_name = each.value.user
}
