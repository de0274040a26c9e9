# Groups whose rule picks Autopilot devices.
list "autopilot_device_group" "autopilot" {
  provider = autopilot
}

# Every security group, with its members.
list "autopilot_device_group" "all" {
  provider         = autopilot
  include_resource = true
  limit            = 1000

  config {
    all_groups = true
  }
}
