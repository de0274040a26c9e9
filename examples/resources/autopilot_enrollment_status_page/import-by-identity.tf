import {
  to = autopilot_enrollment_status_page.laptops
  identity = {
    id = "2fc4aa1f-1c43-4a7f-a7a0-3f2b1c5d9e10_Windows10EnrollmentCompletionPageConfiguration"
  }
}
