//! Identities on the wire: of a type without one nothing is said, and hosts that know none send nothing.

use std::collections::BTreeMap;

use super::convert;
use super::managed::Managed;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::IdentitySchema;
use crate::tf_provider::protocol::tfplugin6 as wire;
use crate::tf_provider::provider::Client;
use crate::tf_provider::schema::Mode;
use crate::tf_provider::value::{Value, json};

/// The identity of one object: as the host knows it, and what it is to be told.
pub(super) struct Identifying<'a> {
    schema: Option<&'a IdentitySchema>,
    tenant: Option<String>,
    before: Value,
}

impl<'a> Identifying<'a> {
    /// With what the host sent.
    pub(super) fn new<C: Client>(
        managed: &'a Managed<C>,
        client: &C,
        sent: Option<wire::ResourceIdentityData>,
    ) -> Result<Self, Failure> {
        let schema = managed.identity.as_ref();
        let before = match (schema, sent) {
            (Some(schema), Some(sent)) => convert::value(sent.identity_data, &schema.ty())?,
            _ => Value::Null,
        };
        Ok(Self { schema, tenant: client.tenant().map(str::to_owned), before })
    }

    /// The identity of the object that a planned state is about. While it exists it stays what it is.
    pub(super) fn planned(
        &self,
        prior: &Value,
        planned: &Value,
    ) -> Result<Option<wire::ResourceIdentityData>, Failure> {
        let tells = if prior.is_null() || planned.is_null() { planned } else { prior };
        self.written(tells, self.tenant.as_deref())
    }

    /// The identity of the object that a state is about. After an error it is uncertain whose object that is.
    pub(super) fn of(
        &self,
        state: &Value,
        said: &Diagnostics,
    ) -> Result<Option<wire::ResourceIdentityData>, Failure> {
        let tenant = self.tenant.as_deref().filter(|_| !said.has_errors());
        self.written(state, tenant)
    }

    /// The import id that the identity stands for.
    pub(super) fn import_id(&self, type_name: &str) -> Result<String, Failure> {
        let Some(schema) = self.schema else {
            return Err(Failure::new(
                "Import by identity not supported",
                format!("`{type_name}` has no identity. Give the `id` that its manual page names."),
            ));
        };
        schema.import_id(&self.before, self.tenant.as_deref())
    }

    /// Refuses an identity of which one part names another object than what was found.
    pub(super) fn agrees(&self, found: &Value) -> Result<(), Failure> {
        self.schema.map_or(Ok(()), |schema| schema.agrees(&self.before, found))
    }

    fn written(
        &self,
        state: &Value,
        tenant: Option<&str>,
    ) -> Result<Option<wire::ResourceIdentityData>, Failure> {
        let Some(schema) = self.schema else { return Ok(None) };
        data(schema, &schema.of(state, tenant, &self.before))
    }
}

/// An identity on the wire; none where it is null.
pub(super) fn data(
    schema: &IdentitySchema,
    identity: &Value,
) -> Result<Option<wire::ResourceIdentityData>, Failure> {
    if identity.is_null() {
        return Ok(None);
    }
    let identity_data = Some(convert::dynamic(identity, &schema.ty())?);
    Ok(Some(wire::ResourceIdentityData { identity_data }))
}

/// The shapes of all identities.
pub(super) fn schemas<'a, C: 'a>(
    all: impl Iterator<Item = (&'a &'static str, &'a Managed<C>)>,
) -> BTreeMap<String, wire::ResourceIdentitySchema> {
    let identified = all.filter_map(|(name, managed)| Some((*name, managed.identity.as_ref()?)));
    identified.map(|(name, schema)| (name.to_owned(), declared(schema))).collect()
}

/// Reads a stored identity. There is one version of each, so nothing is to be converted.
pub(super) fn stored(schema: &IdentitySchema, raw: Option<wire::RawState>) -> Result<Value, Failure> {
    let stored = raw.unwrap_or_default().json;
    json::decode(&stored, &schema.ty(), json::Surplus::Ignore).map_err(|problem| {
        Failure::new(
            "Identity cannot be read",
            format!(
                "The stored identity of a resource does not fit its type: {problem}. Remove the resource from the state and \
                 import it again."
            ),
        )
    })
}

fn declared(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    use wire::resource_identity_schema::IdentityAttribute;
    let attributes = schema.attributes().iter().map(|attribute| IdentityAttribute {
        name: attribute.name.to_owned(),
        r#type: attribute.kind.ty().to_json(),
        required_for_import: attribute.mode == Mode::Required,
        optional_for_import: attribute.mode != Mode::Required,
        description: attribute.description.clone().into_owned(),
    });
    wire::ResourceIdentitySchema { version: 0, identity_attributes: attributes.collect() }
}
