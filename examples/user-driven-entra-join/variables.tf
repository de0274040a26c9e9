variable "laptops" {
  description = "Laptops by serial number: the hardware hash, whose laptop it is, and how setup greets them."
  type = map(object({
    hardware_hash = string
    user          = string
    greeting      = optional(string)
  }))
  default = {}
}

variable "group_tag" {
  description = "Group tag of the laptops; it decides which group they are in, and so profile and status page."
  type        = string
  default     = "Contoso"
}

variable "adopt_existing" {
  description = "Whether objects that have these names already are taken over."
  type        = bool
  default     = false
}

variable "on_destroy" {
  description = "What destroying does to the tenant-wide settings: keep them, or restore what they were."
  type        = string
  default     = "restore"
}

variable "remove_enrolled_devices" {
  description = "Whether destroying a laptop that is enrolled removes it from Intune first; otherwise it is refused."
  type        = bool
  default     = false
}
