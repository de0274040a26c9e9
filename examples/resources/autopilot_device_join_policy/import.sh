# There is one such policy in a tenant.
terraform import autopilot_device_join_policy.tenant tenant
