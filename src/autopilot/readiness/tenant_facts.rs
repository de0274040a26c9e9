//! What is the same for every device of the tenant: a fixed number of requests, besides pages of long lists.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::try_join_all;
use futures_util::try_join;
use serde::Deserialize;
use serde_json::Value as Json;

use super::facts::{TenantFacts, Users};
use super::holders::Holders;
use super::known::{APPS, BRANDING, GROUPS, JOIN_POLICY, MOBILITY, POLICIES, known};
use super::objects::{App, Assignment, Configuration, DevicePolicy, JoinPolicy, Mobility, Profile};
use super::reader::PAGE;

use crate::autopilot::app_kinds;
use crate::autopilot::branding;
use crate::autopilot::permissions::{
    APPS_READ, CONFIGURATION_READ, DEVICE_POLICY_READ, ENROLLMENT_READ, GROUP_READ, MOBILITY_READ,
    SERVICE_CONFIG_READ,
};
use crate::autopilot::session::Session;
use crate::graph::signin::Claims;
use crate::graph::{self, Endpoint, decode, decode_all};

/// Reads all of it; what the account may not see is noted as such. `tenant` is the tenant's id where the token tells it.
pub(crate) async fn read(
    session: &Session,
    claims: &Claims,
    tenant: Option<&str>,
) -> Result<TenantFacts, graph::Error> {
    let configurations = Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations")
        .expand("assignments")
        .needs(ENROLLMENT_READ);
    let profiles = Endpoint::beta(PROFILES).expand("assignments").needs(SERVICE_CONFIG_READ);
    let (configurations, profiles, join_policy, mobility, is_branded, apps, policies, unfinished_groups) = try_join!(
        session.list(&configurations),
        session.list(&profiles),
        known(claims, JOIN_POLICY, async {
            let policy = Endpoint::v1("policies/deviceRegistrationPolicy").needs(DEVICE_POLICY_READ);
            decode(&session.get(&policy).await?)
        }),
        known(claims, MOBILITY, mobility(session)),
        known(claims, BRANDING, async { Ok(branding::read(session, tenant).await?.is_some()) }),
        known(claims, APPS, async {
            decode_all(&session.list(&app_kinds::blocking().expand("assignments").needs(APPS_READ)).await?)
        }),
        known(claims, POLICIES, policies(session)),
        known(claims, GROUPS, unfinished_groups(session)),
    )?;
    let configurations: Vec<Configuration> = decode_all(&configurations)?;
    let profiles: Vec<Profile> = decode_all(&profiles)?;
    let assignments = configurations.iter().map(|one| &one.assignments);
    let assignments = assignments.chain(profiles.iter().map(|one| &one.assignments));
    let assignments = assignments.chain(apps.iter().flatten().map(|one: &App| &one.assignments));
    let assignments = assignments.chain(policies.iter().flatten().map(|one| &one.assignments));
    let groups = assignments.flatten().flatten().filter_map(Assignment::group);
    let groups = groups.chain(join_policy.iter().flat_map(JoinPolicy::groups));
    let groups: BTreeSet<String> =
        groups.chain(mobility.iter().flat_map(Mobility::groups)).map(str::to_lowercase).collect();
    let assigned_devices = Holders::new(session, profiles.iter().filter_map(assigned_devices).collect());
    let members = Holders::new(session, groups.into_iter().map(members).collect());
    Ok(TenantFacts {
        configurations,
        join_policy,
        mobility,
        is_branded,
        apps,
        policies,
        profiles,
        assigned_devices,
        members,
        users: Users::default(),
        unfinished_groups,
    })
}

/// The list of a profile's devices, with its id.
fn assigned_devices(profile: &Profile) -> Option<(String, Endpoint)> {
    let id = profile.id.clone()?;
    let devices = Endpoint::beta(PROFILES).key(&id).then("assignedDevices").needs(SERVICE_CONFIG_READ);
    Some((id, devices))
}

/// The list of a group's members, with its id; members of groups below it are its own.
fn members(group: String) -> (String, Endpoint) {
    let members = Endpoint::v1("groups").key(&group).then("transitiveMembers");
    let members = members.select("id").top(PAGE).needs(GROUP_READ);
    (group, members)
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

async fn policies(session: &Session) -> Result<Vec<DevicePolicy>, graph::Error> {
    let list = |name: &str| {
        let policies = format!("deviceManagement/{name}");
        let policies = Endpoint::beta(&policies).expand("assignments").needs(CONFIGURATION_READ);
        async move { decode_all(&session.list(&policies).await?) }
    };
    let all = ["deviceConfigurations", "configurationPolicies", "deviceCompliancePolicies"].map(list);
    Ok(try_join_all(all).await?.into_iter().flatten().collect())
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

const PROFILES: &str = "deviceManagement/windowsAutopilotDeploymentProfiles";
/// Microsoft Intune's application, which is the key of both policies.
const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
