//! A tenant in which a laptop's first start succeeds.

use autopilot_provider::emulator::{Entity, Tenant};
use serde_json::{Value, json};

use crate::emulator_intune::stage::{self, EmulatedTenant};
use autopilot_provider::emulator::collections::{
    COMPLIANCE_POLICIES, CONFIGURATION_POLICIES, CONFIGURATIONS, CollectionName, DEVICES, GROUPS, IDENTITIES,
    MANAGED_DEVICES, MDM_POLICIES, PROFILES, REGISTRATION_POLICY, USERS,
};

pub(super) const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
/// The group of all employees.
pub(super) const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";
pub(super) const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
pub(super) const VPN: &str = "0a3de581-6b02-4f97-8c4d-e1b7f5a92c36";
pub(super) const PAGES: &str = "/beta/deviceManagement/deviceEnrollmentConfigurations";

/// Contoso with everything in place for the laptop HQ-1 and its user Megan.
pub(crate) struct Ready {
    pub(crate) tenant: EmulatedTenant,
    pub(super) profile: String,
    pub(super) page: String,
    pub(super) group: String,
    pub(super) device: String,
}

impl Ready {
    pub(crate) async fn new() -> Self {
        let tenant = EmulatedTenant::contoso().await;
        let policy = format!("/beta/policies/mobileDeviceManagementPolicies/{INTUNE}");
        let urls = json!({
            "discoveryUrl": "https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc",
            "termsOfUseUrl": "https://portal.manage.microsoft.com/TermsofUse.aspx",
            "complianceUrl": "https://portal.manage.microsoft.com/?portalAction=Compliance",
        });
        for body in [urls, json!({ "appliesTo": "all" })] {
            let reply = tenant.call_as_administrator("PATCH", &policy, body).await;
            assert!([200, 204].contains(&reply.status), "{}", reply.body);
        }
        let group = stage::tagged(&tenant, "HQ").await;
        let profile = stage::profile(&tenant, "Headquarters").await;
        let template = json!({
            "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
            "deviceNameTemplate": "HQ-%SERIAL%",
        });
        let path = format!("{}/{profile}", stage::PROFILES);
        tenant.call("PATCH", &path, template).await.expect(200);
        let target = stage::group_target(&group);
        tenant.call("POST", &format!("{path}/assignments"), target.clone()).await.expect(201);
        let page = json!({
            "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
            "displayName": "Headquarters page",
            "showInstallationProgress": true,
            "installProgressTimeoutInMinutes": 60,
            "customErrorMessage": "Call 555-0100.",
            "selectedMobileAppIds": [VPN],
        });
        let page = tenant.call("POST", PAGES, page).await.expect(201).text("id");
        let body = json!({ "enrollmentConfigurationAssignments": [target] });
        tenant.call("POST", &format!("{PAGES}/{page}/assign"), body).await.expect(204);
        let device = stage::register(&tenant, "HQ-1", "HQ").await;
        let device = device["id"].as_str().expect("an id").to_owned();
        Self { tenant, profile, page, group, device }
    }

    /// The laptop's registration.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }

    pub(super) fn change(&self, work: impl FnOnce(&mut Tenant)) {
        self.tenant.control().with_tenant(work);
    }

    /// Sets one property of one object.
    pub(super) fn set(&self, collection: CollectionName, id: &str, name: &str, value: Value) {
        self.change(|tenant| {
            let entity = tenant.collection_mut(collection).get_mut(id);
            entity.unwrap_or_else(|| panic!("no {id} in {collection:?}")).insert(name.to_owned(), value);
        });
    }

    pub(super) fn add(&self, collection: CollectionName, entity: Value) {
        let entity: Entity = entity.as_object().cloned().expect("an object");
        self.change(|tenant| tenant.collection_mut(collection).insert(entity));
    }

    pub(super) fn set_experience(&self, name: &str, value: Value) {
        self.change(|tenant| {
            let profile = tenant.collection_mut(PROFILES).get_mut(&self.profile);
            profile.expect("the profile")["outOfBoxExperienceSetting"][name] = value;
        });
    }

    /// Gives the laptop another profile, which has not arrived yet.
    pub(super) fn another_profile_on_its_way(&self) {
        self.change(|tenant| {
            let profiles = tenant.collection_mut(PROFILES);
            let mut other = profiles.get(&self.profile).cloned().expect("the profile");
            other.insert("id".to_owned(), json!("other"));
            other.insert("displayName".to_owned(), json!("Other"));
            other.insert("assignments".to_owned(), json!([]));
            profiles.insert(other);
            // All at once: what the emulator finds half done it completes.
            let device = tenant.collection_mut(IDENTITIES).get_mut(&self.device).expect("the device");
            device.insert("_directProfile".to_owned(), json!("other"));
            device.insert("_intendedProfile".to_owned(), json!("other"));
            device.insert("deploymentProfileAssignmentStatus".to_owned(), json!("pending"));
        });
    }

    /// Takes the laptop's profile, which has not arrived yet if one is to come.
    pub(super) fn profile_on_its_way(&self) {
        self.change(|tenant| {
            let device = tenant.collection_mut(IDENTITIES).get_mut(&self.device).expect("the device");
            device.insert("_profile".to_owned(), json!(""));
            if device["_intendedProfile"] != "" {
                device.insert("deploymentProfileAssignmentStatus".to_owned(), json!("pending"));
            }
        });
    }

    pub(super) fn set_page(&self, name: &str, value: Value) {
        self.set(CONFIGURATIONS, &self.page, name, value);
    }

    pub(super) fn set_device(&self, name: &str, value: Value) {
        self.set(IDENTITIES, &self.device, name, value);
    }

