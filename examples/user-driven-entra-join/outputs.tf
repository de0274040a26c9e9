output "laptops" {
  description = "Registration id and user by serial number."
  value = {
    for serial, laptop in autopilot_device_identity.laptop : serial => {
      id   = laptop.id
      user = autopilot_user_assignment.laptop[serial].user_principal_name
    }
  }
}

output "to_do" {
  description = "What to do before the laptops are handed out; empty if all of them are ready."
  value = {
    for serial, laptop in data.autopilot_readiness.laptop : serial => [
      for check in laptop.checks : "${check.detail} ${check.fix == null ? "" : check.fix}"
      if contains(["failed", "unknown"], check.status)
    ] if laptop.ready != true
  }
}
