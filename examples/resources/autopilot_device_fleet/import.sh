# Every registered device with a group tag, a purchase order or a model; or all there are.
terraform import autopilot_device_fleet.laptops "tag:HQ"
terraform import autopilot_device_fleet.laptops "order:PO-123"
terraform import autopilot_device_fleet.laptops "model:Latitude 7450"
terraform import autopilot_device_fleet.laptops "all"
