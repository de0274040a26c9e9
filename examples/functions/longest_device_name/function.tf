terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

variable "prefix" {
  type    = string
  default = "CONTOSO"
}

# 13 characters, of the 15 that Windows allows.
output "longest" {
  value = provider::autopilot::longest_device_name("${var.prefix}-%RAND:5%")
}
