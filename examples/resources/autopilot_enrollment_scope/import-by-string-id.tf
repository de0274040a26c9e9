import {
  to = autopilot_enrollment_scope.tenant
  id = "tenant"
}
