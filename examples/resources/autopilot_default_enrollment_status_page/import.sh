# There is one in a tenant.
terraform import autopilot_default_enrollment_status_page.everybody default
