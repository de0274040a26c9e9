//! The life of one resource instance.

use autopilot_provider::tf_provider::path::{Path, Step};
use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::attribute_path::step::Selector;
use autopilot_provider::tf_provider::value::{Value, json};

use super::proposed::proposed;
use super::rules::{leads_somewhere, plan_violations, stored_violations, successor_violations};
use super::shape::Shape;
use super::{CAPABILITIES, Config, Core, Said, decode, demand, encode};

/// One resource in a configuration and its entry in the state.
pub(crate) struct Instance {
    core: Core,
    type_name: String,
    shape: Shape,
    state: Value,
    private: Vec<u8>,
    tainted: bool,
    last_action: Action,
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
pub(crate) struct Outcome {
    /// What the plan was to do; nothing if it failed before there was a plan.
    pub(crate) action: Action,
    pub(crate) said: Said,
}

impl Instance {
    pub(super) fn new(core: Core, type_name: &str, shape: Shape) -> Self {
        Self {
            core,
            type_name: type_name.to_owned(),
            shape,
            state: Value::Null,
            private: Vec::new(),
            tainted: false,
            last_action: Action::NoOp,
        }
    }

    /// Goes on with the provider in another process, as the next Terraform command does.
    pub(crate) fn continue_with(&mut self, core: Core) {
        self.core = core;
    }

    /// Another instance of the same type, which does not exist yet.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.core.clone(), &self.type_name, self.shape.clone())
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

    /// What the last apply did.
    pub(crate) fn last_action(&self) -> Action {
        self.last_action
    }

    /// The shape, as Terraform was told.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What the provider says of a configuration.
    pub(crate) async fn validate(&self, config: impl Into<Config>) -> Said {
        self.validate_as(&config.into().complete(&self.shape.block), CAPABILITIES)
            .await
    }

    /// What the provider says of a configuration to a host with these capabilities.
    pub(crate) async fn validate_as(&self, config: &Value, capabilities: wire::ClientCapabilities) -> Said {
        let request = wire::validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: Some(self.encode(config)),
            client_capabilities: Some(capabilities),
        };
        let reply = self.core.client().validate_resource_config(request).await;
        reply
            .expect("ValidateResourceConfig answers")
            .into_inner()
            .diagnostics
            .into()
    }

