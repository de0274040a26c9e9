//! `autopilot_deployment_events`: what became of devices that were switched on.

use async_trait::async_trait;
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::autopilot::devices::comparable;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::MANAGED_DEVICES_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{Collection, Endpoint};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{
    Attribute, Check, Choice, Schema, check, choice, computed, list_of, object, optional, pick, text,
};
use crate::tf_provider::value::Value;

/// Events of deployments.
pub(crate) struct DeploymentEvents;

#[async_trait]
impl DataSource<Tenant> for DeploymentEvents {
    fn name(&self) -> &'static str {
        "autopilot_deployment_events"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "What became of Windows Autopilot devices that were switched on: every deployment that got as far as Intune, or \
             those that the arguments name.",
        )
        .attributes([
            optional("serial_number", text(), "Only deployments of this device. Capital letters do not matter.")
                .check(check::not_blank()),
            optional("user_principal_name", text(), "Only those of this user. Capital letters do not matter.")
                .check(check::not_blank()),
            optional("since", text(), "Only those that began then or later, such as `2026-11-30T08:00:00Z`.")
                .check(moment()),
            optional("until", text(), "Only those that began before then.").check(moment()),
            computed("events", list_of(object(event())), "The deployments, the latest first."),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(MANAGED_DEVICES_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let all = Endpoint::beta("deviceManagement/autopilotEvents").needs(MANAGED_DEVICES_READ);
        let all = session.graph().read_all(session.scope(), &Collection::new(all)).await?;
        let mut events: Vec<(Option<OffsetDateTime>, Value)> = all.iter().map(dated).collect();
        events.retain(|(began, event)| fits(*began, event, &config));
        events.sort_by_key(|(began, _)| std::cmp::Reverse(*began));
        Ok(config.with("events", Value::list(events.into_iter().map(|(_, event)| event))))
    }
}

fn dated(found: &Json) -> (Option<OffsetDateTime>, Value) {
    let event = Value::Object(values(&event(), found));
    let began = event.get("started_date_time").as_str().or(event.get("event_date_time").as_str());
    (began.and_then(read), event)
}

/// Whether an event is wanted. The service refuses filters by time, so that all of them are applied here. One without a
/// time fits no span.
fn fits(began: Option<OffsetDateTime>, event: &Value, config: &Value) -> bool {
    let wanted = |name: &str| config.get(name).as_str().map(comparable);
    let is = |name: &str| {
        wanted(name).is_none_or(|wanted| comparable(event.get(name).as_str().unwrap_or_default()) == wanted)
    };
    let bound = |name: &str| config.get(name).as_str().and_then(read);
    is("serial_number")
        && is("user_principal_name")
        && bound("since").is_none_or(|since| began.is_some_and(|began| began >= since))
        && bound("until").is_none_or(|until| began.is_some_and(|began| began < until))
}

fn read(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn moment() -> Check {
    Check::text("a moment such as `2026-11-30T08:00:00Z`", |text| match read(text) {
        Some(_) => Ok(()),
        None => Err(format!("`{text}` is none")),
    })
}

fn event() -> Vec<Attribute> {
    vec![
        computed("id", text(), "Id of the event."),
        computed("serial_number", text(), "Serial number of the device.").remote("deviceSerialNumber"),
        computed("device_name", text(), "Name that the device got; null if it got none.")
            .remote("managedDeviceName"),
        computed("user_principal_name", text(), "User who signed in; null if there was none."),
        computed("managed_device_id", text(), "Id of the device in Intune; null if it did not enroll.")
            .remote("deviceId"),
        computed("state", choice(STATES), "How the deployment ended.").remote("deploymentState"),
        computed("failure", text(), "What failed, in Intune's words; null if nothing did.")
            .remote("enrollmentFailureDetails"),
        computed("enrollment_state", text(), "`enrolled`, `failed`, or another word of Intune's."),
        computed("device_setup_state", choice(STATES), "How the status page's first phase ended.")
            .remote("deviceSetupStatus"),
        computed("account_setup_state", choice(STATES), "How its second phase ended.")
            .remote("accountSetupStatus"),
        computed("event_date_time", text(), "When the event was written."),
        computed("started_date_time", text(), "When the deployment began.").remote("deploymentStartDateTime"),
        computed("enrollment_started_date_time", text(), "When the device began to enroll.")
            .remote("enrollmentStartDateTime"),
        computed("ended_date_time", text(), "When it ended; null while it runs.")
            .remote("deploymentEndDateTime"),
        computed("duration", text(), "How long it took from enrollment to its end, such as `PT12M3S`.")
            .remote("deploymentDuration"),
        computed("total_duration", text(), "How long it took in all.").remote("deploymentTotalDuration"),
        computed("device_setup_duration", text(), "How long the first phase took."),
        computed("account_setup_duration", text(), "How long the second phase took."),
        computed("profile_display_name", text(), "Deployment profile that the device followed.")
            .remote("windowsAutopilotDeploymentProfileDisplayName"),
        computed(
            "status_page_display_name",
            text(),
            "Status page that it showed; null if it did not get that far.",
        )
        .remote("windows10EnrollmentCompletionPageConfigurationDisplayName"),
        computed("os_version", text(), "Version of Windows on the device."),
    ]
}

const STATES: &[Choice] = &[
    pick("unknown", "unknown", "not known"),
    pick("success", "success", "succeeded"),
    pick("in_progress", "inProgress", "still under way"),
    pick("failure", "failure", "failed"),
    pick("success_with_timeout", "successWithTimeout", "ran into the time limit, and the user went on"),
    pick("not_attempted", "notAttempted", "not reached"),
    pick("disabled", "disabled", "not shown, so nothing was waited for"),
    pick("success_on_retry", "successOnRetry", "succeeded at a second try"),
];
