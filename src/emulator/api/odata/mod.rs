//! OData as Microsoft Graph speaks it, over stored entities: parsing and evaluating query options, and cutting pages.
//!
//! Everything here is pure. [`Options`] is what a client asked for, a [`Policy`] says which options a collection's
//! service honours, ignores or refuses, a [`Schema`] which properties its entities have, and [`Policy::list`] answers:
//!
//! ```ignore
//! let options = Options::read(call.query_pairs(), call.is_eventual())?;
//! let page = policy.list(tenant.collection("devices").iter(), &options, schema, &call.url())?;
//! ```
//!
//! Names of properties, options, operators and functions are matched without regard to case, as Graph does, and so are
//! strings: neither the directory nor Intune tells `a` from `A`.

mod check;
mod eval;
mod expression;
mod filter;
mod lexer;
mod options;
mod page;
mod parser;
mod policy;
mod search;

pub(crate) use expression::Op;
pub(crate) use filter::Filter;
pub(crate) use options::{Expand, Options};
pub(crate) use policy::{Advanced, FilterPolicy, Policy, Support};

use super::error::GraphError;
use super::model::{Property, Type, Version};
use crate::emulator::world::collection::Entity;
use serde_json::Value;

/// A 400 in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct QueryError {
    /// `error.code` of Graph's envelope.
    pub(crate) code: &'static str,
    /// `error.message`, plain: a service that nests its messages wraps this one.
    pub(crate) message: String,
}

impl QueryError {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self { code: "BadRequest", message: message.into() }
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self { code: "Request_UnsupportedQuery", message: message.into() }
    }
}

impl From<QueryError> for GraphError {
    fn from(refusal: QueryError) -> Self {
        Self::new(http::StatusCode::BAD_REQUEST, refusal.code, refusal.message)
    }
}

/// The type of a collection's entities, as one version of the API has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    pub(crate) of: &'static Type,
    pub(crate) version: Version,
}

impl Schema {
    /// The property of that name, in whatever case it is written.
    pub(crate) fn property(self, name: &str) -> Option<&'static Property> {
        let all = self.of.all_properties().into_iter();
        all.filter(|property| property.exists_in(self.version))
            .find(|property| property.name.eq_ignore_ascii_case(name))
    }

    fn lacks(self, name: &str) -> String {
        format!("Could not find a property named '{name}' on type 'microsoft.graph.{}'.", self.of.name)
    }
}

/// The member of that name, in whatever case it is written.
fn member<'a>(entity: &'a Entity, name: &str) -> Option<&'a Value> {
    entity
        .get(name)
        .or_else(|| entity.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::emulator::api::model::{
        PropertyKind, boolean, collection, complex, date_time, enumeration, guid, int32, navigation, text,
    };

    static PLAN: Type = Type::new("assignedPlan").properties(&[text("service"), text("capabilityStatus")]);
    static EXTENSIONS: Type = Type::new("onPremisesExtensionAttributes")
        .properties(&[text("extensionAttribute1"), text("extensionAttribute2")]);
    static DEVICE: Type = Type::new("device").properties(&[
        text("id"),
        text("deviceId"),
        text("displayName"),
        boolean("accountEnabled"),
        int32("deviceVersion"),
        date_time("createdDateTime"),
        enumeration("trustType", &["AzureAd"]),
        guid("ownerGuid"),
        collection("physicalIds", &PropertyKind::String),
        collection("assignedPlans", &PropertyKind::Complex(&PLAN)),
        complex("extensionAttributes", &EXTENSIONS),
        text("secretName").beta(),
        navigation("memberOf"),
    ]);

    /// A device-like entity, for the tables of this module.
    pub(crate) const DEVICES: Schema = Schema { of: &DEVICE, version: Version::V1 };
}
