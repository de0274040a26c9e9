terraform {
  required_version = ">= 1.14"
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# After devices were registered or got another group tag.
action "autopilot_sync" "now" {
  config {
    wait = true
  }
}

resource "autopilot_device_fleet" "laptops" {
  devices = {}

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.autopilot_sync.now]
    }
  }
}
