//! What a resource says of itself whose objects are members of a collection.

use async_trait::async_trait;
use serde_json::{Map, Value as Json};

use crate::autopilot::collection::NamedCollection;
use crate::autopilot::page_order::Lease;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::Permission;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Move};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// What a member of a collection is.
#[async_trait]
pub(crate) trait Member: Send + Sync + 'static {
    /// Where it is kept, and what it is called.
    const COLLECTION: NamedCollection;
    /// How it is assigned.
    const ASSIGNED: Assigned = Assigned::Never;
    /// Navigation properties that hold other objects (`members`), each an attribute too.
    const LINKS: &'static [&'static str] = &[];

    /// The whole shape.
    fn schema() -> Schema;

    /// What the account needs besides reading and writing the collection.
    fn asides() -> Vec<Permission> {
        Vec::new()
    }

    /// Properties of which all are sent when one changes.
    fn sent_together() -> Vec<String> {
        Vec::new()
    }

    /// Types of other providers whose objects can become members of ours.
    fn moves() -> Vec<Move> {
        Vec::new()
    }

    /// A property that not every tenant keeps.
    fn unkept() -> Option<Unkept> {
        None
    }

    /// The resource's own say in a plan, and in that of a destruction.
    async fn plan(_cx: &Cx, _plan: &mut Plan) -> Result<(), Failure> {
        Ok(())
    }

    /// What the attributes alone do not tell of a body.
    fn finish(_body: &mut Map<String, Json>, _planned: &Value, _when: When) {}

    /// What the properties alone do not tell of a state. `known` is what was stored or planned.
    fn adapt(state: Value, _found: &Json, _known: &Value, _when: ReadFor) -> Result<Value, graph::Error> {
        Ok(state)
    }

    /// The same of what only another look at the tenant tells; `known` is what was stored.
    async fn refreshed(_session: &Session, state: Value, _known: &Value) -> Result<Value, graph::Error> {
        Ok(state)
    }

    /// Why an object that exists cannot become one of ours, as a clause behind "which".
    fn cannot_be_adopted(_found: &Json) -> Result<Option<&'static str>, graph::Error> {
        Ok(None)
    }

    /// Whether what a link holds is given one by one, and not the service's to pick.
    fn is_picked(_state: &Value, _link: &str) -> bool {
        true
    }

    /// The right to write to the collection, where only one may at a time.
    async fn lease<'c>(_cx: &'c Cx, _session: &Session) -> Result<Option<Lease<'c>>, graph::Error> {
        Ok(None)
    }

    /// What is left to do once a member is written.
    async fn written(_cx: &Cx, _session: &Session, _member: &str, _change: &Change) -> Result<(), Failure> {
        Ok(())
    }

    /// What is left to do before a member is deleted.
    fn leaving(_turn: Option<&mut Lease<'_>>, _member: &str) {}
}

/// How members are assigned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// Not at all.
    Never,
    /// One request each.
    OneByOne,
    /// All at once, as this parameter of the action `assign`, with filters.
    AllAtOnce(&'static str),
}

/// What a body is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Create,
    Change,
}

/// What a state is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadFor {
    Import,
    Refresh,
    Written,
}

/// A property that some tenants take and do not keep.
pub(crate) struct Unkept {
    pub(crate) property: &'static str,
    pub(crate) attribute: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) detail: &'static str,
}
