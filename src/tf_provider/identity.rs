//! What tells an object from all others of its type, whatever becomes of its settings: stored beside the state, and enough to
//! import by. Hosts that know nothing of it send none and ignore ours.

use super::failure::Failure;
use super::schema::{Attribute, AttributeKind, Schema, guid, optional, required};
use super::value::{Type, Value};

/// How the objects of a type are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// By these attributes of their state. To import, any one of them is enough.
    By(&'static [Identifier]),
    /// By their tenant, which has one of them.
    Tenant,
}

/// An attribute that identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier {
    /// Its name.
    pub attribute: &'static str,
    /// What stands before its value in an import id.
    pub import_prefix: &'static str,
}

impl Identity {
    /// By the attribute `id` alone.
    pub const ID: Self = Self::By(&[Identifier { attribute: "id", import_prefix: "" }]);
}

/// An identity with what its attributes are.
#[derive(Debug, Clone)]
pub struct IdentitySchema {
    identity: Identity,
    attributes: Vec<Attribute>,
}

impl IdentitySchema {
    /// The identity of objects with this schema.
    pub fn new(identity: Identity, schema: &Schema) -> Self {
        let attributes = match identity {
            Identity::Tenant => vec![required(TENANT_ID, guid(), "Id of the tenant.")],
            Identity::By(all) => {
                let of_state = all.iter().filter_map(|identifier| {
                    schema.attributes.iter().find(|attribute| attribute.name == identifier.attribute)
                });
                let identifying = of_state.map(|attribute| {
                    let declare = if all.len() == 1 { required } else { optional };
                    let own = declare(attribute.name, attribute.kind.clone(), attribute.description.clone());
                    Attribute { same: attribute.same, ..own }
                });
                identifying.collect()
            }
        };
        Self { identity, attributes }
    }

    /// What it consists of. Required ones must be given to import, and of optional ones at least one.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        Type::Object(self.attributes.iter().map(|one| (one.name.to_owned(), one.kind.ty())).collect())
    }

    /// The identity of the object that a state is about; null where nothing tells it. `before` is the identity as it is known,
    /// whose spelling stays.
    pub fn of(&self, state: &Value, tenant: Option<&str>, before: &Value) -> Value {
        if state.is_null() {
            return Value::Null;
        }
        let value_of = |attribute: &Attribute| {
            let known = before.get(attribute.name);
            let found = match self.identity {
                Identity::Tenant => tenant.map(Value::from).unwrap_or_else(|| known.clone()),
                Identity::By(_) => if_it_is_one(attribute, state.get(attribute.name)),
            };
            let is_kept = !known.is_unknown() && attribute.same(known, &found);
            (attribute.name, if is_kept { known.clone() } else { found })
        };
        let identity = Value::object(self.attributes.iter().map(value_of));
        if identity.entries().values().all(Value::is_null) { Value::Null } else { identity }
    }

    /// The import id of the object that a person names by its identity.
    ///
    /// # Errors
    /// The identity says nothing, or is another tenant's.
    pub fn import_id(&self, named: &Value, tenant: Option<&str>) -> Result<String, Failure> {
        let said = |name: &str| named.get(name).as_str().filter(|text| !text.is_empty());
        match self.identity {
            Identity::By(all) => {
                let first = all.iter().find_map(|one| Some((one, said(one.attribute)?)));
                let (one, value) = first.ok_or_else(|| self.says_nothing())?;
                Ok(format!("{}{value}", one.import_prefix))
            }
            Identity::Tenant => match (said(TENANT_ID).ok_or_else(|| self.says_nothing())?, tenant) {
                (named, Some(own)) if !named.eq_ignore_ascii_case(own) => Err(Failure::new(
                    "The object belongs to another tenant",
                    format!(
                        "The identity names the tenant `{named}`, and the provider is signed in to the tenant `{own}`. Sign in to \
                         `{named}`, or correct `{TENANT_ID}`."
                    ),
                )),
                _ => Ok(IN_TENANT.to_owned()),
            },
        }
    }

    /// Refuses an identity whose parts name different objects.
    ///
    /// # Errors
    /// What was found by one part differs from another part.
    pub fn agrees(&self, named: &Value, found: &Value) -> Result<(), Failure> {
        for attribute in &self.attributes {
            let (named, found) = (named.get(attribute.name), found.get(attribute.name));
            if !named.is_null() && !found.is_null() && !attribute.same(named, found) {
                let detail = format!(
                    "The identity has the `{}` {}, and the object that it names otherwise has {}. Correct one of them, or leave \
                     one out: either is enough.",
                    attribute.name,
                    named.reveal(),
                    found.reveal()
                );
                return Err(Failure::new("The identity names two objects", detail));
            }
        }
        Ok(())
    }

    fn says_nothing(&self) -> Failure {
        let names: Vec<String> = self.attributes.iter().map(|one| format!("`{}`", one.name)).collect();
        Failure::new(
            "The identity names nothing",
            format!("Give {} in the `identity` of the import block.", names.join(" or ")),
        )
    }
}