    /// The same entry of the state, with another process of the provider.
    pub(crate) fn moved_to(&self, core: &Core) -> Self {
        Self {
            core: core.clone(),
            type_name: self.type_name.clone(),
            shape: self.shape.clone(),
            state: self.state.clone(),
            private: self.private.clone(),
            tainted: self.tainted,
            last_action: Action::NoOp,
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
        outcome
            .said
            .expect_no_errors(&format!("applying {}", self.type_name));
        self.assert_no_drift().await;
        self.assert_empty_plan(later).await;
        &self.state
    }

    /// Refreshes if there is something, validates, plans, and applies unless something was wrong.
    pub(crate) async fn try_apply(&mut self, config: impl Into<Config>) -> Outcome {
        let config = config.into();
        self.try_apply_once_known(config.clone(), config).await
    }

    /// The same when some values were not known at plan time yet.
    pub(crate) async fn try_apply_once_known(
        &mut self,
        now: impl Into<Config>,
        later: impl Into<Config>,
    ) -> Outcome {
        self.last_action = Action::NoOp;
        let planned = match self.refresh_then_plan(now.into()).await {
            Ok(planned) => planned,
            Err(said) => {
                return Outcome {
                    action: Action::NoOp,
                    said,
                };
            }
        };
        self.last_action = planned.action;
        let later = later.into().complete(&self.shape.block);
        let said = self.carry_out(planned, &later).await.unwrap_or_else(|said| said);
        Outcome {
            action: self.last_action,
            said,
        }
    }

    /// The same configuration again changes nothing (O7).
    pub(crate) async fn assert_empty_plan(&mut self, config: impl Into<Config>) {
        let planned = self.refresh_then_plan(config.into()).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {} failed:\n{said}", self.type_name));
        let because = differences(&planned.prior, &planned.planned);
        assert_eq!(
            planned.action,
            Action::NoOp,
            "the plan of {} is not empty:\n{because}",
            self.type_name
        );
    }

    /// A configuration given as a value changes nothing.
    pub(crate) async fn assert_empty_plan_of(&mut self, config: Value, what: &str) {
        let config = self.shape.block.complete(config);
        let said = self
            .try_refresh()
            .await
            .and(self.validate_as(&config, CAPABILITIES).await);
        said.expect_no_errors(what);
        let planned = self.plan_change(&config).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {what} failed:\n{said}"));
        let because = differences(&planned.prior, &planned.planned);
        assert_eq!(
            planned.action,
            Action::NoOp,
            "{what} changes something:\n{because}"
        );
    }

    /// A configuration changes nothing in place but these attributes.
    pub(crate) async fn assert_plan_changes_only(&mut self, config: impl Into<Config>, names: &[&str]) {
        let planned = self.refresh_then_plan(config.into()).await;
        let planned = planned.unwrap_or_else(|said| panic!("planning {} failed:\n{said}", self.type_name));
        assert_ne!(planned.action, Action::Replace);
        let only = |value: &Value| {
            let entries = value
                .entries()
                .iter()
                .filter(|(name, _)| !names.contains(&name.as_str()));
            Value::object(entries.map(|(name, value)| (name.clone(), value.clone())))
        };
        let because = differences(&only(&planned.prior), &only(&planned.planned));
        assert!(
            because.is_empty(),
            "the plan changes more than {names:?}:\n{because}"
        );
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
            Ok((state, private, said)) => {
                self.store(state, private);
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
            raw_state: Some(wire::RawState {
                json: stored.to_vec(),
                ..Default::default()
            }),
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

    /// Takes over the state of another type, and reads the object.
    pub(crate) async fn try_take_over(
        &mut self,
        provider: &str,
        type_name: &str,
        stored: &serde_json::Value,
    ) -> Said {
        let request = wire::move_resource_state::Request {
            source_provider_address: provider.to_owned(),
            source_type_name: type_name.to_owned(),
            source_state: Some(wire::RawState {
                json: stored.to_string().into_bytes(),
                ..Default::default()
            }),
            target_type_name: self.type_name.clone(),
            ..Default::default()
        };
        let reply = self.core.client().move_resource_state(request).await;
        let reply = reply.expect("MoveResourceState answers").into_inner();
        let said = Said::from(reply.diagnostics);
        if said.has_errors() {
            return said;
        }
        let state = self.decode(reply.target_state.as_ref());
        assert!(!state.is_null(), "moving to {} lost the state", self.type_name);
        demand(
            &format!("moved state of {}", self.type_name),
            stored_violations(&self.shape.block, &state),
        );
        self.store(state, reply.target_private);
        said.and(self.try_refresh().await)
    }

    /// Imports an object that exists.
    pub(crate) async fn import(&mut self, id: &str) -> &Value {
        let said = self.try_import(id).await;
        said.expect_no_errors(&format!("importing {} {id}", self.type_name));
        assert!(
            !self.state.is_null(),
            "cannot import non-existent {} {id}",
            self.type_name
        );
        &self.state
    }

    /// Imports and reads. An object that the read does not find leaves no state.
    pub(crate) async fn try_import(&mut self, id: &str) -> Said {
        let request = wire::import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            client_capabilities: Some(CAPABILITIES),
            identity: None,
        };
        let reply = self.core.client().import_resource_state(request).await;
        let reply = reply.expect("ImportResourceState answers").into_inner();
        let said = Said::from(reply.diagnostics);
        if said.has_errors() {
            return said;
        }
        let [imported] = reply.imported_resources.as_slice() else {
            panic!(
                "import of {id} answered {} objects",
                reply.imported_resources.len()
            );
        };
        assert_eq!(imported.type_name, self.type_name, "import answered another type");
        let state = self.decode(imported.state.as_ref());
        assert!(!state.is_null(), "import of {id} answered null");
        demand(
            &format!("imported state of {}", self.type_name),
            stored_violations(&self.shape.block, &state),
        );
        match self.read(state, imported.private.clone()).await {
            Ok((state, private, more)) => {
                self.store(state, private);
                said.and(more)
            }
            Err(more) => said.and(more),
        }
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
        outcome
            .said
            .expect_no_errors(&format!("destroying {}", self.type_name));
        if before.0.is_null() {
            return;
        }
        let (found, _, _) = self.read(before.0, before.1).await.unwrap_or_else(|said| {
            panic!("reading {} after its destruction failed:\n{said}", self.type_name)
        });
        assert!(
            found.is_null(),
            "{} was destroyed, and a read still finds it",
            self.type_name
        );
    }

    /// Destroys, which must succeed. For what a read still finds afterwards, because it belongs to the tenant.
    pub(crate) async fn destroy_alone(&mut self) {
        let outcome = self.try_destroy().await;
        outcome
            .said
            .expect_no_errors(&format!("destroying {}", self.type_name));
        assert!(self.state.is_null());
    }

    /// Refreshes, plans the destruction and carries it out. After an error the state is what the provider says is left.
    pub(crate) async fn try_destroy(&mut self) -> Outcome {
        self.last_action = Action::NoOp;
        let said = self.try_refresh().await;
        if said.has_errors() || self.state.is_null() {
            return Outcome {
                action: Action::NoOp,
                said,
            };
        }
        let (plan, said) = match self.ask_plan(&self.state, &self.private, &Value::Null).await {
            Ok(planned) => planned,
            Err(more) => {
                return Outcome {
                    action: Action::NoOp,
                    said: said.and(more),
                };
            }
        };
        assert!(
            plan.planned.is_null(),
            "{} planned a non-null destroy value",
            self.type_name
        );
        let prior = self.state.clone();
        let said = said.and(
            self.ask_apply(&prior, &Value::Null, &Value::Null, plan.private)
                .await,
        );
        self.last_action = Action::Delete;
        Outcome {
            action: Action::Delete,
            said,
        }
    }

    async fn refresh_then_plan(&mut self, config: Config) -> Result<Planned, Said> {
        self.try_refresh().await.into_result()?;
        self.try_plan(config).await
    }

    /// Plans, and plans once more with nothing before it where a replacement is asked for.
    async fn plan_change(&self, config: &Value) -> Result<Planned, Said> {
        if self.tainted {
            let (plan, warnings) = self.ask_plan(&Value::Null, &self.private, config).await?;
            return Ok(plan.into_planned(Action::Replace, Value::Null, Vec::new(), warnings));
        }
        let prior = self.state.clone();
        let (plan, warnings) = self.ask_plan(&prior, &self.private, config).await?;
        if prior.is_null() {
            return Ok(plan.into_planned(Action::Create, prior, Vec::new(), warnings));
        }
        let effective = plan
            .replace
            .iter()
            .filter(|path| prior.at(path) != plan.planned.at(path));
        let replace: Vec<String> = effective.map(ToString::to_string).collect();
        if !replace.is_empty() {
            let (plan, more) = self.ask_plan(&Value::Null, &plan.private, config).await?;
            return Ok(plan.into_planned(Action::Replace, Value::Null, replace, warnings.and(more)));
        }
        let action = if plan.planned == prior {
            Action::NoOp
        } else {
            Action::Update
        };
        Ok(plan.into_planned(action, prior, replace, warnings))
    }

    /// The apply phase: everything is known, and everything is asked again.
    async fn carry_out(&mut self, first: Planned, config: &Value) -> Result<Said, Said> {
        let mut said = first.warnings.clone();
        match first.action {
            Action::NoOp => return Ok(said),
            Action::Replace => {
                let prior = self.state.clone();
                said = said.and(
                    self.ask_apply(&prior, &Value::Null, &Value::Null, Vec::new())
                        .await,
                );
                if said.has_errors() {
                    return Err(said);
                }
            }
            Action::Create | Action::Update | Action::Delete => {}
        }
        said = said
            .and(self.validate_as(config, CAPABILITIES).await)
            .into_result()?;
        let prior = first.prior.clone();
        let private = if first.action == Action::Replace {
            Vec::new()
        } else {
            self.private.clone()
        };
        let (last, more) = match self.ask_plan(&prior, &private, config).await {
            Ok(planned) => planned,
            Err(more) => return Err(said.and(more)),
        };
        demand(
            &format!("the final plan of {}, after the first one,", self.type_name),
            successor_violations(&self.shape.block, &first.planned, &last.planned),
        );
        said = said.and(more);
        if first.action == Action::Update && last.planned == prior {
            self.last_action = Action::NoOp;
            return Ok(said);
        }
        let replaces = last
            .replace
            .iter()
            .any(|path| prior.at(path) != last.planned.at(path));
        assert!(
            prior.is_null() || !replaces,
            "{}: an update became a replacement during apply",
            self.type_name
        );
        said.and(self.ask_apply(&prior, &last.planned, config, last.private).await)
            .into_result()
    }

    async fn ask_plan(&self, prior: &Value, private: &[u8], config: &Value) -> Result<(RawPlan, Said), Said> {
        let block = &self.shape.block;
        let destroy = config.is_null();
        let proposed = if destroy {
            Value::Null
        } else {
            proposed(block, prior, config)
        };
        let request = wire::plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(self.encode(prior)),
            proposed_new_state: Some(self.encode(&proposed)),
            config: Some(self.encode(config)),
            prior_private: private.to_vec(),
            client_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        let reply = self.core.client().plan_resource_change(request.clone()).await;
        let reply = reply.expect("PlanResourceChange answers").into_inner();
        let again = self.core.client().plan_resource_change(request).await;
        let again = again.expect("PlanResourceChange answers").into_inner();
        assert!(reply == again, "planning {} twice gave two plans", self.type_name);
        let said = Said::from(reply.diagnostics).into_result()?;
        assert!(!reply.legacy_type_system, "the legacy type system is not for us");
        assert!(
            reply.deferred.is_none(),
            "{} deferred a change without being allowed to",
            self.type_name
        );
        let planned = self.decode(reply.planned_state.as_ref());
        if !destroy {
            let violations = plan_violations(block, prior, config, &planned);
            demand(&format!("the plan of {}", self.type_name), violations);
        }
        let replace: Vec<Path> = reply.requires_replace.iter().map(path).collect();
        for path in &replace {
            let leads = leads_somewhere(path, prior, &planned);
            assert!(
                leads,
                "{}: `{path}` asks for replacement and leads nowhere",
                self.type_name
            );
        }
        Ok((
            RawPlan {
                planned,
                replace,
                private: reply.planned_private,
            },
            said,
        ))
    }

    /// Applies and stores what comes back, under core's rules about errors.
    async fn ask_apply(&mut self, prior: &Value, planned: &Value, config: &Value, private: Vec<u8>) -> Said {
        let request = wire::apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(self.encode(prior)),
            planned_state: Some(self.encode(planned)),
            config: Some(self.encode(config)),
            planned_private: private,
            ..Default::default()
        };
        let reply = self.core.client().apply_resource_change(request).await;
        let reply = reply.expect("ApplyResourceChange answers").into_inner();
        assert!(!reply.legacy_type_system, "the legacy type system is not for us");
        let said = Said::from(reply.diagnostics);
        let state = self.decode(reply.new_state.as_ref());
        let what = format!("the result of applying {}", self.type_name);
        demand(&what, stored_violations(&self.shape.block, &state));
        if said.has_errors() {
            if state.is_null() {
                return said;
            }
            self.tainted = prior.is_null() || self.tainted;
            self.store_keeping_taint(state, reply.private);
            return said;
        }
        demand(&what, successor_violations(&self.shape.block, planned, &state));
        if state.is_null() {
            assert!(
                reply.private.is_empty(),
                "{} left private data of an object that is gone",
                self.type_name
            );
        }
        self.store(state, reply.private);
        said
    }

    async fn read(&self, state: Value, private: Vec<u8>) -> Result<(Value, Vec<u8>, Said), Said> {
        let request = wire::read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(self.encode(&state)),
            private,
            client_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        let reply = self.core.client().read_resource(request).await;
        let reply = reply.expect("ReadResource answers").into_inner();
        let said = Said::from(reply.diagnostics).into_result()?;
        let state = self.decode(reply.new_state.as_ref());
        demand(
            &format!("the state read of {}", self.type_name),
            stored_violations(&self.shape.block, &state),
        );
        Ok((state, reply.private, said))
    }

    fn store(&mut self, state: Value, private: Vec<u8>) {
        // A refresh keeps the mark of a half-made object; a new object starts without it.
        let was_there = !self.state.is_null();
        self.tainted = self.tainted && was_there && !state.is_null();
        self.store_keeping_taint(state, private);
    }

    fn store_keeping_taint(&mut self, state: Value, private: Vec<u8>) {
        self.private = if state.is_null() { Vec::new() } else { private };
        self.state = state;
    }

    fn encode(&self, value: &Value) -> wire::DynamicValue {
        encode(value, &self.shape.ty())
    }

    fn decode(&self, value: Option<&wire::DynamicValue>) -> Value {
        decode(value, &self.shape.ty())
    }
}

/// A reply to PlanResourceChange.
struct RawPlan {
    planned: Value,
    replace: Vec<Path>,
    private: Vec<u8>,
}

impl RawPlan {
    fn into_planned(self, action: Action, prior: Value, replace: Vec<String>, warnings: Said) -> Planned {
        Planned {
            action,
            prior,
            planned: self.planned,
            replace,
            warnings,
            private: self.private,
        }
    }
}

fn path(path: &wire::AttributePath) -> Path {
    path.steps
        .iter()
        .map(
            |step| match step.selector.clone().expect("every step selects something") {
                Selector::AttributeName(name) => Step::Attribute(name),
                Selector::ElementKeyString(key) => Step::Key(key),
                Selector::ElementKeyInt(index) => Step::Index(usize::try_from(index).expect("an index")),
            },
        )
        .collect()
}

/// Where two states differ, attribute by attribute.
fn differences(before: &Value, after: &Value) -> String {
    let names = before.entries().keys().chain(
        after
            .entries()
            .keys()
            .filter(|n| !before.entries().contains_key(*n)),
    );
    let lines = names
        .filter(|name| before.get(name) != after.get(name))
        .map(|name| {
            format!(
                "  {name}: {} -> {}",
                before.get(name).reveal(),
                after.get(name).reveal()
            )
        });
    lines.collect::<Vec<_>>().join("\n")
}
