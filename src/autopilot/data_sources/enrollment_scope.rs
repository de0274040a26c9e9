//! `autopilot_enrollment_scope`: whose devices enroll in Intune by themselves, as it is.

use async_trait::async_trait;

use crate::autopilot::engine::Setting as _;
use crate::autopilot::engine::setting::current;
use crate::autopilot::look_up::{result, results};
use crate::autopilot::permissions::MOBILITY_READ;
use crate::autopilot::resources::enrollment_scope as resource;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// Automatic enrollment.
pub(crate) struct EnrollmentScope;

#[async_trait]
impl DataSource<Tenant> for EnrollmentScope {
    fn name(&self) -> &'static str {
        "autopilot_enrollment_scope"
    }

    fn schema(&self) -> Schema {
        Schema::new("Whose devices enroll in Intune by themselves when they join Microsoft Entra.")
            .attributes(results(resource::EnrollmentScope::schema(), &[]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(MOBILITY_READ).by_a_person()]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let shown = current::<resource::EnrollmentScope>(&cx.session()?).await?;
        Ok(result(&self.schema(), &config, &shown))
    }
}
