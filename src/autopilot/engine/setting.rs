//! The engine behind tenant-wide settings: always there, never created or deleted, only changed, part by part. What a
//! configuration does not write keeps its value; what it wrote for the first time is remembered, and can be put back.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::prior_settings::{self, remember, remembered, restores};
use crate::autopilot::collection::{POLL_MAX, POLL_MIN, article};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Poll, Schedule};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::Identity;
use crate::tf_provider::permission::Permission;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Move, Resource};
use crate::tf_provider::schema::{Attribute, Schema};
use crate::tf_provider::value::Value;

/// What a tenant-wide setting is. Each of its parts is an attribute at the top level.
#[async_trait]
pub(crate) trait Setting: Send + Sync + 'static {
    /// The resource's type.
    const TYPE: &'static str;
    /// What it is called in messages: `device registration policy`.
    const NOUN: &'static str;
    /// The attributes that are parts of it.
    const PARTS: &'static [&'static str];
    /// Whether parts that nobody writes are shown all the same.
    const SHOWS_ALL: bool;
    /// Whether each part takes requests of its own. Otherwise one request writes all.
    const PART_BY_PART: bool = false;

    /// The whole shape.
    fn schema() -> Schema;

    /// What the account needs.
    fn permissions() -> Vec<Permission>;

    /// The parts that are asked for, as Graph has them now.
    async fn read(session: &Session, parts: &[&'static str]) -> Result<Json, Failure>;

    /// Where a part stands in what was read.
    fn part<'a>(found: &'a Json, part: &str) -> &'a Json;

    /// A part as its attribute's value.
    fn value(part: &str, found: &Json) -> Result<Value, graph::Error>;

    /// Attributes that are no parts: the id, and what the service tells besides.
    fn facts(found: &Json) -> Result<Vec<(&'static str, Value)>, graph::Error>;

    /// What a part is really to be, where the configuration leaves some of it open.
    fn completed(
        _session: &Session,
        _part: &str,
        _found: &Json,
        wanted: &Value,
    ) -> Result<Value, graph::Error> {
        Ok(wanted.clone())
    }

    /// Why the service lets nobody change the part at present, where it does not.
    fn locked(_part: &str, _found: &Json) -> Result<Option<Failure>, graph::Error> {
        Ok(None)
    }

    /// Writes parts that differ from what is there now.
    async fn write(
        cx: &Cx,
        session: &Session,
        found: &Json,
        wanted: &BTreeMap<&'static str, Value>,
    ) -> Result<(), Failure>;

    /// The resource's own say in a plan.
    async fn plan(_cx: &Cx, _plan: &mut Plan) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether an import id means this setting.
    fn is_named_by(text: &str) -> bool;

    /// Types of other providers that manage this setting.
    fn moves() -> Vec<Move> {
        Vec::new()
    }
}

/// The resource that manages a setting.
pub(crate) struct TenantSetting<S> {
    schema: Schema,
    setting: PhantomData<S>,
}

impl<S: Setting> TenantSetting<S> {
    pub(crate) fn new() -> Self {
        Self { schema: S::schema(), setting: PhantomData }
    }
}

/// The setting as it is, all parts of it.
pub(crate) async fn current<S: Setting>(session: &Session) -> Result<Value, Failure> {
    let found = S::read(session, S::PARTS).await?;
    Ok(state::<S>(&found, &Value::Null, |_| true)?)
}

#[async_trait]
impl<S: Setting> Resource<Tenant> for TenantSetting<S> {
    fn name(&self) -> &'static str {
        S::TYPE
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    fn permissions(&self) -> Vec<Permission> {
        S::permissions()
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        prior_settings::changes_anything(prior, planned)
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::Tenant)
    }

    fn is_singleton(&self) -> bool {
        true
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        prior_settings::warn_of_keeping(cx, plan, S::NOUN);
        if plan.is_destroy() {
            return Ok(());
        }
        S::plan(cx, plan).await?;
        let changes = plan.is_create() || S::PARTS.iter().any(|part| plan.changes(part));
        if changes && cx.can_check() { self.plan_over(cx, plan).await } else { Ok(()) }
    }

    /// Nothing is created. What takes several requests is written by [`settle`](Self::settle), so that a failure between
    /// them keeps what is true by then.
    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = S::read(&session, &read_for::<S>(&change.config)).await?;
        if !S::PART_BY_PART {
            self.write(cx, &session, &found, change).await?;
        }
        Ok(promised::<S>(&found, change)?)
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        if S::PART_BY_PART {
            return self.update(cx, change).await;
        }
        // What was written is known. Failing now would only mark the setting as half-made, and Terraform replaces what is
        // half-made without telling what was there before.
        Ok(self.wait_until_consistent(&cx.session()?, change).await.unwrap_or_else(|failure| {
            prior_settings::warn_of_doubt(cx, S::NOUN, &failure);
            created
        }))
    }

    async fn read(&self, cx: &Cx, known: Value) -> Result<Option<Value>, Failure> {
        // What another provider's state tells is a part; an import tells none.
        let is_known = |part: &str| !known.get(part).is_null();
        let tells_none = !S::PARTS.iter().any(|part| is_known(part));
        let is_shown = |part: &str| S::SHOWS_ALL || is_known(part) || (cx.is_import() && tells_none);
        let parts: Vec<&'static str> = S::PARTS.iter().copied().filter(|part| is_shown(part)).collect();
        let found = S::read(&cx.session()?, &parts).await?;
        Ok(Some(state::<S>(&found, &known, is_shown)?))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = S::read(&session, &read_for::<S>(&change.config)).await?;
        self.write(cx, &session, &found, change).await?;
        self.wait_until_consistent(&session, change).await
    }

    async fn delete(&self, cx: &Cx, known: Value) -> Result<(), Failure> {
        let former = remembered(cx);
        if !restores(&known) || former.is_empty() {
            return Ok(());
        }
        let session = cx.session()?;
        let parts: Vec<&'static str> =
            S::PARTS.iter().copied().filter(|part| former.contains_key(*part)).collect();
        let found = S::read(&session, &parts).await?;
        let mut former_values = BTreeMap::new();
        for part in &parts {
            if S::locked(part, &found)?.is_none() {
                former_values.insert(*part, S::value(part, &former[*part])?);
            }
        }
        let wanted = self.differing(former_values, &found)?;
        write_all::<S>(cx, &session, &found, &wanted).await?;
        self.wait_for(&session, &wanted, &parts).await.map(drop)
    }

    async fn import(&self, _cx: &Cx, text: &str) -> Result<Value, Failure> {
        if text == "tenant" || S::is_named_by(text) {
            return Ok(Value::object([("on_destroy", Value::from("keep"))]));
        }
        Err(Failure::new(
            "Import id not understood",
            format!("A tenant has one {}; its import id is `tenant`, not `{text}`.", S::NOUN),
        ))
    }

    fn moves(&self) -> Vec<Move> {
        S::moves()
    }
}

