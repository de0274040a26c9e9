# `terraform test`: what this module plans, without a tenant and without signing in.

mock_provider "autopilot" {
  source = "./tests/mocks"
}

variables {
  laptops = {
    "PF4ZT7QN"   = { hardware_hash = "T0EAAA==", user = "megan@contoso.com", greeting = "Megan" }
    "5CD4108XKL" = { hardware_hash = "T0EAAA==", user = "alex@contoso.com" }
  }
}

run "each_laptop_gets_its_user" {
  assert {
    condition     = length(autopilot_user_assignment.laptop) == 2
    error_message = "Every laptop is to be assigned."
  }

  assert {
    condition     = output.laptops["PF4ZT7QN"].user == "megan@contoso.com"
    error_message = "The first laptop is Megan's."
  }
}

run "profile_and_page_follow_the_group" {
  variables {
    group_tag = "Sales"
  }

  assert {
    condition     = autopilot_device_group.laptops.autopilot_devices.group_tag == "Sales"
    error_message = "The group follows the tag."
  }

  assert {
    condition = alltrue([
      for one in concat(
        tolist(autopilot_deployment_profile.laptops.assignments),
        tolist(autopilot_enrollment_status_page.laptops.assignments),
      ) : one.group_id == autopilot_device_group.laptops.id
    ])
    error_message = "Profile and page are for the same devices."
  }
}
