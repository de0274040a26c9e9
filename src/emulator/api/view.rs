//! Objects as a client asks about them: one, or a page of many.

use std::borrow::Cow;

use http::{HeaderValue, header};
use serde_json::{Map, Value};

use super::call::{Call, OperationResult, Reply};
use super::error::GraphError;
use super::model::{Type, Version};
use super::odata::{Expand, Options, Policy, Schema};
use crate::emulator::world::collection::{Entity, text};

/// The objects of one collection, as a client may ask about them.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) of: &'static Type,
    pub(crate) policy: Policy,
    /// The collection in `@odata.context`: `deviceManagement/windowsAutopilotDeviceIdentities`.
    context: Cow<'static, str>,
    shows: Show,
    expands: Expands,
}

/// An object as a version of the API shows it.
pub(crate) type Show = fn(&'static Type, &Entity, Version, Option<&[&str]>) -> Entity;

/// What an expanded navigation property shows: its own spelling and its value.
pub(crate) type Expanded = Option<(&'static str, Value)>;

/// How navigation properties are expanded.
#[derive(Clone, Copy)]
enum Expands {
    No,
    /// The directory: objects and nothing about them.
    Plain(fn(&Call<'_>, &Entity, &Expand) -> Expanded),
    /// Intune: each with a context of its own.
    WithContext(fn(&Call<'_>, &Entity, &str) -> Expanded),
}

impl View {
    /// Objects of one type, in a collection that honours these options.
    pub(crate) const fn new(of: &'static Type, context: &'static str, policy: Policy) -> Self {
        Self { of, policy, context: Cow::Borrowed(context), shows: Type::show, expands: Expands::No }
    }

    /// The objects that belong to one other: `.../windowsAutopilotDeploymentProfiles('id')/assignments`.
    pub(crate) fn below(self, id: &str, navigation: &str) -> Self {
        Self { context: Cow::Owned(format!("{}('{id}')/{navigation}", self.context)), ..self }
    }

    pub(crate) const fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Objects that are shown in another way than as their type says.
    pub(crate) const fn shown_by(mut self, shows: Show) -> Self {
        self.shows = shows;
        self
    }

    /// What is shown without `$select`.
    pub(crate) const fn showing(mut self, default_select: Option<&'static [&'static str]>) -> Self {
        self.policy.default_select = default_select;
        self
    }

    pub(crate) const fn expanding(
        mut self,
        navigations: &'static [&'static str],
        expand: fn(&Call<'_>, &Entity, &str) -> Expanded,
    ) -> Self {
        self.policy.expand = navigations;
        self.expands = Expands::WithContext(expand);
        self
    }

    /// The same without a context for each expanded property.
    pub(crate) const fn expanding_plainly(
        mut self,
        navigations: &'static [&'static str],
        expand: fn(&Call<'_>, &Entity, &Expand) -> Expanded,
    ) -> Self {
        self.policy.expand = navigations;
        self.expands = Expands::Plain(expand);
        self
    }

    /// 200 with one object.
    pub(crate) fn one(&self, call: &Call<'_>, entity: &Entity) -> OperationResult {
        let options = options(call)?;
        let schema = self.schema(call);
        let select = self.policy.select(&options, schema)?;
        self.policy.check_expand(&options, schema)?;
        let columns = columns(&options, select.as_deref());
        let context = call.context(&format!("{}{columns}/$entity", self.context));
        let mut body = Map::from_iter([("@odata.context".to_owned(), Value::from(context))]);
        body.extend((self.shows)(self.of, entity, call.version, select.as_deref()));
        self.expand(call, entity, &options, &mut body);
        Ok(Reply::ok(Value::Object(body)))
    }

    /// 201 with a new object, at its address below this collection.
    pub(crate) fn created(&self, call: &Call<'_>, entity: &Entity) -> OperationResult {
        let location = call.address(&format!("/{}('{}')", self.context, text(entity, "id")));
        Ok(self.one(call, entity)?.created(&location))
    }

    /// 200 with a page.
    pub(crate) fn page<'a>(
        &self,
        call: &Call<'_>,
        rows: impl IntoIterator<Item = &'a Entity>,
    ) -> OperationResult {
        self.page_of(call, rows, |row, select| (self.shows)(self.of, row, call.version, select))
    }

    /// 200 with a page of objects, each shown by `show`.
    pub(crate) fn page_of<'a>(
        &self,
        call: &Call<'_>,
        rows: impl IntoIterator<Item = &'a Entity>,
        show: impl Fn(&Entity, Option<&[&str]>) -> Entity,
    ) -> OperationResult {
        let options = options(call)?;
        let page = self.policy.list(rows, &options, self.schema(call), &call.address(call.path))?;
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
            let mut shown = show(row, page.select.as_deref());
            self.expand(call, row, &options, &mut shown);
            Value::Object(shown)
        });
        body.insert("value".to_owned(), shown.collect());
        Ok(Reply::ok(Value::Object(body)))
    }

    /// 200 with the number of objects, as plain text; an advanced query.
    pub(crate) fn count<'a>(
        &self,
        call: &Call<'_>,
        rows: impl IntoIterator<Item = &'a Entity>,
    ) -> OperationResult {
        let mut options = options(call)?;
        // Source: the page about advanced queries, and its answer.
        if !options.eventual {
            return Err(GraphError::bad_request(
                "$count is not currently supported without the request header 'ConsistencyLevel: eventual'.",
            ));
        }
        options.count = true;
        let page = self.policy.list(rows, &options, self.schema(call), "")?;
        let mut reply = Reply::ok(Value::from(page.count.unwrap_or_default()));
        reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Ok(reply)
    }

    fn schema(&self, call: &Call<'_>) -> Schema {
        Schema { of: self.of, version: call.version }
    }

    fn expand(&self, call: &Call<'_>, entity: &Entity, options: &Options, shown: &mut Entity) {
        for wanted in &options.expand {
            let expanded = match self.expands {
                Expands::No => None,
                Expands::Plain(expand) => expand(call, entity, wanted),
                Expands::WithContext(expand) => expand(call, entity, &wanted.name),
            };
            let Some((name, value)) = expanded else {
                continue;
            };
            if let Expands::WithContext(_) = self.expands {
                let context = format!("{}('{}')/{name}", self.context, text(entity, "id"));
                shown.insert(format!("{name}@odata.context"), Value::from(call.context(&context)));
            }
            shown.insert(name.to_owned(), value);
        }
    }
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
