variable "csv_file" {
  description = "The CSV with the devices, as Get-WindowsAutopilotInfo or the portal writes it."
  type        = string
  default     = "devices.csv"
}
