//! `autopilot_deployment_profile`: a deployment profile that exists.

use async_trait::async_trait;

use crate::autopilot::engine::{CollectionMember, Member};
use crate::autopilot::look_up::{id_or_name, one_of_id_and_name, result, results};
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::resources::deployment_profile::{self as resource, PROFILES};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// A deployment profile, by id or name.
pub(crate) struct DeploymentProfile;

#[async_trait]
impl DataSource<Tenant> for DeploymentProfile {
    fn name(&self) -> &'static str {
        PROFILES.type_name
    }

    fn schema(&self) -> Schema {
        let shown = results(resource::DeploymentProfile::schema(), &["id", "display_name"]);
        Schema::new("A Windows Autopilot deployment profile that exists in the tenant, whoever made it.")
            .attributes(id_or_name(&PROFILES))
            .attributes(shown)
            .rule(one_of_id_and_name())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = PROFILES.look_up(&session, &config).await?;
        let shown = CollectionMember::<resource::DeploymentProfile>::new().read(&found)?;
        Ok(result(&self.schema(), &config, &shown))
    }
}
