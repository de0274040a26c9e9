//! `autopilot_default_enrollment_status_page`: what users see to whom no other status page is assigned.
//!
//! Every tenant has this page. Its name, description, scope tags and priority are fixed; only its settings change.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::enrollment_status_page::{ENROLLMENT_CONFIGURATIONS, PAGE_ID, PAGES, TYPE, is_default, is_page};
use crate::autopilot::collection::{NamedCollection, id};
use crate::autopilot::engine::Setting;
use crate::autopilot::engine::prior_settings::on_destroy;
use crate::autopilot::mapping::{remote_name, value_of, values, whole};
use crate::autopilot::mobile_apps;
use crate::autopilot::other_providers::{self, MICROSOFT365WP, setting_as_it_is};
use crate::autopilot::permissions::{ENROLLMENT_READ, ENROLLMENT_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::status_page_settings::{settings, without_effect};
use crate::autopilot::tenant::Cx;
use crate::graph::{self, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::Move;
use crate::tf_provider::schema::{self, Attribute, Schema, Timeouts, computed, text};
use crate::tf_provider::value::Value;

/// The page every tenant has.
pub(crate) struct DefaultEnrollmentStatusPage;

/// The page every tenant has, among the enrollment configurations.
pub(crate) const DEFAULT_PAGE: NamedCollection = NamedCollection {
    noun: "default enrollment status page",
    type_name: DefaultEnrollmentStatusPage::TYPE,
    is_ours: |object| is_page(object) && is_default(id(object)),
    ..PAGES
};

/// The page every tenant has, as Graph answers it.
pub(crate) async fn the_default(session: &Session) -> Result<Json, Failure> {
    let mut found = DEFAULT_PAGE.all(session).await?;
    if found.is_empty() {
        return Err(Failure::new(
            "The tenant has no default status page",
            "Graph shows no default enrollment status page. It comes with Intune: check that the tenant has an Intune \
             licence, and open Devices > Enrollment > Windows > Enrollment Status Page in the Intune admin center once.",
        ));
    }
    Ok(found.remove(0))
}

#[async_trait]
impl Setting for DefaultEnrollmentStatusPage {
    const TYPE: &'static str = "autopilot_default_enrollment_status_page";
    const NOUN: &'static str = "default status page";
    const PARTS: &'static [&'static str] = &[
        "show_progress",
        "timeout_minutes",
        "custom_message",
        "log_collection_enabled",
        "only_devices_set_up_by_oobe",
        "track_progress_for_autopilot_only",
        "install_quality_updates",
        "block_device_use",
        "device_reset_allowed",
        "device_use_allowed",
        mobile_apps::ATTRIBUTE,
        "only_blocking_apps_fail_technician_phase",
    ];
    const SHOWS_ALL: bool = true;

    fn schema() -> Schema {
        Schema::new(
            "The enrollment status page every tenant has, shown to everybody to whom no other page is assigned. Its name, \
             description, scope tags and priority are fixed; settings that are not written here keep their value.",
        )
        .attributes([computed("id", schema::id(&PAGE_ID), "Id of the page.").keep_prior()])
        .attributes(settings().iter().map(|setting| Attribute { default: None, ..setting.clone() }.keep_prior()))
        .attributes([
            on_destroy(),
            computed("created_date_time", text(), "When the page was created.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rule(without_effect(true))
    }

    fn permissions() -> Vec<Permission> {
        vec![to_read(ENROLLMENT_READ), to_change(ENROLLMENT_WRITE).to("change"), mobile_apps::permission()]
    }

    async fn read(session: &Session, _parts: &[&'static str]) -> Result<Json, Failure> {
        the_default(session).await
    }

    fn part<'a>(found: &'a Json, part: &str) -> &'a Json {
        setting(part).and_then(remote_name).map_or(&Json::Null, |name| &found[name])
    }

    fn value(part: &str, found: &Json) -> Result<Value, graph::Error> {
        Ok(setting(part).map_or(Value::Null, |setting| value_of(setting, found)))
    }

    fn facts(found: &Json) -> Result<Vec<(&'static str, Value)>, graph::Error> {
        let page: Page = decode(found)?;
        Ok(vec![("id", page.id.into()), ("created_date_time", page.created_date_time.into())])
    }

    /// The service's own pages send the settings together.
    async fn write(
        cx: &Cx,
        session: &Session,
        found: &Json,
        wanted: &BTreeMap<&'static str, Value>,
    ) -> Result<(), Failure> {
        let now = Value::Object(values(settings(), found));
        let wanted = wanted.iter().fold(now, |all, (part, value)| all.with(*part, value.clone()));
        let mut body = whole(settings(), &wanted);
        body.insert("@odata.type".to_owned(), json!(TYPE));
        let _lease = cx.client().status_pages().lease(session).await?;
        Ok(DEFAULT_PAGE.patch(session, id(found), body).await?)
    }

    async fn plan(cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        mobile_apps::check(cx, plan).await
    }

    fn moves() -> Vec<Move> {
        vec![Move {
            provider: MICROSOFT365WP,
            type_name: ENROLLMENT_CONFIGURATIONS,
            convert: |stored| match is_default(other_providers::text(stored, "id")?) {
                true => Ok(setting_as_it_is()),
                false => Err("it is not of the status page that every tenant has".to_owned()),
            },
        }]
    }

    fn is_named_by(text: &str) -> bool {
        text == "default" || is_default(text)
    }
}

/// What is read of the page besides its settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    id: String,
    created_date_time: Option<String>,
}

fn setting(name: &str) -> Option<&'static Attribute> {
    settings().iter().find(|setting| setting.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_page_is_a_part() {
        let names: Vec<&str> = settings().iter().map(|setting| setting.name).collect();
        assert_eq!(DefaultEnrollmentStatusPage::PARTS, names);
    }
}
