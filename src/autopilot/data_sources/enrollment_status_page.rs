//! `autopilot_enrollment_status_page`: a status page that exists, the default one too.

use async_trait::async_trait;

use crate::autopilot::look_up::{id_or_name, result, results};
use crate::autopilot::permissions::ENROLLMENT_READ;
use crate::autopilot::resources::enrollment_status_page::{
    self as resource, PAGES, found_values, is_default, kind_by_id, the_default,
};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::resource::Resource;
use crate::tf_provider::schema::{Schema, boolean, optional_computed, rule};
use crate::tf_provider::value::Value;

/// A status page, by id or name, or the default one.
pub(crate) struct EnrollmentStatusPage;

#[async_trait]
impl DataSource<Tenant> for EnrollmentStatusPage {
    fn name(&self) -> &'static str {
        PAGES.type_name
    }

    fn schema(&self) -> Schema {
        let mine = ["id", "display_name", DEFAULT];
        let what = "Set to true for the page that applies to everybody to whom no other page is assigned.";
        Schema::new("An enrollment status page that exists in the tenant, whoever made it.")
            .attributes(id_or_name(PAGES.noun))
            .attributes([optional_computed(DEFAULT, boolean(), what)])
            .attributes(results(resource::EnrollmentStatusPage.schema(), &mine))
            .rule(rule::exactly_one(&["id", "display_name", DEFAULT]))
            .rule(rule::Rule::new(format!("`{DEFAULT}` is true, or left out."), |config, problems| {
                if config.get(DEFAULT).as_bool() == Some(false) {
                    let what = format!(
                        "`{DEFAULT} = false` names no page. Remove it, and give `id` or `display_name`."
                    );
                    problems.error_at(DEFAULT, "No page is named", what);
                }
            }))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(ENROLLMENT_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = if config.get(DEFAULT).as_bool() == Some(true) {
            the_default(&session).await?
        } else {
            let kind = kind_by_id(config.get("id").as_str().unwrap_or_default());
            kind.look_up(&session, &config).await?
        };
        let mut shown = found_values(&found);
        if is_default(found["id"].as_str().unwrap_or_default()) {
            // Fixed, and so nothing for a resource to manage, but worth knowing.
            for (name, property) in [("display_name", "displayName"), ("description", "description")] {
                shown = shown.with(name, Value::from(found[property].as_str()));
            }
            shown = shown.with("priority", Value::from(found["priority"].as_i64()));
        }
        Ok(result(&self.schema(), &config, &shown))
    }
}

const DEFAULT: &str = "default_page";
