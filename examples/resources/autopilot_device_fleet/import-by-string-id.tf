import {
  to = autopilot_device_fleet.laptops
  id = "tag:HQ"
}
