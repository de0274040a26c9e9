//! What a state file holds of an object's identity, and the rules about it. Terraform enforces few of them; the others are
//! what its users rely on: an identity is whole, stays what it is, and goes with its object.

use std::collections::BTreeMap;

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::value::{Type, Value};

use super::{decode, encode};

/// What identities of a type consist of: the type of each part, and whether an import needs it.
#[derive(Clone, Debug)]
pub(crate) struct IdentityShape(BTreeMap<String, (Type, bool)>);

impl IdentityShape {
    pub(super) fn read(schema: &wire::ResourceIdentitySchema) -> Self {
        let parts = schema.identity_attributes.iter().map(|attribute| {
            let ty = Type::from_json(&attribute.r#type).expect("a type");
            (attribute.name.clone(), (ty, attribute.required_for_import))
        });
        Self(parts.collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The parts of an identity that are enough to import by, each alone where one is.
    pub(crate) fn enough(&self, identity: &Value) -> Vec<Value> {
        if self.0.values().any(|(_, is_required)| *is_required) {
            return vec![identity.clone()];
        }
        let only = |kept: &str| {
            let parts = self.names().map(|name| {
                let value = if name == kept { identity.get(name).clone() } else { Value::Null };
                (name.to_owned(), value)
            });
            Value::object(parts)
        };
        self.names().map(only).collect()
    }

    pub(crate) fn ty(&self) -> Type {
        Type::Object(self.0.iter().map(|(name, (ty, _))| (name.clone(), ty.clone())).collect())
    }
}

/// The identity of one object, as far as a host knows identities.
#[derive(Clone)]
pub(super) struct Identified {
    shape: Option<IdentityShape>,
    stored: Value,
}

impl Identified {
    pub(super) fn new(shape: Option<IdentityShape>) -> Self {
        Self { shape, stored: Value::Null }
    }

    pub(super) fn shape(&self) -> Option<&IdentityShape> {
        self.shape.as_ref()
    }

    pub(super) fn stored(&self) -> &Value {
        &self.stored
    }

    pub(super) fn set(&mut self, identity: Value) {
        self.stored = identity;
    }

    /// What a host sends along with the state.
    pub(super) fn sent(&self) -> Option<wire::ResourceIdentityData> {
        self.sent_planned(&self.stored)
    }

    /// The same of what was planned.
    pub(super) fn sent_planned(&self, identity: &Value) -> Option<wire::ResourceIdentityData> {
        (!identity.is_null()).then(|| self.write(identity))
    }

    pub(super) fn write(&self, identity: &Value) -> wire::ResourceIdentityData {
        let ty = self.shape.as_ref().expect("a type with an identity").ty();
        wire::ResourceIdentityData { identity_data: Some(encode(identity, &ty)) }
    }

    /// An identity that is stored: wholly known.
    pub(super) fn read(&self, data: Option<&wire::ResourceIdentityData>) -> Value {
        let identity = self.read_planned(data);
        assert!(identity.is_wholly_known(), "an identity to be stored is not known: {}", identity.reveal());
        identity
    }

    pub(super) fn read_planned(&self, data: Option<&wire::ResourceIdentityData>) -> Value {
        let Some(data) = data else { return Value::Null };
        let shape = self.shape.as_ref().expect("an identity of a type that has none");
        decode(data.identity_data.as_ref(), &shape.ty())
    }

    /// What is wrong with the identity of an object in this state that was known by that one.
    pub(super) fn violations(&self, known: &Value, state: &Value, identity: &Value) -> Vec<String> {
        let Some(shape) = &self.shape else { return Vec::new() };
        if state.is_null() != identity.is_null() {
            let (state, identity) = (state.reveal(), identity.reveal());
            return vec![format!("the identity is {identity} where the state is {state}")];
        }
        let changed = shape.names().filter(|name| {
            let before = known.get(name);
            !before.is_null() && !identity.is_null() && before != identity.get(name)
        });
        changed
            .map(|name| {
                format!("`{name}` was {} and is {}", known.get(name).reveal(), identity.get(name).reveal())
            })
            .collect()
    }

    /// What is wrong with an identity that is planned.
    pub(super) fn plan_violations(&self, prior: &Value, planned: &Value, identity: &Value) -> Vec<String> {
        if prior.is_null() || planned.is_null() {
            return Vec::new();
        }
        let mut found = self.violations(&self.stored, planned, identity);
        if !identity.is_wholly_known() {
            found.push(format!("that of an object that exists is not known: {}", identity.reveal()));
        }
        found
    }
}
