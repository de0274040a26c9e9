# Results that look like those of a tenant. Without this file Terraform makes up short texts, which work too.

mock_resource "autopilot_device_group" {
  defaults = {
    id = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346"
  }
}

mock_resource "autopilot_device_identity" {
  defaults = {
    id                = "4c7e1a92-5b3d-4f86-9e0a-d81c2f6b7a35"
    entra_device_id   = "9d2b6f41-8c0e-4a75-b3d9-17e5a0c4f682"
    entra_object_id   = "f18a3c57-2d9b-4e60-8f14-6ba0d5c7e293"
    enrollment_state  = "not_contacted"
    profile_status    = "assigned"
    remediation_state = "none_required"
  }
}
