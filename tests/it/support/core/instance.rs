//! The life of one resource instance.

mod arriving;
mod calls;

use std::sync::Mutex;

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::value::{Value, json};

use super::identity::{Identified, IdentityShape};
use super::rules::stored_violations;
use super::shape::Shape;
use super::{CAPABILITIES, Config, Core, Said, demand};

/// One resource in a configuration and its entry in the state.
pub(crate) struct Instance {
    core: Core,
    type_name: String,
    shape: Shape,
    state: Value,
    private: Vec<u8>,
    identity: Identified,
    tainted: bool,
    last_action: Action,
    /// The command in which it was planned last.
    planned_in: Mutex<Option<u64>>,
}

/// What a plan will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    NoOp,
    Create,
    Update,
    /// Destroy, then create.
    Replace,
    Delete,
}

/// A plan that keeps the rules.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) action: Action,
    /// What the object was; null for create and replace.
    pub(crate) prior: Value,
    pub(crate) planned: Value,
    /// Attributes that ask for replacement, as written in a configuration.
    pub(crate) replace: Vec<String>,
    pub(crate) warnings: Said,
    private: Vec<u8>,
}

/// How an apply or destroy ended. The state is the instance's.
#[derive(Clone, Debug)]
pub(crate) struct ApplyOutcome {
    /// What the plan was to do; nothing if it failed before there was a plan.
    pub(crate) action: Action,
    pub(crate) said: Said,
}

impl Instance {
    pub(super) fn new(core: Core, type_name: &str, shape: Shape, identity: Option<IdentityShape>) -> Self {
        Self {
            core,
            type_name: type_name.to_owned(),
            shape,
            state: Value::Null,
            private: Vec::new(),
            identity: Identified::new(identity),
            tainted: false,
            last_action: Action::NoOp,
            planned_in: Mutex::new(None),
        }
    }

    /// Goes on with the provider in another process, as the next Terraform command does.
    pub(crate) fn continue_with(&mut self, core: Core) {
        self.core = core;
    }

