# A tenant that was made by hand, taken over without a change:
#
#   terraform-provider-autopilot export > imports.tf
#   terraform plan -generate-config-out=generated.tf
#   terraform apply
#
# imports.tf beside this file is what export writes of Contoso, the emulator's tenant; generated.tf is what Terraform made of it,
# without what says nothing.

terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}
