output "laptops" {
  description = "Registration id and profile status by serial number."
  value = {
    for serial, laptop in autopilot_device_identity.laptop : serial => {
      id             = laptop.id
      profile_status = laptop.profile_status
      user           = autopilot_user_assignment.laptop[serial].user_principal_name
    }
  }
}
