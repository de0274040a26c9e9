terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# "PC-5CD4108XKL"
output "name" {
  value = provider::autopilot::device_name_example("PC-%SERIAL%", "5CD4108XKL")
}
