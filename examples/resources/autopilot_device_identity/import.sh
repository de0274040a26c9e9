# By registration id, or by serial number.
terraform import 'autopilot_device_identity.laptops["5CD4108XKL"]' 7d2ff4bd-16b1-4a5e-8b3a-52a4ab0c1f5e
terraform import 'autopilot_device_identity.laptops["5CD4108XKL"]' "serial:5CD4108XKL"
