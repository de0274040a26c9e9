terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

data "autopilot_device_join_policy" "tenant" {
  lifecycle {
    postcondition {
      condition     = self.allowed_to_join.scope != "none"
      error_message = "Nobody may join devices to Microsoft Entra, so no deployment can succeed."
    }
  }
}
