//! `autopilot_device_join_policy`: who may join devices, as it is.

use async_trait::async_trait;

use crate::autopilot::engine::Setting as _;
use crate::autopilot::engine::setting::current;
use crate::autopilot::look_up::{result, results};
use crate::autopilot::permissions::DEVICE_POLICY_READ;
use crate::autopilot::resources::device_join_policy as resource;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// The tenant's device registration policy.
pub(crate) struct DeviceJoinPolicy;

#[async_trait]
impl DataSource<Tenant> for DeviceJoinPolicy {
    fn name(&self) -> &'static str {
        "autopilot_device_join_policy"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Who may join devices to Microsoft Entra, who becomes local administrator, and on what terms.",
        )
        .attributes(results(resource::DeviceJoinPolicy::schema(), &[]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(DEVICE_POLICY_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let shown = current::<resource::DeviceJoinPolicy>(&cx.session()?).await?;
        Ok(result(&self.schema(), &config, &shown))
    }
}