    /// Another instance of the same type, which does not exist yet.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.core.clone(), &self.type_name, self.shape.clone(), self.identity.shape().cloned())
    }

    /// The stored state; null if there is none.
    pub(crate) fn state(&self) -> &Value {
        &self.state
    }

    /// A text attribute of the state; empty if it is null.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.state.get(name).as_str().unwrap_or_default()
    }

    /// Whether the next plan replaces the object because its creation failed half-way.
    pub(crate) fn is_tainted(&self) -> bool {
        self.tainted
    }

    /// What the provider stored beside the state.
    pub(crate) fn private(&self) -> &[u8] {
        &self.private
    }

    /// Stores something else beside the state, as a damaged state file might.
    pub(crate) fn set_private(&mut self, private: impl Into<Vec<u8>>) {
        self.private = private.into();
    }

    /// Stores another state.
    pub(crate) fn set_state(&mut self, state: Value) {
        self.state = state;
    }

    /// The state as Terraform stores it.
    pub(crate) fn stored(&self) -> Vec<u8> {
        json::encode(&self.state, &self.shape.ty()).expect("stored state is known")
    }

    /// What is stored of the object's identity.
    pub(crate) fn identity(&self) -> &Value {
        self.identity.stored()
    }

    /// What it is made of; nothing for a type without one.
    pub(crate) fn identity_shape(&self) -> Option<&IdentityShape> {
        self.identity.shape()
    }

    /// Stores another identity, or none, as an older release did.
    pub(crate) fn set_identity(&mut self, identity: Value) {
        self.identity.set(identity);
    }

    /// What the last apply did.
    pub(crate) fn last_action(&self) -> Action {
        self.last_action
    }

    /// The shape, as Terraform knows it.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What the provider says of a configuration.
    pub(crate) async fn validate(&self, config: impl Into<Config>) -> Said {
        self.validate_as(&config.into().complete(&self.shape.block), CAPABILITIES).await
    }

    /// What the provider says of a configuration to a host with these capabilities.
    pub(crate) async fn validate_as(&self, config: &Value, capabilities: wire::ClientCapabilities) -> Said {
        let request = wire::validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: Some(self.encode(config)),
            client_capabilities: Some(capabilities),
        };
        let reply = self.core.client().validate_resource_config(request).await;
        reply.expect("ValidateResourceConfig answers").into_inner().diagnostics.into()
    }

    /// The same entry of the state, with another process of the provider.
    pub(crate) fn moved_to(&self, core: &Core) -> Self {
        Self {
            core: core.clone(),
            type_name: self.type_name.clone(),
            shape: self.shape.clone(),
            state: self.state.clone(),
            private: self.private.clone(),
            identity: self.identity.clone(),
            tainted: self.tainted,
            last_action: Action::NoOp,
            planned_in: Mutex::new(None),
        }
    }

    /// Validates and plans; both must succeed. Does not refresh.
    pub(crate) async fn plan(&self, config: impl Into<Config>) -> Planned {
        self.try_plan(config)
            .await
            .unwrap_or_else(|said| panic!("planning {} failed:\n{said}", self.type_name))
    }

    /// Validates and plans. Does not refresh. Whatever is planned keeps the rules, and is planned again the same.
    pub(crate) async fn try_plan(&self, config: impl Into<Config>) -> Result<Planned, Said> {
        let config = config.into().complete(&self.shape.block);
        self.validate_as(&config, CAPABILITIES).await.into_result()?;
        self.plan_change(&config).await
    }

    /// Validates and plans a configuration given as a value.
    pub(crate) async fn try_plan_of(&self, config: Value) -> Result<Planned, Said> {
        let config = self.shape.block.complete(config);
        self.validate_as(&config, CAPABILITIES).await.into_result()?;
        self.plan_change(&config).await
    }

    /// Applies, and then claims what a user expects: nothing drifts, and the same configuration plans nothing.
    pub(crate) async fn apply(&mut self, config: impl Into<Config>) -> &Value {
        let config = config.into();
        self.apply_once_known(config.clone(), config).await
    }

    /// The same when some values were not known at plan time yet: `later` is the configuration at apply time.
    pub(crate) async fn apply_once_known(
        &mut self,
        now: impl Into<Config>,
        later: impl Into<Config>,
    ) -> &Value {
        let later = later.into();
        let outcome = self.try_apply_once_known(now, later.clone()).await;
        outcome.said.expect_no_errors(&format!("applying {}", self.type_name));
        self.assert_no_drift().await;
        self.assert_empty_plan(later).await;
        &self.state
    }

    /// Refreshes if there is something, validates, plans, and applies unless something was wrong.
    pub(crate) async fn try_apply(&mut self, config: impl Into<Config>) -> ApplyOutcome {
        let config = config.into();
        self.try_apply_once_known(config.clone(), config).await
    }

    /// The same when some values were not known at plan time yet.
    pub(crate) async fn try_apply_once_known(
        &mut self,
        now: impl Into<Config>,
        later: impl Into<Config>,
    ) -> ApplyOutcome {
        self.last_action = Action::NoOp;
        let planned = match self.refresh_then_plan(now.into()).await {
            Ok(planned) => planned,
            Err(said) => {
                return ApplyOutcome { action: Action::NoOp, said };
            }
        };
        self.last_action = planned.action;
        let later = later.into().complete(&self.shape.block);
        let said = self.carry_out(planned, &later).await.unwrap_or_else(|said| said);
        ApplyOutcome { action: self.last_action, said }
    }

    /// The same configuration again changes nothing (O7).
    pub(crate) async fn assert_empty_plan(&mut self, config: impl Into<Config>) {
        let planned = self.refresh_then_plan(config.into()).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {} failed:\n{said}", self.type_name));
        let because = differences(&planned.prior, &planned.planned);
        assert_eq!(planned.action, Action::NoOp, "the plan of {} is not empty:\n{because}", self.type_name);
    }

    /// A configuration given as a value changes nothing.
    pub(crate) async fn assert_empty_plan_of(&mut self, config: Value, what: &str) {
        let config = self.shape.block.complete(config);
        let said = self.try_refresh().await.and(self.validate_as(&config, CAPABILITIES).await);
        said.expect_no_errors(what);
        let planned = self.plan_change(&config).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {what} failed:\n{said}"));
        let because = differences(&planned.prior, &planned.planned);
        assert_eq!(planned.action, Action::NoOp, "{what} changes something:\n{because}");
    }

    /// A configuration changes nothing in place but these attributes, and what only the apply will tell.
    pub(crate) async fn assert_plan_changes_only(&mut self, config: impl Into<Config>, names: &[&str]) {
        let planned = self.refresh_then_plan(config.into()).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {} failed:\n{said}", self.type_name));
        assert_ne!(planned.action, Action::Replace);
        let only = |value: &Value| {
            let value = without(value, names);
            let entries = value.entries().iter().filter(|(name, _)| !planned.planned.get(name).is_unknown());
            Value::object(entries.map(|(name, value)| (name.clone(), value.clone())))
        };
        let because = differences(&only(&planned.prior), &only(&planned.planned));
        assert!(because.is_empty(), "the plan changes more than {names:?}:\n{because}");
    }

    /// Reads the object, which must succeed; it may be gone.
    pub(crate) async fn refresh(&mut self) -> &Value {
        let said = self.try_refresh().await;
        said.expect_no_errors(&format!("reading {}", self.type_name));
        &self.state
    }

    /// Upgrades the stored state and reads the object. After an error the state is as before.
    pub(crate) async fn try_refresh(&mut self) -> Said {
        if self.state.is_null() {
            return Said::default();
        }
        let stored = json::encode(&self.state, &self.shape.ty()).expect("stored state is known");
        let state = match self.upgrade(self.shape.version, &stored).await {
            Ok(state) => state,
            Err(said) => return said,
        };
        assert_eq!(
            state.reveal(),
            self.state.reveal(),
            "upgrading {} to its own version changed it",
            self.type_name
        );
        match self.read(state, self.private.clone()).await {
            Ok((state, private, identity, said)) => {
                self.store(state, private, identity);
                said
            }
            Err(said) => said,
        }
    }

    /// A read shows what is stored (O9).
    pub(crate) async fn assert_no_drift(&mut self) {
        let before = self.state.clone();
        self.refresh().await;
        let because = differences(&before, &self.state);
        assert!(before == self.state, "{} drifts:\n{because}", self.type_name);
    }

    /// A read of the state that was stored before `destroy` finds nothing; nothing is stored now.
    pub(crate) async fn assert_gone(&mut self) {
        self.refresh().await;
        assert!(self.state.is_null(), "{} still exists", self.type_name);
    }

    /// Brings stored JSON of some version to the current shape.
    pub(crate) async fn upgrade(&self, version: i64, stored: &[u8]) -> Result<Value, Said> {
        let request = wire::upgrade_resource_state::Request {
            type_name: self.type_name.clone(),
            version,
            raw_state: Some(wire::RawState { json: stored.to_vec(), ..Default::default() }),
        };
        let reply = self.core.client().upgrade_resource_state(request).await;
        let reply = reply.expect("UpgradeResourceState answers").into_inner();
        Said::from(reply.diagnostics).into_result()?;
        let state = self.decode(reply.upgraded_state.as_ref());
        assert!(!state.is_null(), "upgrading {} lost its state", self.type_name);
        demand(
            &format!("upgraded state of {}", self.type_name),
            stored_violations(&self.shape.block, &state),
        );
        Ok(state)
    }

    /// What Terraform writes as configuration for an imported object.
    pub(crate) async fn generated_config(&self) -> Value {
        let request = wire::generate_resource_config::Request {
            type_name: self.type_name.clone(),
            state: Some(self.encode(&self.state)),
        };
        let reply = self.core.client().generate_resource_config(request).await;
        let reply = reply.expect("GenerateResourceConfig answers").into_inner();
        Said::from(reply.diagnostics).expect_no_errors("generating configuration");
        self.decode(reply.config.as_ref())
    }

    /// Destroys the object, which must succeed, and claims that a read then finds nothing.
    pub(crate) async fn destroy(&mut self) {
        let before = (self.state.clone(), self.private.clone());
        let outcome = self.try_destroy().await;
        outcome.said.expect_no_errors(&format!("destroying {}", self.type_name));
        if before.0.is_null() {
            return;
        }
        let (found, ..) = self.read(before.0, before.1).await.unwrap_or_else(|said| {
            panic!("reading {} after its destruction failed:\n{said}", self.type_name)
        });
        assert!(found.is_null(), "{} was destroyed, and a read still finds it", self.type_name);
    }

    /// Destroys, which must succeed. For what a read still finds afterwards, because it belongs to the tenant.
    pub(crate) async fn destroy_alone(&mut self) {
        let outcome = self.try_destroy().await;
        outcome.said.expect_no_errors(&format!("destroying {}", self.type_name));
        assert!(self.state.is_null());
    }

    /// Refreshes, plans the destruction and carries it out. After an error the state is what the provider says is left.
    pub(crate) async fn try_destroy(&mut self) -> ApplyOutcome {
        self.last_action = Action::NoOp;
        let said = self.try_refresh().await;
        if said.has_errors() || self.state.is_null() {
            return ApplyOutcome { action: Action::NoOp, said };
        }
        let (plan, said) = match self.ask_plan(&self.state, &self.private, &Value::Null).await {
            Ok(planned) => planned,
            Err(more) => {
                return ApplyOutcome { action: Action::NoOp, said: said.and(more) };
            }
        };
        assert!(plan.planned.is_null(), "{} planned a non-null destroy value", self.type_name);
        let prior = self.state.clone();
        let said =
            said.and(self.ask_apply(&prior, &Value::Null, &Value::Null, plan.private, plan.identity).await);
        self.last_action = Action::Delete;
        ApplyOutcome { action: Action::Delete, said }
    }

    /// Carries out what was planned before.
    pub(crate) async fn apply_planned(&mut self, planned: Planned, config: impl Into<Config>) -> Said {
        self.last_action = planned.action;
        let config = config.into().complete(&self.shape.block);
        self.carry_out(planned, &config).await.unwrap_or_else(|said| said)
    }

    /// Plans the destruction. Does not refresh.
    pub(crate) async fn plan_destroy(&self) -> Result<Planned, Said> {
        let (plan, said) = self.ask_plan(&self.state, &self.private, &Value::Null).await?;
        Ok(plan.into_planned(Action::Delete, self.state.clone(), Vec::new(), said))
    }

    /// Destroys without a plan in this process, as the apply phase does.
    pub(crate) async fn carry_out_destroy(&mut self) -> Said {
        let prior = self.state.clone();
        self.ask_apply(&prior, &Value::Null, &Value::Null, self.private.clone(), Value::Null).await
    }

    async fn refresh_then_plan(&mut self, config: Config) -> Result<Planned, Said> {
        self.try_refresh().await.into_result()?;
        self.try_plan(config).await
    }
}

/// A value with null at these dotted paths.
pub(crate) fn without(value: &Value, paths: &[&str]) -> Value {
    paths.iter().fold(value.clone(), |value, path| {
        let is_there = !path.split('.').fold(&value, |object, step| object.get(step)).is_null();
        if is_there { placed(&value, path, Value::Null) } else { value }
    })
}

/// A value with another one at a dotted path.
pub(crate) fn placed(value: &Value, path: &str, other: Value) -> Value {
    let other = match path.split_once('.') {
        None => return value.clone().with(path, other),
        Some((step, rest)) => (step, placed(value.get(step), rest, other)),
    };
    value.clone().with(other.0, other.1)
}

/// Where two states differ, attribute by attribute.
fn differences(before: &Value, after: &Value) -> String {
    let names =
        before.entries().keys().chain(after.entries().keys().filter(|n| !before.entries().contains_key(*n)));
    let lines = names
        .filter(|name| before.get(name) != after.get(name))
        .map(|name| format!("  {name}: {} -> {}", before.get(name).reveal(), after.get(name).reveal()));
    lines.collect::<Vec<_>>().join("\n")
}
