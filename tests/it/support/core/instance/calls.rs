//! The calls of a plan and an apply, and the rules every reply is held against.

use autopilot_provider::tf_provider::path::{Path, PathStep};
use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::attribute_path::step::Selector;
use autopilot_provider::tf_provider::value::Value;

use super::{Action, Instance, Planned};
use crate::support::core::proposed::proposed;
use crate::support::core::rules::{
    leads_somewhere, plan_violations, stored_violations, successor_violations,
};
use crate::support::core::{CAPABILITIES, Said, decode, demand, encode};

impl Instance {
    /// Plans, and plans once more with nothing before it where a replacement is asked for.
    pub(super) async fn plan_change(&self, config: &Value) -> Result<Planned, Said> {
        if self.tainted {
            let (plan, warnings) = self.ask_plan(&Value::Null, &self.private, config).await?;
            return Ok(plan.into_planned(Action::Replace, Value::Null, Vec::new(), warnings));
        }
        let prior = self.state.clone();
        let (plan, warnings) = self.ask_plan(&prior, &self.private, config).await?;
        if prior.is_null() {
            return Ok(plan.into_planned(Action::Create, prior, Vec::new(), warnings));
        }
        let effective = plan.replace.iter().filter(|path| prior.at(path) != plan.planned.at(path));
        let replace: Vec<String> = effective.map(ToString::to_string).collect();
        if !replace.is_empty() {
            let (plan, more) = self.ask_plan(&Value::Null, &plan.private, config).await?;
            return Ok(plan.into_planned(Action::Replace, Value::Null, replace, warnings.and(more)));
        }
        let action = if plan.planned == prior { Action::NoOp } else { Action::Update };
        Ok(plan.into_planned(action, prior, replace, warnings))
    }

    /// The apply phase: everything is known, and everything is asked again.
    pub(super) async fn carry_out(&mut self, first: Planned, config: &Value) -> Result<Said, Said> {
        let mut said = first.warnings.clone();
        match first.action {
            Action::NoOp => return Ok(said),
            Action::Replace => {
                let prior = self.state.clone();
                said = said
                    .and(self.ask_apply(&prior, &Value::Null, &Value::Null, Vec::new(), Value::Null).await);
                if said.has_errors() {
                    return Err(said);
                }
            }
            Action::Create | Action::Update | Action::Delete => {}
        }
        said = said.and(self.validate_as(config, CAPABILITIES).await).into_result()?;
        let prior = first.prior.clone();
        let private = if first.action == Action::Replace { Vec::new() } else { self.private.clone() };
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
        let replaces = last.replace.iter().any(|path| prior.at(path) != last.planned.at(path));
        assert!(
            prior.is_null() || !replaces,
            "{}: an update became a replacement during apply",
            self.type_name
        );
        let RawPlan { planned, private, identity, .. } = last;
        said.and(self.ask_apply(&prior, &planned, config, private, identity).await).into_result()
    }

    pub(super) async fn ask_plan(
        &self,
        prior: &Value,
        private: &[u8],
        config: &Value,
    ) -> Result<(RawPlan, Said), Said> {
        let block = &self.shape.block;
        let destroy = config.is_null();
        let proposed = if destroy { Value::Null } else { proposed(block, prior, config) };
        let request = wire::plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(self.encode(prior)),
            proposed_new_state: Some(self.encode(&proposed)),
            config: Some(self.encode(config)),
            prior_private: private.to_vec(),
            prior_identity: if prior.is_null() { None } else { self.identity.sent() },
            client_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        // A command plans an object once, and once more where it is replaced.
        let is_second_half = prior.is_null() && !self.state.is_null();
        if *self.planned_in.lock().unwrap() == Some(self.core.command()) && !is_second_half {
            self.shown_to_next_command().await;
        }
        let reply = self.core.client().plan_resource_change(request.clone()).await;
        let reply = reply.expect("PlanResourceChange answers").into_inner();
        if !self.core.is_one_command {
            self.shown_to_next_command().await;
            let again = self.core.client().plan_resource_change(request).await;
            let mut again = again.expect("PlanResourceChange answers").into_inner();
            // A plan that looks at the tenant may fail, or be warned, for a moment.
            let failed = [&reply, &again].map(|reply| Said::from(reply.diagnostics.clone()).has_errors());
            again.diagnostics = reply.diagnostics.clone();
            let is_same = failed.contains(&true) || reply == again;
            assert!(is_same, "planning {} twice gave two plans", self.type_name);
        }
        *self.planned_in.lock().unwrap() = Some(self.core.command());
        let said = Said::from(reply.diagnostics).into_result()?;
        assert!(!reply.legacy_type_system, "the legacy type system is not for us");
        assert!(reply.deferred.is_none(), "{} deferred a change without being allowed to", self.type_name);
        let planned = self.decode(reply.planned_state.as_ref());
        if !destroy {
            let violations = plan_violations(block, prior, config, &planned);
            demand(&format!("the plan of {}", self.type_name), violations);
        }
        let identity = self.identity.read_planned(reply.planned_identity.as_ref());
        let what = format!("the planned identity of {}", self.type_name);
        demand(&what, self.identity.plan_violations(prior, &planned, &identity));
        let replace: Vec<Path> = reply.requires_replace.iter().map(path).collect();
        for path in &replace {
            let leads = leads_somewhere(path, prior, &planned);
            assert!(leads, "{}: `{path}` asks for replacement and leads nowhere", self.type_name);
        }
        Ok((RawPlan { planned, replace, private: reply.planned_private, identity }, said))
    }

