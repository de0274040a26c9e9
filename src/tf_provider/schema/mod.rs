//! Attributes as data.
//!
//! A fact about an attribute (its name, kind, mode, description, checks, default, what a change means, where it lives at
//! the remote end) is written once, here, by plain functions. The wire schema, validation, planning, the remote mapping
//! and the manual are all derived from it.
//!
//! ```
//! use autopilot_provider::tf_provider::plan::plan;
//! use autopilot_provider::tf_provider::schema::check::longest;
//! use autopilot_provider::tf_provider::schema::{Schema, computed, default, optional, required, set_of, text};
//! use autopilot_provider::tf_provider::value::Value;
//!
//! let schema = Schema::new("A device profile.").attributes([
//!     required("display_name", text(), "Name shown in the admin center.").check(longest(200)),
//!     optional("tags", set_of(text()), "Labels."),
//!     default("locale", text(), "os-default", "Language of the setup pages."),
//!     computed("id", text(), "Id given by the service.").keep_prior(),
//! ]);
//! let config = Value::object([("display_name", Value::from("Laptops"))]);
//! let planned = plan(&schema, Value::Null, config).planned;
//! assert_eq!(planned.get("locale").as_str(), Some("os-default"));
//! assert!(planned.get("id").is_unknown(), "the service will say");
//! ```

mod attribute;
pub mod check;
mod kind;
mod lint;
pub mod rule;
mod sentences;
mod word;

use std::time::Duration;

pub use attribute::{
    Attribute, AttributeKind, Keep, Mode, Remote, Replace, Same, computed, default, optional,
    optional_computed, required,
};
pub use check::Check;
use kind::attribute_types;
pub use kind::{boolean, choice, guid, id, integer, list_of, map_of, number, object, set_of, text};
pub use lint::lint;
pub use rule::Rule;
pub(crate) use sentences::sentences;
pub use word::{Choice, GUID, IdForm, pick};

use super::value::{Type, Value};

/// The shape of a resource, data source or provider configuration.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Version of the stored shape; raise it together with an upgrade from the former one.
    pub version: u32,
    /// One or two sentences of Markdown, shown in the manual and by editors.
    pub description: &'static str,
    /// Arguments and results, in the order the manual shows them.
    pub attributes: Vec<Attribute>,
    /// Nested blocks (`name { }` syntax).
    pub blocks: Vec<Block>,
    /// Rules that concern more than one attribute.
    pub rules: Vec<Rule>,
    /// Default deadlines; present when the `timeouts` block is offered.
    pub timeouts: Option<Timeouts>,
    /// What to use instead, when the whole type is deprecated.
    pub deprecated: Option<&'static str>,
}

/// A nested block. Prefer an attribute of an object kind: a block can be neither computed nor have a default.
#[derive(Clone, Debug)]
pub struct Block {
    /// Name as written in configuration.
    pub name: &'static str,
    /// Markdown sentence for the manual.
    pub description: &'static str,
    /// How often the block may stand, and what it becomes as a value.
    pub nesting: Nesting,
    /// Attributes of one block.
    pub attributes: Vec<Attribute>,
}

/// How a block repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one; null when absent.
    Single,
    /// Any number within the bounds, in order (0 as maximum: no limit).
    List(u32, u32),
    /// Any number within the bounds, without order (0 as maximum: no limit).
    Set(u32, u32),
}

/// Default deadlines of a resource's operations, which a user changes in the `timeouts` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Deadline of create.
    pub create: Duration,
    /// Deadline of read.
    pub read: Duration,
    /// Deadline of update.
    pub update: Duration,
    /// Deadline of delete.
    pub delete: Duration,
}

impl Timeouts {
    /// The four operations by the names of the `timeouts` block, with their default deadline.
    pub fn named(&self) -> [(&'static str, Duration); 4] {
        [("create", self.create), ("read", self.read), ("update", self.update), ("delete", self.delete)]
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self { create: minutes(20), read: minutes(5), update: minutes(20), delete: minutes(20) }
    }
}

impl Schema {
    /// An empty shape with its description.
    pub fn new(description: &'static str) -> Self {
        Self { description, ..Self::default() }
    }

    /// Adds attributes, in the order the manual shows them.
    #[must_use]
    pub fn attributes(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Adds a rule across attributes.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules across attributes.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Offers the `timeouts` block with these defaults.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// Sets the version of the stored shape.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The attribute of this name at the top level.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// All blocks, the `timeouts` block included.
    pub fn all_blocks(&self) -> Vec<Block> {
        let mut blocks = self.blocks.clone();
        if self.timeouts.is_some() {
            blocks.push(timeouts_block());
        }
        blocks
    }

    /// The type of a value of this shape: an object of all attributes and blocks.
    pub fn ty(&self) -> Type {
        let mut fields = attribute_types(&self.attributes);
        for block in self.all_blocks() {
            fields.insert(block.name.to_owned(), block.ty());
        }
        Type::Object(fields)
    }
}

impl Block {
    /// The value of a block that does not stand in the configuration.
    pub fn empty(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::List(..) => Value::list([]),
            Nesting::Set(..) => Value::set([]),
        }
    }

    /// The type of the block's value.
    pub fn ty(&self) -> Type {
        let element = Type::Object(attribute_types(&self.attributes));
        match self.nesting {
            Nesting::Single => element,
            Nesting::List(..) => Type::List(Box::new(element)),
            Nesting::Set(..) => Type::Set(Box::new(element)),
        }
    }
}

/// Name of the block in which a user changes deadlines.
pub const TIMEOUTS: &str = "timeouts";

fn timeouts_block() -> Block {
    let duration = |name, description| optional(name, text(), description).check(check::duration());
    Block {
        name: TIMEOUTS,
        description: "Deadlines of the operations, such as `\"30m\"` or `\"1h30m\"`.",
        nesting: Nesting::Single,
        attributes: vec![
            duration("create", "Deadline for creating."),
            duration("read", "Deadline for reading."),
            duration("update", "Deadline for updating."),
            duration("delete", "Deadline for deleting."),
        ],
    }
}
