output "laptops" {
  description = "Registration id and user by serial number."
  value = {
    for serial, laptop in autopilot_device_identity.laptop : serial => {
      id   = laptop.id
      user = autopilot_user_assignment.laptop[serial].user_principal_name
    }
  }
}
