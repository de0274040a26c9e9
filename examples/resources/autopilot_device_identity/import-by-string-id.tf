import {
  to = autopilot_device_identity.laptops["5CD4108XKL"]
  id = "serial:5CD4108XKL"
}