    pub(crate) fn join_policy(&self, work: impl FnOnce(&mut Entity)) {
        self.change(|tenant| {
            let policy = tenant.collection_mut(REGISTRATION_POLICY).iter_mut().next();
            work(policy.expect("the policy"));
        });
    }

    /// Blocks something for everybody to whom no other restriction is assigned.
    pub(super) fn set_default_restriction(&self, name: &str) {
        self.change(|tenant| {
            let mut all = tenant.collection_mut(CONFIGURATIONS).iter_mut();
            let restrictions =
                all.find(|one| one["deviceEnrollmentConfigurationType"] == "platformRestrictions");
            restrictions.expect("restrictions")["windowsRestriction"][name] = json!(true);
        });
    }

    /// A restriction of Windows that is assigned to Contoso's employees.
    pub(super) fn restrict_employees(&self, blocks: bool) {
        self.restrict("employees", 1, blocks, stage::group_target(EMPLOYEES));
    }

    /// A restriction of Windows that is assigned to all users, weaker than that of the employees.
    pub(super) fn restrict_everybody(&self, blocks: bool) {
        let everybody = json!({ "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" });
        self.restrict("everybody", 2, blocks, json!({ "target": everybody }));
    }

    fn restrict(&self, id: &str, priority: i64, blocks: bool, mut assignment: Value) {
        assignment["id"] = json!(format!("{id}_1"));
        self.add(
            CONFIGURATIONS,
            json!({
                "@odata.type": "#microsoft.graph.deviceEnrollmentPlatformRestrictionConfiguration",
                "id": format!("{id}_SinglePlatformRestriction"),
                "deviceEnrollmentConfigurationType": "singlePlatformRestriction",
                "displayName": id,
                "priority": priority,
                "platformType": "windows",
                "platformRestriction": { "platformBlocked": blocks, "personalDeviceEnrollmentBlocked": false },
                "assignments": [assignment],
            }),
        );
    }

    /// Lets all (`all`), nobody (`no`) or those named (`enumerated`) join devices.
    pub(super) fn let_join(&self, whom: &str, users: Value, groups: Value) {
        self.join_policy(|policy| {
            let kind = format!("#microsoft.graph.{whom}DeviceRegistrationMembership");
            policy["azureADJoin"]["allowedToJoin"] = match whom {
                "enumerated" => json!({ "@odata.type": kind, "users": users, "groups": groups }),
                _ => json!({ "@odata.type": kind }),
            };
        });
    }

    /// Lets the members of one group enroll.
    pub(super) fn let_enroll(&self, group: &str) {
        self.set(MDM_POLICIES, INTUNE, "appliesTo", json!("selected"));
        self.set(MDM_POLICIES, INTUNE, "_includedGroups", json!([group]));
    }

    /// Gives Megan these service plans and no others.
    pub(super) fn give_plans(&self, ids: &[&str]) {
        let plan =
            |id: &&str| json!({ "service": "SCO", "servicePlanId": id, "capabilityStatus": "Enabled" });
        self.set(USERS, MEGAN, "assignedPlans", ids.iter().map(plan).collect());
    }

    /// Assigns Contoso's two policies so.
    pub(super) fn policies(&self, assignments: Value) {
        self.change(|tenant| {
            for name in [COMPLIANCE_POLICIES, CONFIGURATION_POLICIES] {
                for policy in tenant.collection_mut(name).iter_mut() {
                    policy.insert("assignments".to_owned(), assignments.clone());
                }
            }
        });
    }

    /// Leaves a device in Intune that this user enrolled.
    pub(super) fn enrolled_by(&self, user: &str) {
        let name = if user == MEGAN { "megan@contoso.com" } else { "alex@contoso.com" };
        self.add(
            MANAGED_DEVICES,
            json!({ "id": format!("m-{user}"), "serialNumber": "HQ-1", "userId": user, "userPrincipalName": name }),
        );
    }

    /// Registers so many laptops like the one that is ready: HQ0, HQ1 and so on.
    pub(super) fn multiply(&self, count: usize) {
        self.change(|tenant| {
            let device = tenant.collection(IDENTITIES).get(&self.device).cloned();
            let device = device.expect("the device");
            let object = device["_entraDevice"].as_str().unwrap_or_default();
            let object = tenant.collection(DEVICES).get(object).cloned().expect("its object");
            for number in 0..count {
                let (mut device, mut object) = (device.clone(), object.clone());
                let id = |kind: u8| json!(format!("{kind:08x}-0000-4000-8000-{number:012x}"));
                object.insert("id".to_owned(), id(1));
                object.insert("deviceId".to_owned(), id(2));
                device.insert("id".to_owned(), id(3));
                device.insert("_entraDevice".to_owned(), id(1));
                device.insert("azureAdDeviceId".to_owned(), id(2));
                device.insert("azureActiveDirectoryDeviceId".to_owned(), id(2));
                device.insert("serialNumber".to_owned(), json!(format!("HQ{number}")));
                tenant.collection_mut(DEVICES).insert(object);
                tenant.collection_mut(IDENTITIES).insert(device);
            }
            let members: Vec<Value> =
                tenant.collection(DEVICES).iter().map(|one| one["id"].clone()).collect();
            let group = tenant.collection_mut(GROUPS).get_mut(&self.group).expect("the group");
            group.insert("_members".to_owned(), json!(members));
        });
    }

    pub(super) fn power_on(&self, extra: Value) -> Value {
        let mut request = json!({ "serialNumber": "HQ-1", "user": "megan@contoso.com" });
        if let (Value::Object(request), Value::Object(extra)) = (&mut request, extra) {
            request.extend(extra);
        }
        self.tenant.control().power_on(&request).expect("a good request")
    }
}
