import {
  to = autopilot_deployment_profile.laptops
  id = "name:Contoso laptops"
}
