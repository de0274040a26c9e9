use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Answers of Intune about which sources do not agree, or which differ between tenants. The default is the stricter
/// one where a client should be ready for both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct IntuneBehaviour {
    /// Whether the list of deployment profiles takes `$filter`. It is not offered, and some clients send it.
    pub filters_profiles: bool,
    /// Whether assigning a profile to a group it has already is refused. Otherwise the existing assignment is
    /// answered.
    pub refuses_repeated_profile_assignment: bool,
    /// Whether a `$select` on Autopilot devices is answered with 500, as it was in July 2026
    /// (ugurkocde/DeviceOffboardingManager#65).
    pub fails_on_select_of_devices: bool,
    /// Whether the read of one Autopilot device says that its profile status is `unknown`, where the list tells it
    /// (docs-contrib #5985).
    pub hides_profile_status_of_one: bool,
    /// Whether a device's profile can be read at an address of its own (`/deploymentProfile`). Microsoft's reference says
    /// so; docs-contrib #2569 shows that there is no such route, and `$expand` works.
    pub has_profile_routes: bool,
    /// Whether `$filter=serialNumber eq '..'` on Autopilot devices is refused, as most tenants do.
    pub refuses_serial_equality: bool,
    /// Whether a device that is enrolled in Intune cannot be deregistered. Since July 2023 it can.
    pub refuses_enrolled_deregistration: bool,
    /// Whether deleting an Autopilot device again, while its deletion is under way, is refused.
    pub refuses_repeated_deletion: bool,
    /// Whether a PATCH of an enrollment configuration may not carry `priority`.
    pub refuses_priority_in_patch: bool,
    /// Whether an enrollment configuration cannot be assigned to an exclusion group.
    pub refuses_enrollment_exclusions: bool,
    /// Whether writes of enrollment configurations less than three seconds apart can leave two with one priority,
    /// as they do in the real service. The time is the tenant's, shortened by its clock's scale.
    pub duplicates_priorities: bool,
    /// Whether `installQualityUpdates` is kept. Where the feature is not rolled out, it reads back false.
    pub installs_quality_updates: bool,
}

impl Default for IntuneBehaviour {
    fn default() -> Self {
        Self {
            filters_profiles: false,
            refuses_repeated_profile_assignment: false,
            fails_on_select_of_devices: true,
            hides_profile_status_of_one: false,
            has_profile_routes: false,
            refuses_serial_equality: true,
            refuses_enrolled_deregistration: false,
            refuses_repeated_deletion: false,
            refuses_priority_in_patch: true,
            refuses_enrollment_exclusions: true,
            duplicates_priorities: false,
            installs_quality_updates: true,
        }
    }
}
