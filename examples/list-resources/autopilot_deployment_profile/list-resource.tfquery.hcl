# What profiles there are.
list "autopilot_deployment_profile" "all" {
  provider = autopilot
}
