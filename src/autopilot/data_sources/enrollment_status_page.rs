//! `autopilot_enrollment_status_page`: a status page that exists, the default one too.

use async_trait::async_trait;

use crate::autopilot::collection::id;
use crate::autopilot::engine::{CollectionMember, Member};
use crate::autopilot::look_up::{id_or_name, result, results};
use crate::autopilot::permissions::ENROLLMENT_READ;
use crate::autopilot::resources::default_enrollment_status_page::{DEFAULT_PAGE, the_default};
use crate::autopilot::resources::enrollment_status_page::{self as resource, PAGES, is_default};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
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
            .attributes(id_or_name(&PAGES))
            .attributes([optional_computed(DEFAULT, boolean(), what)])
            .attributes(results(resource::EnrollmentStatusPage::schema(), &mine))
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
        let wanted = config.get("id").as_str().unwrap_or_default();
        let found = match config.get(DEFAULT).as_bool() {
            Some(true) => the_default(&session).await?,
            _ if is_default(wanted) => DEFAULT_PAGE.look_up(&session, &config).await?,
            _ => PAGES.look_up(&session, &config).await?,
        };
        let is_default = is_default(id(&found));
        let shown = CollectionMember::<resource::EnrollmentStatusPage>::new().read(&found)?;
        let mut shown = shown.with(DEFAULT, is_default);
        if is_default {
            // Everybody to whom no other page is assigned, and every administrator.
            shown = shown.with("assignments", Value::Null).with("role_scope_tag_ids", Value::Null);
        }
        Ok(result(&self.schema(), &config, &shown))
    }
}

const DEFAULT: &str = "default_page";
