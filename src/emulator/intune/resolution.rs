//! Which deployment profile a device gets: of those assigned to its groups the oldest, else the one for all devices.

use serde_json::{Value, json};

use super::identities::{DIRECT_PROFILE, ENTRA_DEVICE, INTENDED_PROFILE, PROFILE};
use super::target::{Memberships, Target, targets};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{IDENTITIES, PROFILES};
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

/// Looks at every device. One whose profile is to be another becomes `pending`, or has none from now on.
pub(super) fn resolve_all(tenant: &mut Tenant) {
    let candidates = Candidates::of(tenant);
    let mut memberships = Memberships::default();
    let mut changed = Vec::new();
    for identity in tenant.collection(IDENTITIES).iter() {
        let intended = candidates.choose(tenant, &mut memberships, identity);
        if intended.unwrap_or_default() != text(identity, INTENDED_PROFILE) {
            changed.push((text(identity, "id").to_owned(), intended.map(str::to_owned)));
        }
    }
    let mut pending = Vec::new();
    for (id, intended) in changed {
        let Some(identity) = tenant.collection_mut(IDENTITIES).get_mut(&id) else {
            continue;
        };
        match intended {
            Some(profile) => {
                identity.insert(INTENDED_PROFILE.to_owned(), Value::from(profile));
                set_status(identity, "pending");
                pending.push(id);
            }
            None => {
                identity.remove(INTENDED_PROFILE);
                identity.remove(PROFILE);
                set_status(identity, "notAssigned");
                identity.insert(ASSIGNED_AT.to_owned(), json!("0001-01-01T00:00:00Z"));
            }
        }
    }
    settle_later(tenant, pending);
}

/// Brings devices one step on: from `pending` to assigned, and from there to in sync.
pub(super) fn settle(tenant: &mut Tenant, ids: Vec<String>) {
    let now = intune_timestamp(tenant.now());
    let mut unfinished = Vec::new();
    for id in ids {
        let Some(identity) = tenant.collection_mut(IDENTITIES).get_mut(&id) else {
            continue;
        };
        match text(identity, STATUS) {
            "pending" => {
                let profile = identity.get(INTENDED_PROFILE).cloned().unwrap_or_default();
                identity.insert(PROFILE.to_owned(), profile);
                identity.insert(ASSIGNED_AT.to_owned(), Value::from(now.as_str()));
                set_status(identity, "assignedUnkownSyncState");
                unfinished.push(id);
            }
            "assignedUnkownSyncState" => set_status(identity, "assignedInSync"),
            _ => {}
        }
    }
    settle_later(tenant, unfinished);
}

const STATUS: &str = "deploymentProfileAssignmentStatus";
const ASSIGNED_AT: &str = "deploymentProfileAssignedDateTime";

fn settle_later(tenant: &mut Tenant, ids: Vec<String>) {
    if !ids.is_empty() {
        tenant.schedule(tenant.latencies.profile_assignment, IntuneEvent::SettleProfiles(ids));
    }
}

fn set_status(identity: &mut Entity, status: &str) {
    identity.insert(STATUS.to_owned(), Value::from(status));
}

/// All profiles with what they are assigned to, oldest first.
struct Candidates(Vec<(String, Vec<Target>)>);

impl Candidates {
    fn of(tenant: &Tenant) -> Self {
        let mut profiles: Vec<&Entity> = tenant.collection(PROFILES).iter().collect();
        profiles.sort_by_key(|profile| text(profile, "createdDateTime"));
        let with_targets = |profile: &&Entity| (text(profile, "id").to_owned(), targets(profile).collect());
        Self(profiles.iter().map(with_targets).collect())
    }

    fn choose(&self, tenant: &Tenant, memberships: &mut Memberships, identity: &Entity) -> Option<&str> {
        let direct = text(identity, DIRECT_PROFILE);
        let device = text(identity, ENTRA_DEVICE);
        let mut is_in = |group: &String| !device.is_empty() && memberships.has(tenant, group, device);
        let mut by_group = |targets: &[Target]| {
            let excluded =
                targets.iter().any(|target| matches!(target, Target::Excluded(group) if is_in(group)));
            !excluded && targets.iter().any(|target| matches!(target, Target::Group(group) if is_in(group)))
        };
        let all = |targets: &[Target]| targets.contains(&Target::AllDevices);
        let own = self.0.iter().find(|(id, _)| !direct.is_empty() && id == direct);
        let found = own
            .or_else(|| self.0.iter().find(|(_, targets)| by_group(targets)))
            .or_else(|| self.0.iter().find(|(_, targets)| all(targets)));
        found.map(|(id, _)| id.as_str())
    }
}
