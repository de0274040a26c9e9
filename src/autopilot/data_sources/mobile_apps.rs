//! `autopilot_mobile_apps`: the apps that an enrollment status page can wait for.

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::autopilot::app_kinds::KINDS;
use crate::autopilot::mapping::values;
use crate::autopilot::mobile_apps::{App, blocking};
use crate::autopilot::permissions::APPS_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::decode_all;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{
    Attribute, Schema, boolean, check, choice, computed, guid, list_of, object, optional, set_of, text,
};
use crate::tf_provider::value::Value;

/// Apps that can block a status page.
pub(crate) struct MobileApps;

#[async_trait]
impl DataSource<Tenant> for MobileApps {
    fn name(&self) -> &'static str {
        "autopilot_mobile_apps"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Apps in Intune that an enrollment status page can wait for, those that match all arguments. A search: it may \
             find none.",
        )
        .attributes([
            optional("display_name", text(), "Only apps with this name. Capital letters do not matter.")
                .check(check::not_blank()),
            optional(
                "display_name_contains",
                text(),
                "Only apps whose name contains this text. Capital letters do not matter.",
            )
            .check(check::not_blank()),
            optional("publisher", text(), "Only apps of this publisher. Capital letters do not matter.")
                .check(check::not_blank()),
            optional("kinds", set_of(choice(KINDS)), "Only apps of these kinds."),
            computed(
                "ids",
                list_of(text()),
                "Ids of the apps found, in the order of their names; for `blocking_app_ids` of a status page.",
            ),
            computed("apps", list_of(object(facts())), "The apps found, in the order of their names."),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(APPS_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let all = session.graph().read_all(session.scope(), &blocking()).await?;
        let mut found: Vec<(App, &Json)> = decode_all(&all)?.into_iter().zip(&all).collect();
        found.retain(|(app, _)| matches(app, &config));
        found.sort_by_cached_key(|(app, _)| (lower(&app.display_name), app.id.to_lowercase()));
        let apps: Vec<Value> = found.iter().map(|(_, app)| Value::Object(values(&facts(), app))).collect();
        let ids: Vec<Value> = apps.iter().map(|app| app.get("id").clone()).collect();
        Ok(config.with("ids", Value::list(ids)).with("apps", Value::list(apps)))
    }
}

fn facts() -> Vec<Attribute> {
    vec![
        computed("id", guid(), "Id of the app."),
        computed("display_name", text(), "Name of the app."),
        computed("publisher", text(), "Publisher; null if none is given."),
        computed("kind", choice(KINDS), "Kind of app.").remote("@odata.type"),
        computed(
            "is_assigned",
            boolean(),
            "Whether the app is assigned to anybody. Only required apps block a page.",
        ),
        computed("publishing_state", text(), "`published` once the app can be installed."),
    ]
}

fn matches(app: &App, config: &Value) -> bool {
    let wanted = |name: &str| config.get(name).as_str().map(str::to_lowercase);
    let kind = app.kind.as_deref().unwrap_or_default();
    let kinds = config.get("kinds").elements();
    let is_wanted_kind = kinds.is_empty()
        || KINDS.iter().any(|choice| choice.remote == kind && kinds.contains(&Value::from(choice.name)));
    is_wanted_kind
        && wanted("display_name").is_none_or(|name| lower(&app.display_name) == name)
        && wanted("display_name_contains").is_none_or(|part| lower(&app.display_name).contains(&part))
        && wanted("publisher").is_none_or(|publisher| lower(&app.publisher) == publisher)
}

fn lower(text: &Option<String>) -> String {
    text.as_deref().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::decode;

    #[test]
    fn an_app_must_match_every_argument() {
        let app = decode(&json!({
            "id": "1", "@odata.type": "#microsoft.graph.win32LobApp", "displayName": "Company VPN", "publisher": "Contoso",
        }))
        .unwrap();
        let config = |pairs: &[(&str, &str)]| {
            Value::object(pairs.iter().map(|(name, text)| (*name, Value::from(*text))))
        };
        assert!(matches(&app, &config(&[])));
        assert!(matches(&app, &config(&[("display_name", "company vpn"), ("publisher", "CONTOSO")])));
        assert!(matches(&app, &config(&[("display_name_contains", "vpn")])));
        assert!(!matches(&app, &config(&[("display_name", "vpn")])));
        assert!(!matches(&app, &config(&[("display_name", "company vpn"), ("publisher", "Fabrikam")])));
        let of_kind = |kind: &str| config(&[]).with("kinds", Value::set([Value::from(kind)]));
        assert!(matches(&app, &of_kind("win32")));
        assert!(!matches(&app, &of_kind("msi")));
    }
}
