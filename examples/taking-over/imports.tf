# What every tenant has once
import {
  to = autopilot_default_enrollment_status_page.tenant
  id = "tenant"
}

# What every tenant has once
import {
  to = autopilot_device_join_policy.tenant
  id = "tenant"
}

# What every tenant has once
import {
  to = autopilot_enrollment_scope.tenant
  id = "tenant"
}
