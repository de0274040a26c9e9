import {
  to = autopilot_device_join_policy.tenant
  id = "tenant"
}
