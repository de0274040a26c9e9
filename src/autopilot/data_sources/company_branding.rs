//! `autopilot_company_branding`: what the tenant looks like to whom signs in, if anybody set it.

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::autopilot::branding;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::BRANDING_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Schema, boolean, computed, text};
use crate::tf_provider::value::Value;

/// The default branding.
pub(crate) struct CompanyBranding;

#[async_trait]
impl DataSource<Tenant> for CompanyBranding {
    fn name(&self) -> &'static str {
        "autopilot_company_branding"
    }

    fn schema(&self) -> Schema {
        Schema::new("The default company branding of the tenant's sign-in page, and whether there is one.")
            .attributes([
                computed(
                    "is_set",
                    boolean(),
                    "Whether there is one. A profile's `change_account_options_hidden` takes it.",
                )
                .local(),
                computed("background_color", text(), "Colour behind the page; null if none."),
                computed("sign_in_page_text", text(), "Text below the sign-in; null if none."),
                computed("username_hint_text", text(), "Hint in the field for the user name; null if none."),
                computed(
                    "banner_logo_relative_url",
                    text(),
                    "Where the banner lies on Microsoft's servers; null if there is none.",
                ),
                computed(
                    "square_logo_relative_url",
                    text(),
                    "Where the square logo lies, which setup shows; null if there is none.",
                ),
            ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(BRANDING_READ)]
    }

    async fn read(&self, cx: &Cx, _config: Value) -> Result<Value, Failure> {
        let found = branding::read(&cx.session()?, cx.client().id()).await?;
        let shown = values(&self.schema().attributes, found.as_ref().unwrap_or(&Json::Null));
        Ok(Value::Object(shown).with("is_set", found.is_some()))
    }
}
