import {
  to = autopilot_device_join_policy.tenant
  identity = {
    tenant_id = "0f5c1a2b-7d3e-4c6f-9a81-2b4d6e8f0a1c"
  }
}
