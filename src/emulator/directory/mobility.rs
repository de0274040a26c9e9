//! `/policies/mobileDeviceManagementPolicies` and `/policies/mobileAppManagementPolicies` (beta, signed-in users only):
//! whose devices an MDM application enrolls, and whose apps it manages.

use serde_json::{Value, json};

use super::objects::ids;
use super::types::{MOBILE_APP_MANAGEMENT_POLICY, MOBILE_DEVICE_MANAGEMENT_POLICY};
use super::{membership, reference, replication, views};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::{Purpose, Type};
use crate::emulator::api::odata::{FilterPolicy, Policy};
use crate::emulator::api::view::View;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{CollectionName, GROUPS, MAM_POLICIES, MDM_POLICIES};
use crate::emulator::world::tenant::Tenant;

/// The application id of Microsoft Intune, which is the key of its policies.
pub(crate) const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";

/// Another application of Microsoft's, whose row tenants show as well. It is not the one that enrolls devices.
const INTUNE_ENROLLMENT: &str = "d4ebce55-015a-49b5-a083-c84d1797ae8c";

const INCLUDED: &str = "_includedGroups";

/// Which of the two collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mobility {
    /// Enrollment of devices.
    Devices,
    /// Management of apps.
    Apps,
}

impl Mobility {
    fn collection(self) -> CollectionName {
        match self {
            Self::Devices => MDM_POLICIES,
            Self::Apps => MAM_POLICIES,
        }
    }

    fn of(self) -> &'static Type {
        match self {
            Self::Devices => &MOBILE_DEVICE_MANAGEMENT_POLICY,
            Self::Apps => &MOBILE_APP_MANAGEMENT_POLICY,
        }
    }

    fn view(self) -> View {
        let filter = FilterPolicy { support: Policy::INTUNE.filter.support, ..Policy::INTUNE.filter };
        let policy = Policy { filter, ..Policy::INTUNE };
        View::new(self.of(), "mobilityManagementPolicies", policy)
            .expanding_plainly(&["includedGroups"], views::expand)
    }

    fn of_call(call: &Call<'_>) -> Self {
        if call.path.to_ascii_lowercase().contains("mobileappmanagementpolicies") {
            Self::Apps
        } else {
            Self::Devices
        }
    }
}

/// Whether Intune's policy takes this user in: everybody, nobody, or the members of selected groups and of groups in
/// them. A policy that is not there takes nobody in.
pub(crate) fn covers(tenant: &Tenant, which: Mobility, user_id: &str) -> bool {
    let Some(policy) = tenant.collection(which.collection()).get(INTUNE) else {
        return false;
    };
    match text(policy, "appliesTo") {
        "all" => true,
        "selected" => ids(policy, INCLUDED).any(|group| membership::is_member(tenant, group, user_id)),
        _ => false,
    }
}

