import {
  to = autopilot_device_identity.laptops["5CD4108XKL"]
  identity = {
    serial_number = "5CD4108XKL"
  }
}
