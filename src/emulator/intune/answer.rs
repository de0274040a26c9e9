//! Answers of Intune: one object, or a page of many.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::emulator::api::call::{Call, Outcome, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::Type;
use crate::emulator::api::odata::{Options, Policy, Schema};
use crate::emulator::world::collection::{Entity, text};

use super::types::as_known;

/// What an expanded navigation property shows: its own spelling and its value.
pub(super) type Expanded = Option<(&'static str, Value)>;

/// The objects of one collection, as a client may ask about them.
#[derive(Clone)]
pub(super) struct View {
    pub(super) of: &'static Type,
    pub(super) policy: Policy,
    /// The collection in `@odata.context`: `deviceManagement/windowsAutopilotDeviceIdentities`.
    context: Cow<'static, str>,
    expand: fn(&Call<'_>, &Entity, &str) -> Expanded,
}

impl View {
    pub(super) const fn new(of: &'static Type, context: &'static str) -> Self {
        Self { of, policy: Policy::INTUNE, context: Cow::Borrowed(context), expand: |_, _, _| None }
    }

    /// The objects that belong to one other: `.../windowsAutopilotDeploymentProfiles('id')/assignments`.
    pub(super) fn below(self, id: &str, navigation: &str) -> Self {
        Self { context: Cow::Owned(format!("{}('{id}')/{navigation}", self.context)), ..self }
    }

    pub(super) const fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    pub(super) const fn expanding(
        mut self,
        navigations: &'static [&'static str],
        expand: fn(&Call<'_>, &Entity, &str) -> Expanded,
    ) -> Self {
        self.policy.expand = navigations;
        self.expand = expand;
        self
    }

    /// 200 with one object.
    pub(super) fn one(&self, call: &Call<'_>, entity: &Entity) -> Outcome {
        let options = options(call)?;
        let schema = self.schema(call);
        let select = self.policy.select(&options, schema)?;
        self.policy.check_expand(&options, schema)?;
        let columns = columns(&options, select.as_deref());
        let context = call.context(&format!("{}{columns}/$entity", self.context));
        let mut body = Map::from_iter([("@odata.context".to_owned(), Value::from(context))]);
        body.extend(self.show(call, entity, select.as_deref()));
        self.expand(call, entity, &options, &mut body);
        Ok(Reply::ok(Value::Object(body)))
    }

    /// 201 with a new object.
    pub(super) fn created(&self, call: &Call<'_>, entity: &Entity) -> Outcome {
        let location = call.address(&format!("/{}('{}')", self.context, text(entity, "id")));
        Ok(self.one(call, entity)?.created(&location))
    }

    /// 200 with a page.
    pub(super) fn page<'a>(&self, call: &Call<'_>, rows: impl IntoIterator<Item = &'a Entity>) -> Outcome {
        let options = options(call)?;
        let schema = self.schema(call);
        let page = self.policy.list(rows, &options, schema, &call.address(call.path))?;
        let columns = columns(&options, page.select.as_deref());
        let mut body = Map::new();
        let context = call.context(&format!("{}{columns}", self.context));
        body.insert("@odata.context".to_owned(), Value::from(context));
        if let Some(count) = page.count {
            body.insert("@odata.count".to_owned(), Value::from(count));
        }
        if let Some(next) = page.next {
            body.insert("@odata.nextLink".to_owned(), Value::from(next));
        }
        let shown = page.rows.into_iter().map(|row| {
            let mut shown = self.show(call, row, page.select.as_deref());
            self.expand(call, row, &options, &mut shown);
            Value::Object(shown)
        });
        body.insert("value".to_owned(), shown.collect());
        Ok(Reply::ok(Value::Object(body)))
    }

    fn show(&self, call: &Call<'_>, entity: &Entity, select: Option<&[&str]>) -> Entity {
        let own = self.of.of(entity);
        let known = as_known(own, call.version);
        if own.name == known.name {
            return self.of.show(entity, call.version, select);
        }
        let mut entity = entity.clone();
        entity.insert("@odata.type".to_owned(), Value::from(known.odata_type()));
        known.show(&entity, call.version, select)
    }

    fn schema(&self, call: &Call<'_>) -> Schema {
        Schema { of: self.of, version: call.version }
    }

    fn expand(&self, call: &Call<'_>, entity: &Entity, options: &Options, shown: &mut Entity) {
        for wanted in &options.expand {
            let Some((name, value)) = (self.expand)(call, entity, &wanted.name) else {
                continue;
            };
            let context = format!("{}('{}')/{name}", self.context, text(entity, "id"));
            shown.insert(format!("{name}@odata.context"), Value::from(call.context(&context)));
            shown.insert(name.to_owned(), value);
        }
    }
}

/// The objects that an entity holds in an array of its own (`assignments`).
pub(crate) fn held<'e>(entity: &'e Entity, name: &str) -> impl DoubleEndedIterator<Item = &'e Entity> {
    let all = entity.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_object)
}

/// The same, as this version of the API shows them.
pub(super) fn shown(call: &Call<'_>, of: &'static Type, entity: &Entity, name: &'static str) -> Expanded {
    let all = held(entity, name).map(|one| Value::Object(of.show(one, call.version, None)));
    Some((name, all.collect()))
}

fn options(call: &Call<'_>) -> Result<Options, GraphError> {
    let pairs = call.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(Options::read(pairs, call.header_is("ConsistencyLevel", "eventual"))?)
}

/// `(displayName,id)` behind the context's collection, when the client selected.
fn columns(options: &Options, select: Option<&[&str]>) -> String {
    match select {
        Some(names) if !options.select.is_empty() => format!("({})", names.join(",")),
        _ => String::new(),
    }
}
