//! Devices: registration and its troubles, users, look-ups and functions, on an emulated tenant.

mod fleet;
mod functions;
mod look_up;
mod registration;
mod user_assignment;

use autopilot_provider::emulator::collections::{CollectionName, IDENTITIES};
use autopilot_provider::emulator::{Clock, Control, Emulator, Latencies, Options, Running};
use serde_json::{Value as Json, json};

use crate::support::autopilot::autopilot;
use crate::support::core::{Core, Said};

/// A tenant, and the provider configured for it.
struct Tenant {
    core: Core,
    emulator: Running,
}

impl Tenant {
    /// Everything happens at once.
    async fn quick() -> Self {
        Self::with(Options::default()).await
    }

    /// Everything takes its time, which goes by fast.
    async fn alive() -> Self {
        Self::with(Options {
            clock: Clock::scaled(240.0),
            latencies: Latencies::realistic(),
            ..Options::default()
        })
        .await
    }

    async fn with(options: Options) -> Self {
        let emulator = Emulator::start(options).await.expect("an emulator starts");
        let core = autopilot().await;
        let tenant = Self { core, emulator };
        tenant.configure(&tenant.core).await;
        tenant
    }

    /// Another process of the provider for the same tenant.
    async fn another_core(&self) -> Core {
        let core = autopilot().await;
        self.configure(&core).await;
        core
    }

    /// One run for many resources, as Terraform does it: planned in one process and applied in another.
    async fn run(&self) -> Run {
        let (planning, applying) = (self.another_core().await, self.another_core().await);
        Run { planning: planning.one_command(), applying: applying.one_command() }
    }

    async fn configure(&self, core: &Core) {
        let credentials = self.emulator.credentials();
        core.configure(json!({
            "graph_endpoint": self.emulator.url(),
            "authority_host": self.emulator.url(),
            "tenant_id": credentials.tenant_id,
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        }))
        .await;
    }

    fn control(&self) -> Control {
        self.emulator.control()
    }

    /// The hash that a laptop with this serial number exports.
    fn hash(&self, serial: &str) -> String {
        let laptop = self.control().laptop(&json!({"serialNumber": serial})).expect("a laptop");
        laptop["hardwareHash"].as_str().expect("a hash").to_owned()
    }

    /// The registered devices, as the tenant holds them.
    fn devices(&self) -> Vec<Json> {
        self.collection(IDENTITIES)
    }

    /// Objects of a collection, as the tenant holds them.
    fn collection(&self, name: CollectionName) -> Vec<Json> {
        self.control()
            .with_tenant(|tenant| tenant.collection(name).iter().cloned().map(Json::Object).collect())
    }

    /// Changes a registered device behind Terraform's back.
    fn change(&self, id: &str, property: &str, value: Json) {
        self.control().with_tenant(|tenant| {
            let device = tenant.collection_mut(IDENTITIES).get_mut(id).expect("the device");
            device.insert(property.to_owned(), value);
        });
    }

    /// How many requests matched the method and a part of the path.
    fn count(&self, method: &str, part: &str) -> usize {
        let requests = self.control().requests();
        requests.iter().filter(|asked| asked.method == method && asked.path.contains(part)).count()
    }
}

#[derive(Clone)]
struct Run {
    planning: Core,
    applying: Core,
}

impl Run {
    /// Makes a resource.
    async fn apply(&self, type_name: &str, config: Json) -> Said {
        let mut resource = self.planning.resource(type_name);
        match resource.try_plan(config.clone()).await {
            Ok(planned) => {
                resource.continue_with(self.applying.clone());
                resource.apply_planned(planned, config).await
            }
            Err(said) => said,
        }
    }
}
