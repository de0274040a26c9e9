import {
  to = autopilot_device_group.all
  identity = {
    id = "5b8a1f0e-6c8d-4f7b-9a57-1f4c2f0b7f55"
  }
}