/// A value of its kind. While an object is on its way, something else may stand where its id will be.
fn if_it_is_one(attribute: &Attribute, value: &Value) -> Value {
    match (&attribute.kind, value.as_str()) {
        (AttributeKind::Id(form), Some(text)) if (form.test)(text).is_err() => Value::Null,
        _ => value.clone(),
    }
}

const TENANT_ID: &str = "tenant_id";
/// The import id of what a tenant has once.
const IN_TENANT: &str = "tenant";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::schema::{computed, text};

    const ID: &str = "4b1f2d6e-0000-4000-8000-00000000000a";

    fn device() -> IdentitySchema {
        let schema = Schema::new("A device.").attributes([
            computed("id", guid(), "Its id."),
            required("serial", text(), "Its serial number.").ignore_case(),
        ]);
        let by = Identity::By(&[
            Identifier { attribute: "id", import_prefix: "" },
            Identifier { attribute: "serial", import_prefix: "serial:" },
        ]);
        IdentitySchema::new(by, &schema)
    }

    fn named(id: impl Into<Value>, serial: impl Into<Value>) -> Value {
        Value::object([("id", id.into()), ("serial", serial.into())])
    }

    #[test]
    fn another_spelling_is_the_same_identity_and_another_object_is_not() {
        let known = named(ID.to_uppercase(), "abc");
        assert_eq!(device().of(&named(ID, "ABC"), None, &known), known);
        assert_eq!(device().of(&named(ID, "ABD"), None, &known), named(ID.to_uppercase(), "ABD"));
        assert_eq!(device().of(&named(ID, "ABC"), None, &Value::Null), named(ID, "ABC"));
        assert_eq!(device().of(&Value::Null, None, &known), Value::Null);
    }

    #[test]
    fn what_is_no_id_yet_is_none() {
        assert_eq!(device().of(&named("import:7", "ABC"), None, &Value::Null), named(Value::Null, "ABC"));
        assert_eq!(device().of(&named("import:7", Value::Null), None, &Value::Null), Value::Null);
        assert_eq!(
            device().of(&named(Value::Unknown, "ABC"), None, &Value::Null),
            named(Value::Unknown, "ABC")
        );
    }

    #[test]
    fn any_part_is_enough_to_import_and_all_have_to_agree() {
        let import = |named: &Value| device().import_id(named, None);
        assert_eq!(import(&named(ID, Value::Null)).unwrap(), ID);
        assert_eq!(import(&named(ID, "ABC")).unwrap(), ID);
        assert_eq!(import(&named(Value::Null, "ABC")).unwrap(), "serial:ABC");
        assert!(import(&named(Value::Null, "")).is_err());
        assert!(device().agrees(&named(ID, "abc"), &named(ID, "ABC")).is_ok());
        assert!(device().agrees(&named(ID, "ABD"), &named(ID, "ABC")).is_err());
    }

    #[test]
    fn what_a_tenant_has_once_is_known_by_the_tenant() {
        let schema = IdentitySchema::new(Identity::Tenant, &Schema::new("A setting."));
        let named = |tenant: &str| Value::object([("tenant_id", tenant.into())]);
        let state = Value::object([("on_destroy", "keep".into())]);
        assert_eq!(schema.of(&state, Some(ID), &Value::Null), named(ID));
        assert_eq!(schema.of(&state, Some(ID), &named(&ID.to_uppercase())), named(&ID.to_uppercase()));
        assert_eq!(schema.of(&state, None, &named(ID)), named(ID));
        assert_eq!(schema.of(&state, None, &Value::Null), Value::Null);
        assert_eq!(schema.import_id(&named(&ID.to_uppercase()), Some(ID)).unwrap(), "tenant");
        assert!(schema.import_id(&named("4b1f2d6e-0000-4000-8000-00000000000b"), Some(ID)).is_err());
    }
}
