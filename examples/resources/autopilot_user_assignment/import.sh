# By the registration id of the device, or by its serial number.
terraform import autopilot_user_assignment.megan 7d2ff4bd-16b1-4a5e-8b3a-52a4ab0c1f5e
terraform import autopilot_user_assignment.megan "serial:PF4ZT7QN"
