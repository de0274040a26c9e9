# The devices of the sales people that no profile reaches yet.
list "autopilot_device_identity" "without_profile" {
  provider = autopilot
  limit    = 5000

  config {
    group_tag      = "Sales"
    profile_status = "not_assigned"
  }
}

# Everything that is known of the devices of one delivery.
list "autopilot_device_identity" "delivery" {
  provider         = autopilot
  include_resource = true

  config {
    manufacturer         = "LENOVO"
    serial_number_prefix = "PF4"
  }
}