impl<S: Setting> TenantSetting<S> {
    /// Plans what the tenant keeps, refuses what is locked, and says what a resource that begins replaces.
    async fn plan_over(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        let session = cx.session()?;
        let found = S::read(&session, &read_for::<S>(&plan.config)).await?;
        let mut replaced = Vec::new();
        for part in read_for::<S>(&plan.config) {
            let (now, planned) = (S::value(part, S::part(&found, part))?, plan.planned.get(part));
            if planned.is_unknown() {
                if plan.config.get(part).is_null() {
                    plan.set(part, now);
                }
            } else if !self.is_so(part, planned, &found)? {
                if let Some(locked) = S::locked(part, &found)? {
                    return Err(locked);
                }
                replaced.push(format!("`{part}`: {} becomes {}", now.reveal(), planned.reveal()));
            }
        }
        if plan.is_create() && !replaced.is_empty() {
            cx.warn(
                format!("The tenant has {} {} already", article(S::NOUN), S::NOUN),
                format!(
                    "It is there in every tenant, so nothing is created: this changes what others may have set.\n\n  - {}\n\n\
                     What it was is remembered; `on_destroy = \"restore\"` puts it back when the resource is destroyed.",
                    replaced.join("\n  - ")
                ),
            );
        }
        Ok(())
    }

    /// Remembers what the parts were that differ, and writes those.
    async fn write(&self, cx: &Cx, session: &Session, found: &Json, change: &Change) -> Result<(), Failure> {
        let wanted = self.differing(wanted::<S>(session, found, change)?, found)?;
        if wanted.keys().any(|part| !remembered(cx).contains_key(*part)) {
            let former = state::<S>(found, &Value::Null, |part| wanted.contains_key(part))?;
            cx.back_up(&self.schema, &former, found)?;
        }
        remember(cx, wanted.keys().map(|part| ((*part).to_owned(), S::part(found, part).clone())));
        write_all::<S>(cx, session, found, &wanted).await
    }

