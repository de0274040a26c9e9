//! `autopilot_enrollment_status_page`: what users see while a device is set up, and what it waits for (step 5).

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use crate::autopilot::assignment::{self, PAGE_TARGETS};
use crate::autopilot::collection::{NamedCollection, adopt_existing, id};
use crate::autopilot::engine::{Assigned, Member, ReadFor, Unkept, When};
use crate::autopilot::mapping::{remote_name, text_of};
use crate::autopilot::mobile_apps;
use crate::autopilot::other_providers::{self, MICROSOFT365, MICROSOFT365WP, same_id, with_id};
use crate::autopilot::page_order::{Lease, Numbered, has_place};
use crate::autopilot::permissions::{ENROLLMENT_READ, ENROLLMENT_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::status_page_settings::{settings, without_effect};
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Endpoint, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::Permission;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Move};
use crate::tf_provider::schema::{
    self, GUID, IdForm, Schema, Timeouts, check, computed, default, integer, optional, optional_computed,
    required, set_of, text,
};
use crate::tf_provider::value::Value;

/// An enrollment status page that administrators made.
pub(crate) struct EnrollmentStatusPage;

/// Status pages that administrators made. They share their collection with other enrollment configurations, and only
/// beta knows their settings.
pub(crate) const PAGES: NamedCollection = NamedCollection {
    noun: "enrollment status page",
    type_name: "autopilot_enrollment_status_page",
    endpoint: || Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations"),
    reads: ENROLLMENT_READ,
    writes: ENROLLMENT_WRITE,
    ids: &PAGE_ID,
    is_ours: |object| is_page(object) && !is_default(id(object)),
    by_name: None,
    expand: Some("assignments"),
    is_replicated: false,
};

/// Ids of status pages say what they are of.
pub(crate) const PAGE_ID: IdForm = IdForm {
    sentence: "an id such as `2fc4aa1f-1c43-4a7f-a7a0-3f2b1c5d9e10_Windows10EnrollmentCompletionPageConfiguration`",
    several: "such ids",
    test: |text| match text.split_once('_') {
        Some((guid, kind)) if kind.to_ascii_lowercase().ends_with(KIND) => (GUID.test)(guid),
        _ => Err(format!("`{text}` is not one")),
    },
};

#[async_trait]
impl Member for EnrollmentStatusPage {
    const COLLECTION: NamedCollection = PAGES;
    const ASSIGNED: Assigned = Assigned::AllAtOnce("enrollmentConfigurationAssignments");

