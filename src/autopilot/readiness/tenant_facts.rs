//! What is the same for every device of the tenant: a fixed number of requests, besides pages of long lists.

use std::collections::HashMap;

use futures_util::try_join;
use serde::Deserialize;
use serde_json::Value as Json;

use super::known::{APPS, BRANDING, GROUPS, JOIN_POLICY, Known, MOBILITY, known};
use crate::autopilot::app_kinds;
use crate::autopilot::branding;
use crate::autopilot::collection::Identified;
use crate::autopilot::permissions::{
    APPS_READ, DEVICE_POLICY_READ, ENROLLMENT_READ, GROUP_READ, MOBILITY_READ,
};
use crate::autopilot::session::Session;
use crate::graph::signin::Claims;
use crate::graph::{self, Endpoint, decode, decode_all};

/// What is known of the tenant.
pub(crate) struct TenantFacts {
    /// Enrollment configurations of every kind, in no order.
    pub(super) configurations: Vec<Configuration>,
    pub(super) join_policy: Known<JoinPolicy>,
    pub(super) mobility: Known<Mobility>,
    pub(super) is_branded: Known<bool>,
    /// Apps that a status page can wait for.
    pub(super) apps: Known<Vec<App>>,
    /// Names of dynamic groups whose members are still being found, by id in lower case.
    pub(super) unfinished_groups: Known<HashMap<String, String>>,
}

/// An enrollment configuration: a status page, a restriction of platforms, or something else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    pub(super) id: String,
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) priority: Option<i64>,
    pub(super) assignments: Option<Vec<Assignment>>,
    pub(super) show_installation_progress: Option<bool>,
    pub(super) block_device_setup_retry_by_user: Option<bool>,
    pub(super) allow_device_use_on_install_failure: Option<bool>,
    pub(super) install_progress_timeout_in_minutes: Option<i64>,
    pub(super) selected_mobile_app_ids: Option<Vec<String>>,
    pub(super) platform_type: Option<String>,
    pub(super) platform_restriction: Option<Restriction>,
    pub(super) windows_restriction: Option<Restriction>,
}

impl Configuration {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Restriction {
    pub(super) platform_blocked: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Assignment {
    pub(super) intent: Option<String>,
    pub(super) target: Option<Target>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) group_id: Option<String>,
    #[serde(rename = "deviceAndAppManagementAssignmentFilterType")]
    pub(super) filter: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JoinPolicy {
    pub(super) user_device_quota: Option<i64>,
    pub(super) multi_factor_auth_configuration: Option<String>,
    #[serde(rename = "azureADJoin")]
    pub(super) join: Option<Join>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Join {
    pub(super) allowed_to_join: Option<Allowed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Allowed {
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) users: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
}

/// Automatic enrollment: device management and app management.
#[derive(Debug)]
pub(super) struct Mobility {
    pub(super) mdm: Option<Policy>,
    pub(super) mam: Option<Policy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    pub(super) applies_to: Option<String>,
    pub(super) is_valid: Option<bool>,
    pub(super) discovery_url: Option<String>,
    pub(super) included_groups: Option<Vec<Identified>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) publishing_state: Option<String>,
    pub(super) assignments: Option<Vec<Assignment>>,
}

/// Reads all of it; what the account may not see is noted as such. `tenant` is the tenant's id where the token tells it.
pub(crate) async fn read(
    session: &Session,
    claims: &Claims,
    tenant: Option<&str>,
) -> Result<TenantFacts, graph::Error> {
    let configurations = Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations")
        .expand("assignments")
        .needs(ENROLLMENT_READ);
    let (configurations, join_policy, mobility, is_branded, apps, unfinished_groups) = try_join!(
        session.list(&configurations),
        known(claims, JOIN_POLICY, async {
            let policy = Endpoint::v1("policies/deviceRegistrationPolicy").needs(DEVICE_POLICY_READ);
            decode(&session.get(&policy).await?)
        }),
        known(claims, MOBILITY, mobility(session)),
        known(claims, BRANDING, async { Ok(branding::read(session, tenant).await?.is_some()) }),
        known(claims, APPS, async {
            decode_all(&session.list(&app_kinds::blocking().expand("assignments").needs(APPS_READ)).await?)
        }),
        known(claims, GROUPS, unfinished_groups(session)),
    )?;
    let configurations = decode_all(&configurations)?;
    Ok(TenantFacts { configurations, join_policy, mobility, is_branded, apps, unfinished_groups })
}

async fn mobility(session: &Session) -> Result<Mobility, graph::Error> {
    let read = |kind: &str| {
        let policies = format!("policies/mobile{kind}ManagementPolicies");
        let policy = Endpoint::beta(&policies).key(INTUNE).needs(MOBILITY_READ).expand("includedGroups");
        async move { session.get_opt(&policy).await?.as_ref().map(decode).transpose() }
    };
    let (mdm, mam) = try_join!(read("Device"), read("App"))?;
    Ok(Mobility { mdm, mam })
}

/// Beta alone tells how far the evaluation of a rule is.
async fn unfinished_groups(session: &Session) -> Result<HashMap<String, String>, graph::Error> {
    let dynamic = Endpoint::beta("groups")
        .filter("groupTypes/any(t:t eq 'DynamicMembership')")
        .select("id,displayName,membershipRuleProcessingStatus")
        .top(PAGE)
        .needs(GROUP_READ);
    let rows: Vec<Json> = session.list(&dynamic).await?;
    let groups: Vec<DynamicGroup> = decode_all(&rows)?;
    let unfinished = groups.into_iter().filter(DynamicGroup::is_unfinished);
    Ok(unfinished.map(|group| (group.id.to_lowercase(), group.display_name.unwrap_or_default())).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DynamicGroup {
    id: String,
    display_name: Option<String>,
    membership_rule_processing_status: Option<Processing>,
}

#[derive(Deserialize)]
struct Processing {
    status: Option<String>,
}

impl DynamicGroup {
    /// The words are those of `membershipRuleProcessingStatus`.
    fn is_unfinished(&self) -> bool {
        let status = self.membership_rule_processing_status.as_ref().and_then(|one| one.status.as_deref());
        matches!(status, Some("NotStarted" | "Running"))
    }
}

/// Microsoft Intune's application, which is the key of both policies.
const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
/// Rows on a page, as many as the directory gives.
const PAGE: usize = 999;
