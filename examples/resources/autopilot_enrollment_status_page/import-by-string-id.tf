import {
  to = autopilot_enrollment_status_page.laptops
  id = "name:Contoso laptops"
}
