//! State that was stored by another version, or by another provider, brought to the current shape. Nobody is configured yet
//! then, and nobody asked.

use super::managed::Managed;
use super::state;
use crate::tf_provider::context::{PartialState, Private};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::provider::Client;
use crate::tf_provider::value::{Type, Value, json};

impl<C: Client> Managed<C> {
    /// Brings stored state, of this or an older version, to the current shape.
    pub(super) fn upgrade(&self, version: i64, stored: &[u8]) -> Result<Value, Failure> {
        let current = i64::from(self.schema.version);
        let refused = |problem: String| {
            Failure::new(
                "State cannot be read",
                format!(
                    "The stored state of `{}` cannot be brought to the current shape: {problem}. Restore the \
                         state from a backup, or remove the resource from the state and import it again.",
                    self.resource.name()
                ),
            )
        };
        // A state that says nothing would lose the object.
        let kept = |state: Value| match state {
            Value::Object(_) => Ok(state::shaped(&self.schema, state.clone(), &state)),
            other => Err(refused(format!("it is {}", other.kind()))),
        };
        let decode = |ty: &Type| {
            json::decode(stored, ty, json::Surplus::Ignore).map_err(|problem| refused(problem.to_string()))
        };
        if version == current {
            return kept(decode(&self.schema.ty())?);
        }
        let mut steps = self.resource.upgrades().into_iter();
        let Some(step) = steps.find(|step| i64::from(step.from) == version) else {
            return Err(refused(format!(
                "it has version {version}, and there is no step from there to {current}"
            )));
        };
        kept((step.upgrade)(decode(&step.ty)?).map_err(refused)?)
    }

    /// Takes over state of another type. `provider` is the source's address, with or without a registry.
    /// The read that follows learns that it is the first.
    pub(super) fn take_over(
        &self,
        provider: &str,
        type_name: &str,
        stored: &[u8],
    ) -> Result<(Value, Private), Failure> {
        let refused = |problem: String| {
            Failure::new(
                "Move not supported",
                format!(
                    "State of `{type_name}` ({provider}) cannot be moved to `{}`: {problem}.",
                    self.resource.name()
                ),
            )
        };
        let moves = self.resource.moves();
        let source = moves.iter().find(|source| {
            source.type_name == type_name
                && (provider == source.provider || provider.ends_with(&format!("/{}", source.provider)))
        });
        let Some(source) = source else {
            let known: Vec<String> =
                moves.iter().map(|m| format!("`{}` ({})", m.type_name, m.provider)).collect();
            let known = if known.is_empty() {
                "nothing can be moved to it".to_owned()
            } else {
                format!("only {} can", known.join(", "))
            };
            return Err(refused(format!("{known}; use `terraform state rm` and an `import` block instead")));
        };
        let stored = serde_json::from_slice(stored).map_err(|e| refused(e.to_string()))?;
        match (source.convert)(&stored).map_err(refused)? {
            state @ Value::Object(_) => {
                let notes = PartialState::default();
                notes.mark_as_imported();
                Ok((state::shaped(&self.schema, state.clone(), &state), notes.private()))
            }
            other => Err(refused(format!("what became of it is {}", other.kind()))),
        }
    }
}
