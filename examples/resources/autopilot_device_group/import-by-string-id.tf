import {
  to = autopilot_device_group.all
  id = "name:Autopilot devices"
}