    /// Begins the next command, which reads the state before it plans.
    async fn shown_to_next_command(&self) {
        self.core.next_command().await;
        if !self.state.is_null() {
            let shown = self.upgrade(self.shape.version, &self.stored()).await;
            shown.unwrap_or_else(|said| panic!("the state of {} is not read: {said}", self.type_name));
        }
    }

    /// Applies and stores what comes back, under core's rules about errors.
    pub(super) async fn ask_apply(
        &mut self,
        prior: &Value,
        planned: &Value,
        config: &Value,
        private: Vec<u8>,
        identity: Value,
    ) -> Said {
        let request = wire::apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(self.encode(prior)),
            planned_state: Some(self.encode(planned)),
            config: Some(self.encode(config)),
            planned_private: private,
            planned_identity: self.identity.sent_planned(&identity),
            ..Default::default()
        };
        let reply = self.core.client().apply_resource_change(request).await;
        let reply = reply.expect("ApplyResourceChange answers").into_inner();
        assert!(!reply.legacy_type_system, "the legacy type system is not for us");
        let said = Said::from(reply.diagnostics);
        let state = self.decode(reply.new_state.as_ref());
        let what = format!("the result of applying {}", self.type_name);
        demand(&what, stored_violations(&self.shape.block, &state));
        let identity = self.identity.read(reply.new_identity.as_ref());
        if said.has_errors() {
            if state.is_null() {
                return said;
            }
            self.tainted = prior.is_null() || self.tainted;
            self.store_keeping_taint(state, reply.private, identity);
            return said;
        }
        let known = if prior.is_null() { &Value::Null } else { self.identity.stored() };
        demand(
            &format!("the identity of {}", self.type_name),
            self.identity.violations(known, &state, &identity),
        );
        demand(&what, successor_violations(&self.shape.block, planned, &state));
        if state.is_null() {
            assert!(
                reply.private.is_empty(),
                "{} left private data of an object that is gone",
                self.type_name
            );
        }
        self.store(state, reply.private, identity);
        said
    }

    pub(super) async fn read(
        &self,
        state: Value,
        private: Vec<u8>,
    ) -> Result<(Value, Vec<u8>, Value, Said), Said> {
        let request = wire::read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(self.encode(&state)),
            private,
            current_identity: self.identity.sent(),
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
        let identity = self.identity.read(reply.new_identity.as_ref());
        let violations = self.identity.violations(self.identity.stored(), &state, &identity);
        demand(&format!("the identity read of {}", self.type_name), violations);
        Ok((state, reply.private, identity, said))
    }

    pub(super) fn store(&mut self, state: Value, private: Vec<u8>, identity: Value) {
        // A refresh keeps the mark of a half-made object; a new object starts without it.
        let was_there = !self.state.is_null();
        self.tainted = self.tainted && was_there && !state.is_null();
        self.store_keeping_taint(state, private, identity);
    }

    fn store_keeping_taint(&mut self, state: Value, private: Vec<u8>, identity: Value) {
        self.private = if state.is_null() { Vec::new() } else { private };
        self.state = state;
        self.identity.set(identity);
    }

    pub(super) fn encode(&self, value: &Value) -> wire::DynamicValue {
        encode(value, &self.shape.ty())
    }

    pub(super) fn decode(&self, value: Option<&wire::DynamicValue>) -> Value {
        decode(value, &self.shape.ty())
    }
}

/// A reply to PlanResourceChange.
pub(super) struct RawPlan {
    pub(super) planned: Value,
    replace: Vec<Path>,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
}

impl RawPlan {
    pub(super) fn into_planned(
        self,
        action: Action,
        prior: Value,
        replace: Vec<String>,
        warnings: Said,
    ) -> Planned {
        Planned { action, prior, planned: self.planned, replace, warnings, private: self.private }
    }
}

fn path(path: &wire::AttributePath) -> Path {
    path.steps
        .iter()
        .map(|step| match step.selector.clone().expect("every step selects something") {
            Selector::AttributeName(name) => PathStep::Attribute(name),
            Selector::ElementKeyString(key) => PathStep::Key(key),
            Selector::ElementKeyInt(index) => PathStep::Index(usize::try_from(index).expect("an index")),
        })
        .collect()
}
