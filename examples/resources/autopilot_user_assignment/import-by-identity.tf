import {
  to = autopilot_user_assignment.megan
  identity = {
    id = "7d2ff4bd-16b1-4a5e-8b3a-52a4ab0c1f5e"
  }
}
