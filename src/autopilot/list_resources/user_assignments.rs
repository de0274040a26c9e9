//! Devices that are meant for somebody, each as an `autopilot_user_assignment`.

use async_trait::async_trait;

use super::rows::tell_rows;
use crate::autopilot::devices::{DEVICES, Registered};
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::resources::user_assignment;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::decode;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{ListResource, Listed, Query, Results};
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Schema, optional, text};

/// Assignments of users.
pub(super) struct UserAssignments;

#[async_trait]
impl ListResource<Tenant> for UserAssignments {
    fn name(&self) -> &'static str {
        user_assignment::TYPE
    }

    fn schema(&self) -> Schema {
        Schema::new("The users that Autopilot devices are assigned to, one for each device that has one.")
            .attributes([optional(
                "user_principal_name",
                text(),
                "Only devices of the user with this sign-in name. Capital letters do not matter.",
            )])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ)]
    }

    async fn list(&self, cx: &Cx, query: &Query, results: &mut Results) -> Result<(), Failure> {
        let wanted = query.config.get("user_principal_name").as_str().map(str::to_lowercase);
        tell_rows(&cx.session()?, &DEVICES.read_from(), results, |row| {
            let device: Registered = decode(row)?;
            let Some(user) = device.user() else { return Ok(None) };
            if wanted.as_ref().is_some_and(|wanted| *wanted != user.to_lowercase()) {
                return Ok(None);
            }
            let serial = device.serial_number.as_deref().unwrap_or(&device.id);
            let display_name = format!("{serial} ({user})");
            Ok(Some(Listed { state: user_assignment::imported(row), display_name }))
        })
        .await
    }
}
