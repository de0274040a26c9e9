# Which devices are Megan's.
list "autopilot_user_assignment" "megan" {
  provider = autopilot

  config {
    user_principal_name = "megan@contoso.com"
  }
}