/// The policies every tenant with Intune has. Nobody has pressed "restore default URLs" yet.
pub(super) fn init(tenant: &mut Tenant) {
    let row = |id: &str, name: &str| {
        json!({
            "id": id,
            "appliesTo": "none",
            "complianceUrl": null,
            "description": format!("Device Management Policy for {name}"),
            "discoveryUrl": null,
            "displayName": name,
            "isValid": true,
            "termsOfUseUrl": null,
        })
    };
    for (which, id, name) in [
        (Mobility::Devices, INTUNE, "Microsoft Intune"),
        (Mobility::Devices, INTUNE_ENROLLMENT, "Microsoft Intune Enrollment"),
        (Mobility::Apps, INTUNE, "Microsoft Intune"),
    ] {
        if let Value::Object(row) = row(id, name) {
            let row = which.of().with_defaults(row);
            tenant.collection_mut(which.collection()).insert(row);
        }
    }
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    let which = Mobility::of_call(call);
    which.view().page(call, call.tenant.collection(which.collection()).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let policy = find(call)?;
    Mobility::of_call(call).view().one(call, policy)
}

pub(super) fn update(call: &mut Call<'_>) -> OperationResult {
    let which = Mobility::of_call(call);
    let id = text(find(call)?, "id").to_owned();
    let mut body = call.json()?;
    body.remove("@odata.type");
    let changes = which
        .of()
        .read(&body, Purpose::Update, call.version)
        .map_err(|mismatch| GraphError::mismatch(call.service, &mismatch))?;
    // Source: docs pull request 12083, and the live refusal.
    if changes.contains_key("appliesTo") && changes.len() > 1 {
        return Err(GraphError::bad_request(
            "Simultaneous patch requests on both the appliesTo and URL properties are currently not supported.",
        ));
    }
    for name in ["discoveryUrl", "termsOfUseUrl", "complianceUrl"] {
        let address = changes.get(name).and_then(Value::as_str);
        let valid = |address: &str| url::Url::parse(address).is_ok_and(|url| url.has_host());
        // A guess.
        if address.is_some_and(|address| !valid(address)) {
            return Err(GraphError::bad_request(format!("The property '{name}' is not a valid URL.")));
        }
    }
    let scope = changes.get("appliesTo").and_then(Value::as_str);
    // Source: the reference of the policy, and the live refusal.
    if scope.is_some_and(|scope| !["all", "none"].contains(&scope)) {
        return Err(GraphError::bad_request(
            "The property 'appliesTo' is not a valid policy scope. Possible values are 'all' or 'none'.",
        ));
    }
    let clears = scope.is_some();
    if let Some(policy) = call.tenant.collection_mut(which.collection()).get_mut(&id) {
        policy.extend(changes);
        if clears {
            policy.remove(INCLUDED);
        }
    }
    Ok(Reply::no_content())
}

pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call)?, "id").to_owned();
    call.tenant.collection_mut(Mobility::of_call(call).collection()).remove(&id);
    Ok(Reply::no_content())
}

pub(super) fn list_groups(call: &mut Call<'_>) -> OperationResult {
    let policy = find(call)?;
    let groups = ids(policy, INCLUDED).filter_map(|id| call.tenant.collection(GROUPS).get(id));
    views::GROUPS.page(call, groups)
}

/// The scope becomes `selected` by itself.
pub(super) fn add_group(call: &mut Call<'_>) -> OperationResult {
    let mut included: Vec<String> = ids(find(call)?, INCLUDED).map(str::to_owned).collect();
    let target = reference::body_target(call)?;
    let group = text(replication::group(call.tenant, &target)?, "id").to_owned();
    if included.contains(&group) {
        return Err(super::groups::already_there("includedGroups"));
    }
    included.push(group);
    change_groups(call, included, Some("selected"))
}

pub(super) fn remove_group(call: &mut Call<'_>) -> OperationResult {
    let target = call.key("groupId");
    let included: Vec<String> = ids(find(call)?, INCLUDED).map(str::to_owned).collect();
    let left: Vec<String> = included.iter().filter(|id| !id.eq_ignore_ascii_case(&target)).cloned().collect();
    if left.len() == included.len() {
        return Err(GraphError::directory_not_found(&target));
    }
    change_groups(call, left, None)
}

fn change_groups(call: &mut Call<'_>, groups: Vec<String>, scope: Option<&str>) -> OperationResult {
    let (which, id) = (Mobility::of_call(call), call.key("id"));
    if let Some(policy) = call.tenant.collection_mut(which.collection()).get_mut(&id) {
        policy.insert(INCLUDED.to_owned(), Value::from(groups));
        if let Some(scope) = scope {
            policy.insert("appliesTo".to_owned(), Value::from(scope));
        }
    }
    Ok(Reply::no_content())
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let policies = call.tenant.collection(Mobility::of_call(call).collection());
    policies.get(&id).ok_or_else(|| GraphError::directory_not_found(&id))
}
