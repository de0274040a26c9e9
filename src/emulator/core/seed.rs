//! What a tenant begins with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::directory::sample::ADMINISTRATOR;
use crate::emulator::login::{azure_cli, graph_command_line_tools, roles};
use crate::emulator::oobe::factory;
use crate::emulator::world::applications::{Application, Secret};
use crate::emulator::world::behaviour::Behaviour;
use crate::emulator::world::clock::Latencies;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::CollectionName;
use crate::emulator::world::tenant::Tenant;
use crate::emulator::{directory, intune};

/// The beginning of a tenant, as a JSON file may give it. Whatever is left out is Contoso's.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Seed {
    /// Where an editor finds the schema of this file; means nothing to the emulator.
    #[serde(rename = "$schema", skip_serializing)]
    pub schema: Option<String>,
    /// The tenant id, a GUID.
    pub id: String,
    /// The organization's name.
    pub display_name: String,
    /// Verified domains, the default one first.
    pub domains: Vec<String>,
    /// Applications that may sign in, beside Microsoft's own. The first confidential and the first public one are what
    /// `emulator --print-env` prints.
    pub applications: Vec<Application>,
    /// The user who approves every device code at once. Null: codes wait for a control call. If no user has a directory
    /// role (`_directoryRoles`, a list of names), this one is Global Administrator.
    pub approve_device_codes_as: Option<String>,
    /// How long things take.
    pub latencies: Option<Latencies>,
    /// Answers about which the real service is not consistent.
    pub behaviour: Behaviour,
    /// Objects by collection (`users`, `groups`, `mobileApps`, ..). Properties left out get their defaults, a missing
    /// `id` is made up. When null, Contoso's sample objects are used.
    #[schemars(with = "Option<BTreeMap<String, Vec<Entity>>>")]
    pub collections: Option<BTreeMap<CollectionName, Vec<Entity>>>,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            schema: None,
            id: "3c8f1b52-6a0d-4e7b-9c41-d5f2a7e08b16".to_owned(),
            display_name: "Contoso".to_owned(),
            domains: vec!["contoso.onmicrosoft.com".to_owned(), "contoso.com".to_owned()],
            applications: vec![automation(), workstation()],
            approve_device_codes_as: Some(ADMINISTRATOR.to_owned()),
            latencies: None,
            behaviour: Behaviour::default(),
            collections: None,
        }
    }
}

impl Seed {
    /// A tenant that begins so. `chance` seeds everything random in it.
    pub(crate) fn tenant(&self, latencies: Latencies, chance: u64) -> Tenant {
        let mut tenant = Tenant::empty(&self.id, &self.display_name, self.domains.clone(), chance);
        tenant.latencies = self.latencies.clone().unwrap_or(latencies);
        tenant.behaviour = self.behaviour.clone();
        let mut applications = self.applications.clone();
        for microsofts in [azure_cli(), graph_command_line_tools()] {
            if !applications.iter().any(|known| known.client_id == microsofts.client_id) {
                applications.push(microsofts);
            }
        }
        for application in applications.iter_mut().filter(|application| application.object_id.is_empty()) {
            application.object_id = tenant.new_guid();
        }
        tenant.registrations.applications = applications;
        tenant.registrations.approve_as = self.approve_device_codes_as.clone();
        directory::init(&mut tenant);
        intune::init(&mut tenant);
        factory::init(&mut tenant);
        match &self.collections {
            Some(collections) => add(&mut tenant, collections),
            None => {
                directory::sample(&mut tenant);
                intune::sample(&mut tenant);
            }
        }
        if let Some(administrator) = &self.approve_device_codes_as {
            roles::appoint_administrator(&mut tenant, administrator);
        }
        tenant
    }
}

/// Adds objects, completed with the defaults of their types.
pub(crate) fn add(tenant: &mut Tenant, collections: &BTreeMap<CollectionName, Vec<Entity>>) {
    let types: Vec<_> = directory::types().iter().chain(intune::types()).collect();
    for (name, entities) in collections {
        for entity in entities {
            let mut entity = entity.clone();
            if entity.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
                entity.insert("id".to_owned(), Value::from(tenant.new_guid()));
            }
            if let Some((_, kind)) = types.iter().find(|(collection, _)| collection == name) {
                entity = kind.of(&entity).with_defaults(entity);
            }
            tenant.collection_mut(*name).insert(entity);
        }
    }
    directory::objects_changed(tenant);
    intune::seeded(tenant);
}

/// The application that pipelines sign in as.
fn automation() -> Application {
    Application {
        client_id: "8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58".to_owned(),
        display_name: "Contoso Automation".to_owned(),
        object_id: "b25a6e0f-93d1-4c7e-8f42-6d0c9e1a7b34".to_owned(),
        secrets: vec![Secret {
            key_id: "51d0e7a9-4c3b-4a1f-b6d8-2f9e8c7a0b13".to_owned(),
            value: "contoso-emulated-secret".to_owned(),
            expires: None,
        }],
        roles: APPLICATION_PERMISSIONS.iter().map(|&name| name.to_owned()).collect(),
        scopes: DELEGATED_PERMISSIONS.iter().map(|&name| name.to_owned()).collect(),
        ..Application::default()
    }
}

/// The application that people sign in to with a device code.
fn workstation() -> Application {
    Application {
        client_id: "f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759".to_owned(),
        display_name: "Contoso Workstation".to_owned(),
        object_id: "0c7b9f13-58ae-4d26-b1e4-a96d3f70c285".to_owned(),
        public_client: true,
        redirect_uris: vec!["http://localhost".to_owned()],
        scopes: DELEGATED_PERMISSIONS.iter().map(|&name| name.to_owned()).collect(),
        ..Application::default()
    }
}

/// What Contoso granted its automation.
const APPLICATION_PERMISSIONS: &[&str] = &[
    "Device.Read.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Group.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.DeviceConfiguration",
    "User.Read.All",
];

/// What Contoso's administrator consented to for people.
const DELEGATED_PERMISSIONS: &[&str] = &[
    "Device.Read.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Group.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.DeviceConfiguration",
    "Policy.ReadWrite.MobilityManagement",
    "User.Read",
    "User.Read.All",
];

/// A short text for the control path.
pub(crate) fn summary(tenant: &Tenant) -> Value {
    json!({ "id": tenant.id, "displayName": tenant.display_name, "domains": tenant.domains })
}