    fn schema() -> Schema {
        Schema::new(
            "An enrollment status page: what users see while a device is set up, and what must be installed before they \
             may use it.",
        )
        .attributes([
            computed("id", schema::id(&PAGE_ID), "Id of the page.").keep_prior(),
            required("display_name", text(), "Name shown in the Intune admin center.")
                .check(check::not_blank().of_changes())
                .check(check::longest(200).of_changes()),
            optional("description", text(), "Description shown in the Intune admin center.")
                .check(check::longest(1500).of_changes())
                .cleared_by(""),
            default(
                "role_scope_tag_ids",
                set_of(text()),
                Value::set([Value::from("0")]),
                "Ids of the scope tags that decide which administrators see the page.",
            ),
        ])
        .attributes(settings().iter().cloned())
        .attributes([
            optional_computed(
                "priority",
                integer(),
                "Rank among the status pages, 1 being the strongest. Left out, the service gives a new page the last place. \
                 Moving a page shifts others, so give it to all pages or to none.",
            )
            .check(check::between(1, i64::from(i32::MAX)))
            .local()
            .keep_prior(),
            assignment::assignments(
                PAGE_TARGETS,
                true,
                "Devices and users that get the page.",
            ),
            adopt_existing(),
            computed("created_date_time", text(), "When the page was created.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rules(assignment::rules(PAGE_TARGETS, true))
        .rule(without_effect(false))
    }

    fn asides() -> Vec<Permission> {
        vec![mobile_apps::permission()]
    }

    /// The service's own pages send the settings together.
    fn sent_together() -> Vec<String> {
        settings().iter().filter_map(remote_name).collect()
    }

    fn unkept() -> Option<Unkept> {
        Some(Unkept {
            property: "installQualityUpdates",
            attribute: "install_quality_updates",
            summary: "Quality updates during setup are not available in this tenant",
            detail: "The service accepted `install_quality_updates = true`, but the page still says false, as it does \
                     where Microsoft has not turned the feature on yet. Remove the argument until it has; otherwise \
                     every plan tries again.",
        })
    }

    fn moves() -> Vec<Move> {
        vec![
            same_id(MICROSOFT365, "microsoft365_graph_beta_device_management_windows_enrollment_status_page"),
            Move {
                provider: MICROSOFT365WP,
                type_name: ENROLLMENT_CONFIGURATIONS,
                convert: |stored| match other_providers::text(stored, "id")? {
                    id if is_default(id) => {
                        Err("it is of the page that every tenant has, which can be moved to \
                             `autopilot_default_enrollment_status_page`"
                            .to_owned())
                    }
                    id => (PAGE_ID.test)(id)
                        .map(|()| with_id(id))
                        .map_err(|_| "it is of no enrollment status page".to_owned()),
                },
            },
        ]
    }

    async fn plan(cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if let Some(priority) = plan.config.get("priority").as_i64() {
            let claimed = claim(cx, priority, text_of(&plan.planned, "display_name"));
            // Two pages that have one priority already are left alone.
            if plan.changes("priority") {
                claimed?;
            }
        }
        mobile_apps::check(cx, plan).await
    }

    /// The priority is never sent: the service refuses or ignores it.
    fn finish(body: &mut Map<String, Json>, _planned: &Value, _when: When) {
        body.insert("@odata.type".to_owned(), json!(TYPE));
    }

    fn adapt(state: Value, found: &Json, known: &Value, when: ReadFor) -> Result<Value, graph::Error> {
        Ok(match (when, known.get("priority")) {
            // Another page of this run may have moved this one meanwhile. The next refresh tells.
            (ReadFor::Written, promised) if !promised.is_unknown() => {
                state.with("priority", promised.clone())
            }
            _ => state.with("priority", decode::<Numbered>(found)?.priority),
        })
    }

    async fn refreshed(session: &Session, state: Value, known: &Value) -> Result<Value, graph::Error> {
        let (number, wanted) = (state.get("priority").as_i64(), known.get("priority").as_i64());
        match wanted.filter(|wanted| number != Some(*wanted)) {
            Some(wanted) if has_place(session, &PAGES, text_of(&state, "id"), wanted).await? => {
                Ok(state.with("priority", wanted))
            }
            _ => Ok(state),
        }
    }

    async fn lease<'c>(cx: &'c Cx, session: &Session) -> Result<Option<Lease<'c>>, graph::Error> {
        cx.client().status_pages().lease(session).await.map(Some)
    }

    async fn written(cx: &Cx, session: &Session, page: &str, change: &Change) -> Result<(), Failure> {
        let order = cx.client().status_pages();
        match change.config.get("priority").as_i64() {
            Some(priority) if change.prior.is_null() || change.changes("priority") => {
                order.place(session, &PAGES, page, priority).await
            }
            Some(_) => Ok(()),
            None => {
                order.lease(session).await?.forget(page);
                Ok(())
            }
        }
    }

    fn leaving(lease: Option<&mut Lease<'_>>, page: &str) {
        if let Some(lease) = lease {
            lease.forget(page);
        }
    }
}

/// Whether an enrollment configuration is a status page.
pub(crate) fn is_page(object: &Json) -> bool {
    object["@odata.type"] == json!(TYPE)
}

/// Whether an id is that of the page every tenant has.
pub(crate) fn is_default(id: &str) -> bool {
    id.to_ascii_lowercase().ends_with(&format!("_default{KIND}"))
}

/// Two pages of one configuration cannot have one place.
fn claim(cx: &Cx, priority: i64, name: &str) -> Result<(), Failure> {
    match cx.client().claim(&format!("status page priority {priority}"), name) {
        None => Ok(()),
        Some(other) => Err(Failure::at(
            "priority",
            "Two status pages with one priority",
            format!(
                "Only one page can have priority {priority}, and this configuration gives it to `{other}` and `{name}`. \
                 Give them different priorities, or leave the argument out."
            ),
        )),
    }
}

/// Another provider's type for status pages and whatever else shares their collection.
pub(crate) const ENROLLMENT_CONFIGURATIONS: &str = "microsoft365wp_device_enrollment_configuration";
const KIND: &str = "windows10enrollmentcompletionpageconfiguration";
/// The kind of enrollment configuration that a status page is.
pub(crate) const TYPE: &str = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration";