    /// Waits until a read shows everything that is written, and returns the state it shows.
    async fn wait_until_consistent(&self, session: &Session, change: &Change) -> Result<Value, Failure> {
        let wanted: BTreeMap<&'static str, Value> = written::<S>(&change.config)
            .into_iter()
            .map(|part| (part, change.planned.get(part).clone()))
            .collect();
        let found = self.wait_for(session, &wanted, &read_for::<S>(&change.config)).await?;
        Ok(state::<S>(&found, &change.planned, |part| S::SHOWS_ALL || wanted.contains_key(part))?)
    }

    async fn wait_for(
        &self,
        session: &Session,
        wanted: &BTreeMap<&'static str, Value>,
        parts: &[&'static str],
    ) -> Result<Json, Failure> {
        let what = format!("the {} to show what was written", S::NOUN);
        graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
            let found = S::read(session, parts).await?;
            let is_shown = self.differing(wanted.clone(), &found)?.is_empty();
            Ok(if is_shown {
                Poll::Ready(found)
            } else {
                Poll::Pending("it still shows older values".to_owned())
            })
        })
        .await
    }

    /// Of what is wanted, what is not so yet.
    fn differing(
        &self,
        mut wanted: BTreeMap<&'static str, Value>,
        found: &Json,
    ) -> Result<BTreeMap<&'static str, Value>, graph::Error> {
        for part in S::PARTS {
            if let Some(value) = wanted.get(part)
                && self.is_so(part, value, found)?
            {
                wanted.remove(part);
            }
        }
        Ok(wanted)
    }

    /// Whether a part is already as it is wanted, as far as that is known.
    fn is_so(&self, part: &str, wanted: &Value, found: &Json) -> Result<bool, graph::Error> {
        let now = S::value(part, S::part(found, part))?;
        let attribute = self.schema.attributes.iter().find(|attribute| attribute.name == part);
        Ok(attribute.is_some_and(|attribute| agrees(attribute, wanted, &now)))
    }
}

/// The parts that a configuration writes.
fn written<S: Setting>(config: &Value) -> Vec<&'static str> {
    S::PARTS.iter().copied().filter(|part| !config.get(part).is_null()).collect()
}

/// The parts that have to be read for a configuration.
fn read_for<S: Setting>(config: &Value) -> Vec<&'static str> {
    if S::SHOWS_ALL { S::PARTS.to_vec() } else { written::<S>(config) }
}

/// What each part that is written is to become.
fn wanted<S: Setting>(
    session: &Session,
    found: &Json,
    change: &Change,
) -> Result<BTreeMap<&'static str, Value>, graph::Error> {
    let completed = |part| S::completed(session, part, S::part(found, part), change.planned.get(part));
    written::<S>(&change.config).into_iter().map(|part| Ok((part, completed(part)?))).collect()
}

async fn write_all<S: Setting>(
    cx: &Cx,
    session: &Session,
    found: &Json,
    wanted: &BTreeMap<&'static str, Value>,
) -> Result<(), Failure> {
    if !S::PART_BY_PART {
        return if wanted.is_empty() { Ok(()) } else { S::write(cx, session, found, wanted).await };
    }
    for (part, value) in wanted {
        S::write(cx, session, found, &BTreeMap::from([(*part, value.clone())])).await?;
    }
    Ok(())
}

/// What is read, as state; parts that are not shown are null.
fn state<S: Setting>(
    found: &Json,
    known: &Value,
    is_shown: impl Fn(&str) -> bool,
) -> Result<Value, graph::Error> {
    let mut state = Value::object([("on_destroy", known.get("on_destroy").clone())]);
    for part in S::PARTS {
        let value = if is_shown(part) { S::value(part, S::part(found, part))? } else { Value::Null };
        state = state.with(*part, value);
    }
    Ok(S::facts(found)?.into_iter().fold(state, |state, (name, value)| state.with(name, value)))
}

/// The state that was planned, with what is open filled in from before the change.
fn promised<S: Setting>(found: &Json, change: &Change) -> Result<Value, graph::Error> {
    let is_shown = |part: &str| S::SHOWS_ALL || !change.config.get(part).is_null();
    let mut promised = state::<S>(found, &change.planned, is_shown)?;
    for (name, value) in change.planned.entries().iter().filter(|(_, value)| value.is_wholly_known()) {
        promised = promised.with(name, value.clone());
    }
    Ok(promised)
}

fn agrees(attribute: &Attribute, wanted: &Value, found: &Value) -> bool {
    match attribute.kind.nested() {
        _ if wanted.is_unknown() => true,
        Some(parts) if !wanted.is_null() && !found.is_null() => {
            parts.iter().all(|part| agrees(part, wanted.get(part.name), found.get(part.name)))
        }
        _ => attribute.same(wanted, found),
    }
}
