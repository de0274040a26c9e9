terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

locals {
  laptops = provider::autopilot::parse_device_csv(filebase64("${path.module}/laptops.csv"))
}

output "serial_numbers" {
  value = local.laptops[*].serial_number
}
