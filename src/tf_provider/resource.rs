//! What the author of a resource implements.

use async_trait::async_trait;

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::identity::Identity;
use super::permission::Permission;
use super::plan::Plan;
use super::schema::Schema;
use super::value::{Type, Value};

/// A managed resource.
///
/// Only the four operations and import talk to anybody; everything else is data or pure. Terraform's rules (what may be
/// unknown when, what must be null, which spelling is binding) are kept by the server, not by authors.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use async_trait::async_trait;
/// use autopilot_provider::tf_provider::context::Context;
/// use autopilot_provider::tf_provider::failure::Failure;
/// use autopilot_provider::tf_provider::resource::{Change, Resource};
/// use autopilot_provider::tf_provider::schema::{Schema, computed, required, text};
/// use autopilot_provider::tf_provider::value::Value;
///
/// /// A service with notes, by id.
/// type Board = Mutex<BTreeMap<String, Value>>;
///
/// struct Note;
///
/// #[async_trait]
/// impl Resource<Board> for Note {
///     fn name(&self) -> &'static str {
///         "board_note"
///     }
///
///     fn schema(&self) -> Schema {
///         Schema::new("A note on the board.").attributes([
///             computed("id", text(), "Its place.").keep_prior(),
///             required("words", text(), "What it says."),
///         ])
///     }
///
///     async fn create(&self, cx: &Context<Board>, change: &Change) -> Result<Value, Failure> {
///         let mut board = cx.client().lock().expect("nobody panics");
///         let id = format!("note {}", board.len() + 1);
///         let note = change.planned.clone().with("id", id.as_str());
///         board.insert(id, note.clone());
///         Ok(note)
///     }
///
///     async fn read(&self, cx: &Context<Board>, state: Value) -> Result<Option<Value>, Failure> {
///         let id = state.get("id").as_str().unwrap_or_default();
///         Ok(cx.client().lock().expect("nobody panics").get(id).cloned())
///     }
///
///     async fn update(&self, cx: &Context<Board>, change: &Change) -> Result<Value, Failure> {
///         let id = change.prior.get("id").as_str().unwrap_or_default().to_owned();
///         cx.client().lock().expect("nobody panics").insert(id, change.planned.clone());
///         Ok(change.planned.clone())
///     }
///
///     async fn delete(&self, cx: &Context<Board>, state: Value) -> Result<(), Failure> {
///         let id = state.get("id").as_str().unwrap_or_default();
///         cx.client().lock().expect("nobody panics").remove(id);
///         Ok(())
///     }
/// }
///
/// assert_eq!(Note.schema().attributes.len(), 2);
/// ```
#[async_trait]
pub trait Resource<C: Send + Sync>: Send + Sync {
    /// The type's full name, such as `autopilot_device_group`.
    fn name(&self) -> &'static str;

    /// Its shape. Called often; cheap.
    fn schema(&self) -> Schema;

    /// What the account needs.
    fn permissions(&self) -> Vec<Permission> {
        Vec::new()
    }

    /// Whether carrying out a plan changes anything outside the state; `planned` is null for a destroy. Only then the
    /// account needs the permissions for changing.
    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        prior != planned
    }

    /// Whether a tenant has what it manages exactly once.
    fn is_singleton(&self) -> bool {
        false
    }

    /// What tells its objects apart; nothing for what is no object of its own.
    fn identity(&self) -> Option<Identity> {
        None
    }

    /// The objects that a state holds, and their type, by which two addresses of one object are found; nothing if a plan
    /// does not know yet. Mostly one: that whose id it has.
    fn objects(&self, state: &Value) -> Option<Objects> {
        let id = state.get("id");
        (!id.is_unknown()).then(|| Objects {
            type_name: self.name(),
            ids: id.as_str().filter(|id| !id.is_empty()).map(str::to_owned).into_iter().collect(),
        })
    }

    /// Mistakes that the schema's checks and rules cannot tell. Pure; values may be unknown anywhere.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// The resource's own say in a plan, after the schema's. Reads are allowed; must be repeatable and change nothing.
    /// Also called for destroy ([`Plan::is_destroy`]), to warn or refuse.
    async fn plan(&self, _cx: &Context<C>, _plan: &mut Plan) -> Result<(), Failure> {
        Ok(())
    }

    /// Brings the object into existence and returns what identifies it, at once: no second call. The returned state is
    /// stored whatever happens later. An error means that nothing exists.
    async fn create(&self, cx: &Context<C>, change: &Change) -> Result<Value, Failure>;

    /// Completes what [`create`](Self::create) began (second calls, waits, read-back) and returns the final state. An
    /// error keeps the state of `create`, or what [`Context::keep`] recorded since, marked as tainted.
    async fn settle(&self, _cx: &Context<C>, _change: &Change, created: Value) -> Result<Value, Failure> {
        Ok(created)
    }

    /// The object as it is now, or nothing if it no longer exists. Only a certain absence is nothing; doubt is an error.
    async fn read(&self, cx: &Context<C>, state: Value) -> Result<Option<Value>, Failure>;

    /// Changes the object in place. An error keeps the prior state, or what [`Context::keep`] recorded.
    async fn update(&self, cx: &Context<C>, change: &Change) -> Result<Value, Failure>;

    /// Removes the object and waits until it is gone. An object that is already gone is success.
    async fn delete(&self, cx: &Context<C>, state: Value) -> Result<(), Failure>;

    /// Finds the object that an import id names. What the id does not tell may be null: a read follows.
    async fn import(&self, _cx: &Context<C>, _id: &str) -> Result<Value, Failure> {
        Err(Failure::new(
            "Import not supported",
            format!(
                "`{}` cannot be imported: its identity says nothing about the remote object.",
                self.name()
            ),
        ))
    }

    /// Steps from stored shapes of older versions to the current one.
    fn upgrades(&self) -> Vec<Upgrade> {
        Vec::new()
    }

    /// Types of other providers (or former types of ours) whose state can be taken over by a `moved` block.
    fn moves(&self) -> Vec<Move> {
        Vec::new()
    }
}

/// Objects of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects {
    /// The type they are known by, which may be another resource's.
    pub type_name: &'static str,
    /// Their ids.
    pub ids: Vec<String>,
}

/// A change to carry out.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the object was; null on create.
    pub prior: Value,
    /// What it shall be; unknown where the provider decides.
    pub planned: Value,
    /// What the user wrote; the only place where write-only values stand.
    pub config: Value,
}

impl Change {
    /// Whether an attribute at the top level changes.
    pub fn changes(&self, attribute: &str) -> bool {
        self.prior.get(attribute) != self.planned.get(attribute)
    }
}

/// How to bring state of an older version to the current shape.
pub struct Upgrade {
    /// The stored version it takes.
    pub from: u32,
    /// The type of the stored value.
    pub ty: Type,
    /// The step, straight to the current shape.
    pub upgrade: fn(Value) -> Result<Value, String>,
}

/// How to take over state of another type.
pub struct Move {
    /// Last two parts of the source provider's address, such as `hashicorp/azuread`.
    pub provider: &'static str,
    /// The source type's name.
    pub type_name: &'static str,
    /// From the stored JSON to our shape. What it does not tell may be null: a read follows.
    pub convert: fn(&serde_json::Value) -> Result<Value, String>,
}
