//! Answers of the directory: one object, or a page of many.

use std::collections::HashMap;

use http::{HeaderValue, header};
use serde_json::{Map, Value};

use super::objects::{self, Object, ObjectKind};
use crate::emulator::api::call::{Call, Outcome, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::Type;
use crate::emulator::api::odata::{Options, Policy, Schema};
use crate::emulator::world::collection::{Entity, text};

/// The objects of one kind, as a client may ask about them.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) of: &'static Type,
    pub(super) policy: Policy,
    /// The collection in `@odata.context`: `groups`.
    pub(super) context: &'static str,
}

impl View {
    pub(super) const fn new(of: &'static Type, context: &'static str) -> Self {
        Self { of, policy: Policy::DIRECTORY, context }
    }

    pub(super) const fn expanding(mut self, navigations: &'static [&'static str]) -> Self {
        self.policy.expand = navigations;
        self
    }

    /// What is shown without `$select`.
    pub(super) const fn showing(mut self, default_select: Option<&'static [&'static str]>) -> Self {
        self.policy.default_select = default_select;
        self
    }

    /// 200 with one object.
    pub(super) fn one(&self, call: &Call<'_>, entity: &Entity) -> Outcome {
        let options = options(call)?;
        let schema = Schema { of: self.of, version: call.version };
        let select = self.policy.select(&options, schema)?;
        self.policy.check_expand(&options, schema)?;
        let columns = columns(&options, select.as_deref());
        let context = call.context(&format!("{}{columns}/$entity", self.context));
        let mut body = Map::from_iter([("@odata.context".to_owned(), Value::from(context))]);
        body.extend(self.of.show(entity, call.version, select.as_deref()));
        expand(call, entity, &options, &mut body);
        Ok(Reply::ok(Value::Object(body)))
    }

    /// 200 with a page of objects of this type.
    pub(super) fn page<'a>(&self, call: &Call<'_>, rows: impl IntoIterator<Item = &'a Entity>) -> Outcome {
        self.page_of(call, rows, |row, select| self.of.show(row, call.version, select))
    }

    /// 200 with a page of objects of any type, each of which says what it is.
    pub(super) fn mixed_page(&self, call: &Call<'_>, rows: &[Object<'_>]) -> Outcome {
        let kinds: HashMap<&str, ObjectKind> =
            rows.iter().map(|row| (text(&row.entity, "id"), row.kind)).collect();
        let entities = rows.iter().map(|row| row.entity.as_ref());
        self.page_of(call, entities, |row, select| {
            let kind = kinds.get(text(row, "id"));
            kind.map_or_else(Entity::new, |kind| kind.show_with_type(row, call.version, select))
        })
    }

    fn page_of<'a>(
        &self,
        call: &Call<'_>,
        rows: impl IntoIterator<Item = &'a Entity>,
        show: impl Fn(&Entity, Option<&[&str]>) -> Entity,
    ) -> Outcome {
        let options = options(call)?;
        let schema = Schema { of: self.of, version: call.version };
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
            let mut shown = show(row, page.select.as_deref());
            expand(call, row, &options, &mut shown);
            Value::Object(shown)
        });
        body.insert("value".to_owned(), shown.collect());
        Ok(Reply::ok(Value::Object(body)))
    }

    /// 200 with the number of objects, as plain text; an advanced query.
    pub(super) fn count<'a>(&self, call: &Call<'_>, rows: impl IntoIterator<Item = &'a Entity>) -> Outcome {
        let mut options = options(call)?;
        // Source: the page about advanced queries, and its answer.
        if !options.eventual {
            return Err(GraphError::bad_request(
                "$count is not currently supported without the request header 'ConsistencyLevel: eventual'.",
            ));
        }
        options.count = true;
        let schema = Schema { of: self.of, version: call.version };
        let page = self.policy.list(rows, &options, schema, "")?;
        let mut reply = Reply::ok(Value::from(page.count.unwrap_or_default()));
        reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Ok(reply)
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

/// An expanded navigation shows at most this many objects.
const EXPANDED: usize = 20;

fn expand(call: &Call<'_>, entity: &Entity, options: &Options, shown: &mut Entity) {
    for wanted in &options.expand {
        let Some((name, linked)) = objects::linked(call.tenant, entity, &wanted.name) else {
            continue;
        };
        let names: Vec<&str> = wanted.select.iter().map(String::as_str).collect();
        let select = (!names.is_empty()).then_some(names.as_slice());
        let values = linked
            .iter()
            .take(EXPANDED)
            .map(|object| Value::Object(object.kind.show_with_type(&object.entity, call.version, select)));
        shown.insert(name.to_owned(), values.collect());
    }
}
