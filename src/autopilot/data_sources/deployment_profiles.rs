//! `autopilot_deployment_profiles`: the deployment profiles of the tenant.

use async_trait::async_trait;

use crate::autopilot::engine::{CollectionMember, Member};
use crate::autopilot::look_up::{is_named_like, list_result, name_contains, results};
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::resources::deployment_profile::{self as resource, PROFILES};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Attribute, Schema, computed, list_of, object, text};
use crate::tf_provider::value::Value;

/// Deployment profiles.
pub(crate) struct DeploymentProfiles;

#[async_trait]
impl DataSource<Tenant> for DeploymentProfiles {
    fn name(&self) -> &'static str {
        "autopilot_deployment_profiles"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "The Windows Autopilot deployment profiles of the tenant: all of them, or those whose names match.",
        )
        .attributes([
            name_contains(PROFILES.noun),
            computed("ids", list_of(text()), "Ids of the profiles, in the order of their names."),
            computed("profiles", list_of(object(shown())), "The profiles, in the order of their names."),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let all = PROFILES.all(&cx.session()?).await?;
        let member = CollectionMember::<resource::DeploymentProfile>::new();
        let mut profiles = Vec::new();
        for found in all.iter().filter(|found| is_named_like(found, &config)) {
            profiles.push(member.read(found)?);
        }
        profiles.sort_by_cached_key(|profile| {
            let text = |name: &str| profile.get(name).as_str().unwrap_or_default().to_lowercase();
            (text("display_name"), text("id"))
        });
        Ok(list_result(config, "profiles", &shown(), &profiles))
    }
}

fn shown() -> Vec<Attribute> {
    results(resource::DeploymentProfile::schema(), &[])
}
