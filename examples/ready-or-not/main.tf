# A plan that is a list of what to fix before laptops are handed out.
terraform {
  required_version = ">= 1.6"

  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

variable "handed_out" {
  description = "Who gets which laptop: user principal names by serial number."
  type        = map(string)
  default = {
    "7WQ3M04"  = "megan@contoso.com"
    "PF4ZT7QN" = "alex@contoso.com"
  }
}

data "autopilot_readiness" "laptops" {
  for_each = var.handed_out

  serial_number       = each.key
  user_principal_name = each.value
}

# A failed check is a warning of the plan and stops nothing. One block judges all, since `check` takes no `for_each`.
check "laptops_are_ready" {
  assert {
    condition     = alltrue([for laptop in data.autopilot_readiness.laptops : coalesce(laptop.ready, false)])
    error_message = join("\n", local.to_do)
  }
}

locals {
  # What to fix, and what could not be seen, for each laptop.
  to_do = flatten([
    for serial, laptop in data.autopilot_readiness.laptops : [
      for check in laptop.checks : "${serial} (${check.step}): ${check.detail} ${check.fix == null ? "" : check.fix}"
      if contains(["failed", "unknown"], check.status)
    ]
  ])
}

output "ready" {
  description = "The laptops that can be handed out."
  value       = [for serial, laptop in data.autopilot_readiness.laptops : serial if coalesce(laptop.ready, false)]
}

output "to_do" {
  description = "What to do before the others can."
  value       = local.to_do
}
