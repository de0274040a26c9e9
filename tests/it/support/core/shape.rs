//! A schema as it came over the wire, for the rules that depend on it.
//!
//! Read from the reply rather than from the provider's own declarations, so that what is judged is what Terraform sees.

use std::collections::BTreeMap;

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::value::{Type, Value};

/// The shape of one resource, data source or provider configuration.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) version: i64,
    pub(crate) block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) attributes: BTreeMap<String, Attribute>,
    pub(crate) blocks: BTreeMap<String, NestedBlock>,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) ty: Type,
    pub(crate) nested: Option<Nested>,
    pub(crate) required: bool,
    pub(crate) optional: bool,
    pub(crate) computed: bool,
    pub(crate) write_only: bool,
}

/// The attributes of a nested object, or of the objects of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Nested {
    pub(crate) nesting: Nesting,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

#[derive(Clone, Debug)]
pub(crate) struct NestedBlock {
    pub(crate) nesting: Nesting,
    pub(crate) block: Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    Single,
    List,
    Set,
    Map,
}

impl Shape {
    pub(crate) fn read(schema: &wire::Schema) -> Self {
        let block = schema.block.as_ref().expect("a schema has a block");
        Self { version: schema.version, block: Block::read(block) }
    }

    pub(crate) fn ty(&self) -> Type {
        self.block.ty()
    }
}

impl Block {
    fn read(block: &wire::schema::Block) -> Self {
        let blocks = block.block_types.iter().map(|nested| {
            let block = nested.block.as_ref().expect("a nested block has a block");
            let nesting = Nesting::of_block(nested.nesting());
            (nested.type_name.clone(), NestedBlock { nesting, block: Self::read(block) })
        });
        Self { attributes: attributes(&block.attributes), blocks: blocks.collect() }
    }

    /// The type of a value of this shape.
    pub(crate) fn ty(&self) -> Type {
        let mut fields = types(&self.attributes);
        fields.extend(self.blocks.iter().map(|(name, block)| (name.clone(), block.ty())));
        Type::Object(fields)
    }

    /// What stands where nothing is: every attribute null, every repeated block empty.
    pub(crate) fn empty(&self) -> Value {
        let attributes = self.attributes.keys().map(|name| (name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.absent()));
        Value::object(attributes.chain(blocks))
    }

    /// A configuration as core hands it over: repeated blocks that are not there are empty, not null.
    pub(crate) fn complete(&self, value: Value) -> Value {
        let Value::Object(mut fields) = value else {
            return value;
        };
        for (name, nested) in &self.blocks {
            let value = fields.remove(name).unwrap_or_default();
            let completed = match value {
                Value::Null => nested.absent(),
                Value::List(items) => Value::list(items.into_iter().map(|item| nested.block.complete(item))),
                Value::Set(items) => Value::set(items.into_iter().map(|item| nested.block.complete(item))),
                other => nested.block.complete(other),
            };
            fields.insert(name.clone(), completed);
        }
        Value::Object(fields)
    }
}

impl NestedBlock {
    fn ty(&self) -> Type {
        self.nesting.around(self.block.ty())
    }

    fn absent(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::List => Value::list([]),
            Nesting::Set => Value::set([]),
            Nesting::Map => Value::Map(BTreeMap::new()),
        }
    }
}

impl Nesting {
    fn around(self, element: Type) -> Type {
        match self {
            Self::Single => element,
            Self::List => Type::list(element),
            Self::Set => Type::set(element),
            Self::Map => Type::map(element),
        }
    }

    fn of_block(mode: wire::schema::nested_block::NestingMode) -> Self {
        use wire::schema::nested_block::NestingMode;
        match mode {
            NestingMode::Single => Self::Single,
            NestingMode::List => Self::List,
            NestingMode::Set => Self::Set,
            NestingMode::Map => Self::Map,
            other => panic!("this driver knows no {other:?} blocks"),
        }
    }

    fn of_object(mode: wire::schema::object::NestingMode) -> Self {
        use wire::schema::object::NestingMode;
        match mode {
            NestingMode::Single => Self::Single,
            NestingMode::List => Self::List,
            NestingMode::Set => Self::Set,
            NestingMode::Map => Self::Map,
            NestingMode::Invalid => panic!("a nested attribute without nesting mode"),
        }
    }
}

fn attributes(all: &[wire::schema::Attribute]) -> BTreeMap<String, Attribute> {
    all.iter().map(|attribute| (attribute.name.clone(), Attribute::read(attribute))).collect()
}

impl Attribute {
    fn read(attribute: &wire::schema::Attribute) -> Self {
        let nested = attribute.nested_type.as_ref().map(|object| Nested {
            nesting: Nesting::of_object(object.nesting()),
            attributes: attributes(&object.attributes),
        });
        let ty = match &nested {
            Some(nested) => nested.nesting.around(Type::Object(types(&nested.attributes))),
            None => Type::from_json(&attribute.r#type)
                .unwrap_or_else(|error| panic!("type of `{}`: {error}", attribute.name)),
        };
        Self {
            ty,
            nested,
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            write_only: attribute.write_only,
        }
    }
}

fn types(attributes: &BTreeMap<String, Attribute>) -> BTreeMap<String, Type> {
    attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone())).collect()
}
