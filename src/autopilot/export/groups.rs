//! Groups of devices: those that follow Windows Autopilot, and those that profiles and pages are assigned to.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;

use super::collected::Collected;
use crate::autopilot::groups::{DYNAMIC, GROUPS, Group};
use crate::autopilot::membership_rule::{is_about_devices, is_about_registered_devices};
use crate::autopilot::resources::deployment_profile::PROFILES;
use crate::autopilot::resources::enrollment_status_page::PAGES;
use crate::graph::{Search, decode, decode_all};
use crate::tf_provider::failure::Failure;

/// Adds them. A group is one of devices if its rule says so, or if a profile is assigned to it; whose members a page's group
/// without a rule has, only a look at each would tell.
pub(super) async fn groups(export: &mut Collected, readable: &BTreeSet<&'static str>) -> Result<(), Failure> {
    let profiles =
        if readable.contains(PROFILES.type_name) { PROFILES.all(&export.session).await? } else { Vec::new() };
    let pages =
        if readable.contains(PAGES.type_name) { PAGES.all(&export.session).await? } else { Vec::new() };
    let (of_profiles, of_pages) = (assigned(&profiles)?, assigned(&pages)?);
    let dynamic = Search::new("dynamic groups", |_| true).filter(DYNAMIC);
    let mut found =
        export.session.graph().find(export.session.scope(), &GROUPS.collection(), dynamic).await?;
    let have: BTreeSet<String> = decode_all::<Ruled>(&found)?.into_iter().map(|group| group.key()).collect();
    for id in of_profiles.difference(&have) {
        // An assignment may outlive its group.
        found.extend(GROUPS.read(&export.session, id).await?);
    }
    let mut ours = Vec::new();
    for object in found {
        let group: Ruled = decode(&object)?;
        let is_ours = match group.membership_rule.as_deref() {
            Some(rule) => {
                let is_assigned = of_profiles.contains(&group.key()) || of_pages.contains(&group.key());
                is_about_registered_devices(rule) || (is_assigned && is_about_devices(rule))
            }
            None => of_profiles.contains(&group.key()),
        };
        if is_ours && decode::<Group>(&object)?.is_plain() {
            ours.push(object);
        }
    }
    export.named(GROUPS.type_name, "group", &ours)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ruled {
    id: String,
    membership_rule: Option<String>,
}

impl Ruled {
    fn key(&self) -> String {
        self.id.to_lowercase()
    }
}

#[derive(Deserialize)]
struct Assigned {
    #[serde(default)]
    assignments: Vec<Assignment>,
}

#[derive(Deserialize)]
struct Assignment {
    target: Target,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    group_id: Option<String>,
}

/// The groups that objects are assigned to, or excluded from.
fn assigned(objects: &[Json]) -> Result<BTreeSet<String>, Failure> {
    let objects: Vec<Assigned> = decode_all(objects)?;
    let targets = objects.into_iter().flat_map(|object| object.assignments);
    Ok(targets.filter_map(|one| one.target.group_id).map(|id| id.to_lowercase()).collect())
}
