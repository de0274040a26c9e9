//! Puts back what a backup holds.

use std::sync::Arc;
use std::time::Duration;

use super::backup::Backup;
use super::resources;
use super::tenant::{Cx, Tenant};
use crate::tf_provider::context::{Context, PartialState};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{Attribute, AttributeKind, Schema};
use crate::tf_provider::value::Value;

/// A backup compared with what the tenant has now.
pub struct Restore {
    resource: Box<dyn Resource<Tenant>>,
    schema: Schema,
    cx: Cx,
    notes: Arc<PartialState>,
    change: Change,
}

impl Restore {
    /// Looks at what the tenant has where the backup was taken.
    ///
    /// # Errors
    /// The backup is of another tenant or of an unknown type, what it was taken of is gone, or Graph cannot be asked.
    pub async fn begin(tenant: Tenant, backup: &Backup) -> Result<Self, Failure> {
        if let (Some(own), Some(other)) = (tenant.id(), &backup.tenant_id)
            && !own.eq_ignore_ascii_case(other)
        {
            return Err(Failure::new(
                "The backup belongs to another tenant",
                format!(
                    "It was taken in the tenant `{other}`, and the sign-in is to the tenant `{own}`. Sign in to `{other}`."
                ),
            ));
        }
        let resource = resources::all().into_iter().find(|one| one.name() == backup.type_name);
        let resource = resource.ok_or_else(|| {
            Failure::new(
                "The backup is of an unknown type",
                format!(
                    "This version has no resource `{}`. Use the version that wrote the backup.",
                    backup.type_name
                ),
            )
        })?;
        let schema = resource.schema();
        let former = backup.value(&schema)?;
        let notes = Arc::default();
        let cx = Context::alone(Arc::new(tenant), LIMIT, Arc::clone(&notes), resource.name());
        let Some(now) = resource.read(&cx, former.clone()).await? else {
            return Err(Failure::new(
                "There is nothing left to restore",
                format!(
                    "What the backup was taken of is gone from the tenant. The backup's `former` shows what it was; write it as \
                     a configuration of `{}` and apply that.",
                    backup.type_name
                ),
            ));
        };
        let change = Change { prior: now, planned: former.clone(), config: former };
        Ok(Self { resource, schema, cx, notes, change })
    }

    /// What will change, a line for each attribute; nothing if everything is as it was.
    pub fn differences(&self) -> Vec<String> {
        let Change { prior, planned, .. } = &self.change;
        let mut lines = Vec::new();
        // A backup of a setting holds the parts that were written over, and no others.
        let is_kept = |then: &Value| !(self.resource.is_singleton() && then.is_null());
        let kept = self.schema.attributes.iter().filter(|one| is_kept(planned.get(one.name)));
        differences(kept, "", (prior, planned), &mut lines);
        lines
    }

    /// Writes it, waits until a read shows it, and returns what there is to know besides.
    ///
    /// # Errors
    /// Graph refuses, or cannot be asked. What was written by then stays.
    pub async fn carry_out(&self) -> Result<Diagnostics, Failure> {
        self.resource.update(&self.cx, &self.change).await?;
        Ok(self.notes.warnings())
    }
}

/// What of an object can be written and differs, each with its place; of a map, element by element.
fn differences<'a>(
    attributes: impl IntoIterator<Item = &'a Attribute>,
    place: &str,
    (now, then): (&Value, &Value),
    lines: &mut Vec<String>,
) {
    for attribute in attributes.into_iter().filter(|attribute| attribute.is_configurable()) {
        let name = attribute.name;
        let (now, then) = (now.get(name), then.get(name));
        if let (AttributeKind::Map(_), Some(nested)) = (&attribute.kind, attribute.kind.nested()) {
            for (key, then) in then.entries() {
                differences(nested, &format!("{place}{name}[{key:?}]."), (now.get(key), then), lines);
            }
        } else if !attribute.same(now, then) {
            lines.push(format!("{place}{name}: {} becomes {}", now.reveal(), then.reveal()));
        }
    }
}

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);
