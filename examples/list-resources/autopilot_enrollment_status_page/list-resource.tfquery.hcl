# What pages there are besides the default one.
list "autopilot_enrollment_status_page" "all" {
  provider = autopilot
}
