//! `autopilot_sync`: asks Windows Autopilot to look at once for what changed.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::done::done;
use crate::autopilot::mapping::flag_of;
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, ErrorKind, Poll, Schedule, decode};
use crate::tf_provider::action::{Action, Progress};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::schema::{Schema, boolean, optional};
use crate::tf_provider::value::Value;

/// Synchronizes Windows Autopilot.
pub(super) struct Sync;

#[async_trait]
impl Action<Tenant> for Sync {
    fn name(&self) -> &'static str {
        "autopilot_sync"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Asks Windows Autopilot to synchronize now, as *Sync* does in the Intune admin center, so that changes of devices \
             show sooner.",
        )
        .attributes([optional(
            "wait",
            boolean(),
            "Whether to wait until the synchronization is completed. Left out, it is only started.",
        )])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ), to_change(SERVICE_CONFIG_WRITE).to("start")]
    }

    async fn invoke(&self, cx: &Cx, config: &Value, progress: &Progress) -> Result<(), Failure> {
        let session = cx.session()?;
        let before = settings(&session).await?;
        // That the last one was a moment ago shows in a refusal that asks to come back in ten minutes.
        let soon = session.narrowed(PATIENCE);
        let is_done = || async { Ok(settings(&session).await?.last_asked != before.last_asked) };
        let asked = soon.graph().post_once(soon.scope(), &address().then("sync"), Json::Null, is_done).await;
        match asked {
            // Source of both refusals: WindowsAutopilotIntune, which reads them.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                progress.tell("A synchronization is running already; that will do.");
            }
            Err(error) if error.kind() == ErrorKind::Throttled && before.is_recent() => progress.tell(
                "The last synchronization was started less than ten minutes ago, and Windows Autopilot starts no other one so \
                 soon; that will do.",
            ),
            outcome => {
                let look = "Look at Devices > Enrollment > Windows > Windows Autopilot > Devices, where the last sync is shown";
                done(outcome, "synchronize Windows Autopilot", look)?;
                progress.tell("Windows Autopilot synchronizes.");
            }
        }
        if flag_of(config, "wait") { completed(&session, progress).await } else { Ok(()) }
    }
}

/// The state of the service.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    sync_status: Option<String>,
    #[serde(rename = "lastManualSyncTriggerDateTime")]
    last_asked: Option<String>,
}

impl Settings {
    /// Whether somebody asked a moment ago. Clocks differ, so it is not looked at closely.
    fn is_recent(&self) -> bool {
        let asked = self.last_asked.as_deref().and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
        asked.is_some_and(|asked| OffsetDateTime::now_utc() - asked < RECENT)
    }
}

async fn settings(session: &Session) -> Result<Settings, graph::Error> {
    decode(&session.get(&address()).await?)
}

async fn completed(session: &Session, progress: &Progress) -> Result<(), Failure> {
    let schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(15));
    let what = "Windows Autopilot to synchronize";
    let failed = graph::wait(what, session.scope(), schedule, || async {
        let now = settings(session).await?;
        Ok::<_, Failure>(match now.sync_status.as_deref() {
            Some("completed") => Poll::Ready(false),
            Some("failed") => Poll::Ready(true),
            other => Poll::Pending(format!("its status is {}", other.unwrap_or("unknown"))),
        })
    })
    .await?;
    if failed {
        return Err(Failure::new(
            "The synchronization failed",
            "Windows Autopilot says that the synchronization failed, and not why. Nothing is lost: the service synchronizes by \
             itself within twelve hours. Trigger the action again later to have it sooner.",
        ));
    }
    progress.tell("The synchronization is completed.");
    Ok(())
}

fn address() -> Endpoint {
    Endpoint::beta("deviceManagement/windowsAutopilotSettings").needs(SERVICE_CONFIG_WRITE)
}

/// Longer than it takes to be admitted, and shorter than what a refusal asks to wait.
const PATIENCE: Duration = Duration::from_secs(60);
const RECENT: time::Duration = time::Duration::minutes(15);
