terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

# What happened since the laptops were handed out.
data "autopilot_deployment_events" "november" {
  since = "2026-11-01T00:00:00Z"
}

output "failed" {
  value = {
    for event in data.autopilot_deployment_events.november.events :
    event.serial_number => event.failure... if event.state == "failure"
  }
}
