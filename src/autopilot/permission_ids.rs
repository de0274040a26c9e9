//! The ids by which Entra knows permissions of Microsoft Graph: what an app registration's manifest holds.
//!
//! Source: Microsoft Graph permissions reference (2026-08).

/// Microsoft Graph's own application id.
pub const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// A permission's ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The permission's name.
    pub name: &'static str,
    /// As a delegated permission (scope); `None` where there is none.
    pub delegated: Option<&'static str>,
    /// As an application permission (app role); `None` where there is none.
    pub application: Option<&'static str>,
}

/// The ids of a permission of this program's tables.
pub fn of(name: &str) -> Option<&'static Ids> {
    IDS.iter().find(|ids| ids.name == name)
}

const fn ids(name: &'static str, delegated: &'static str, application: &'static str) -> Ids {
    Ids { name, delegated: Some(delegated), application: Some(application) }
}

static IDS: &[Ids] = &[
    ids("Device.Read.All", "951183d1-1a61-466f-a6d1-1fde911bfd95", "7438b122-aefc-4978-80ed-43db9fcc7715"),
    ids(
        "DeviceManagementApps.Read.All",
        "4edf5f54-4666-44af-9de9-0144fb4b6e8c",
        "7a6ee1e7-141e-4cec-ae74-d9db155731ff",
    ),
    ids(
        "DeviceManagementApps.ReadWrite.All",
        "7b3f05d5-f68c-4b8d-8c59-a2ecd12f24af",
        "78145de6-330d-4800-a6ce-494ff2d33d07",
    ),
    ids(
        "DeviceManagementConfiguration.Read.All",
        "f1493658-876a-4c87-8fa7-edb559b3476a",
        "dc377aa6-52d8-4e23-b271-2a7ae04cedf3",
    ),
    ids(
        "DeviceManagementConfiguration.ReadWrite.All",
        "0883f392-0a7a-443d-8c76-16a6d39c7b63",
        "9241abd9-d0e6-425a-bd4f-47ba86e767a4",
    ),
    ids(
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "3404d2bf-2b13-457e-a330-c24615765193",
        "5b07b0dd-2377-4e44-a38d-703f09a0dc3c",
    ),
    ids(
        "DeviceManagementManagedDevices.Read.All",
        "314874da-47d6-4978-88dc-cf0d37f0bb82",
        "2f51be20-0bb4-4fed-bf7b-db946066c75e",
    ),
    ids(
        "DeviceManagementManagedDevices.ReadWrite.All",
        "44642bfe-8385-4adc-8fc6-fe3cb2c375c3",
        "243333ab-4d21-40cb-a475-36241daa0842",
    ),
    ids(
        "DeviceManagementRBAC.Read.All",
        "49f0cc30-024c-4dfd-ab3e-82e137ee5431",
        "58ca0d9a-1575-47e1-a3cb-007ef2e4583b",
    ),
    ids(
        "DeviceManagementRBAC.ReadWrite.All",
        "0c5e8a55-87a6-4556-93ab-adc52c4d862d",
        "e330c4f0-4170-414e-a55a-2f022ec2b57b",
    ),
    ids(
        "DeviceManagementServiceConfig.Read.All",
        "8696daa5-bce5-4b2e-83f9-51b6defc4e1e",
        "06a5fe6d-c49d-46a7-b082-56b1b14103c7",
    ),
    ids(
        "DeviceManagementServiceConfig.ReadWrite.All",
        "662ed50a-ac44-4eef-ad86-62eed9be2a29",
        "5ac13192-7ace-4fcf-b828-1a26f28068ee",
    ),
    ids("Directory.Read.All", "06da0dbc-49e2-44d2-8312-53f166ab848a", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    ids("Group.Read.All", "5f8c59db-677d-491f-a6b8-5f174b11ec1d", "5b567255-7703-4780-807c-7be8301ae99b"),
    ids(
        "Group.ReadWrite.All",
        "4e46008b-f24c-477d-8fff-7bb4ec7aafe0",
        "62a82d76-70ea-41e2-9197-370581804d09",
    ),
    ids(
        "GroupMember.Read.All",
        "bc024368-1153-4739-b217-4326f2e966d0",
        "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    ),
    ids(
        "Organization.Read.All",
        "4908d5b9-3fb2-4b1e-9336-1888b7937185",
        "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    ),
    ids(
        "OrganizationalBranding.Read.All",
        "9082f138-6f02-4f3a-9f4d-5f3c2ce5c688",
        "eb76ac34-0d62-4454-b97c-185e4250dc20",
    ),
    ids("Policy.Read.All", "572fea84-0151-49b2-9301-11cb16974376", "246dd0d5-5bd0-4def-940b-0421030a5b68"),
    ids(
        "Policy.Read.DeviceConfiguration",
        "3616a4b0-6746-49c4-a678-4c237599074d",
        "bdba4817-6ba1-4a7c-8a01-be9bc7c242dd",
    ),
    ids(
        "Policy.ReadWrite.DeviceConfiguration",
        "40b534c3-9552-4550-901b-23879c90bcf9",
        "230fb2d5-aa21-49c1-bfa7-ae1be179d867",
    ),
    ids("User.Read.All", "a154be20-db9c-4678-8ab7-66f6cc099a59", "df021288-bdef-4463-88db-98f22de89214"),
    ids("User.ReadBasic.All", "b340eb25-3456-403f-be2f-af7a0d370277", "97235f07-e226-4f63-ace3-39588e11d3a1"),
    ids("User.ReadWrite.All", "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4", "741f803b-c850-494e-b5df-cde7c675a1ca"),
    Ids {
        name: "Policy.ReadWrite.MobilityManagement",
        delegated: Some("a8ead177-1889-4546-9387-f25e658e2a79"),
        application: None,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::autopilot::needs;

    #[test]
    fn every_permission_of_the_tables_has_its_ids() {
        for needed in needs::of_types(|_| true) {
            for name in needed.permission.one_of {
                let ids = of(name).unwrap_or_else(|| panic!("{name} has no ids"));
                assert!(ids.delegated.is_some(), "{name}");
                assert_eq!(
                    ids.application.is_none(),
                    needed.permission.person_only && name.contains("Mobility"),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn no_id_stands_twice() {
        let all: Vec<&str> = IDS.iter().flat_map(|ids| [ids.delegated, ids.application]).flatten().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|id| uuid::Uuid::try_parse(id).is_ok()));
    }
}
