import {
  to = autopilot_user_assignment.megan
  id = "serial:PF4ZT7QN"
}
