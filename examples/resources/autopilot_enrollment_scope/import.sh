# There is one enrollment scope for Intune in a tenant.
terraform import autopilot_enrollment_scope.tenant tenant
