variable "laptops" {
  description = "Laptops by serial number: the hardware hash, and whose laptop it is."
  type = map(object({
    hardware_hash = string
    user          = optional(string)
  }))
  default = {}
}
