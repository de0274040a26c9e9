import {
  to = autopilot_default_enrollment_status_page.everybody
  id = "default"
}
