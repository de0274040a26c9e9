//! What surrounds a resource's own handlers: Terraform's rules about state, kept once for all resources.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::run::run;
use crate::tf_provider::context::{Context, Notes, Private};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::{self, Plan};
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{Schema, TIMEOUTS, Timeouts, check::parse_duration};
use crate::tf_provider::value::{Value, json};

/// A resource type, ready to be served.
pub(super) struct Managed<C> {
    pub(super) resource: Box<dyn Resource<C>>,
    pub(super) schema: Schema,
}

/// The client and the interrupt that an operation runs with.
pub(super) struct Call<C> {
    pub(super) client: Arc<C>,
    pub(super) cancel: CancellationToken,
    pub(super) private: Private,
}

/// How an operation ended: the state to store, what to store beside it, and what to say.
pub(super) struct Ended<T> {
    pub(super) result: T,
    pub(super) private: Private,
    pub(super) diagnostics: Diagnostics,
}

impl<C: Send + Sync> Managed<C> {
    pub(super) fn new(resource: Box<dyn Resource<C>>) -> Self {
        let schema = resource.schema();
        Self { resource, schema }
    }

    /// Plans a change: the schema's part is pure, the resource has the last word.
    pub(super) async fn plan(
        &self,
        call: Call<C>,
        prior: Value,
        config: Value,
        proposed: Value,
    ) -> Ended<Plan> {
        let mut plan = plan::plan(&self.schema, prior, config, proposed);
        let notes = Notes::with_private(call.private);
        let limit = self.limit("read", &plan.prior);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let work = self.resource.plan(&cx, &mut plan);
        let outcome = run(&self.operation("plan"), limit, &call.cancel, work).await;
        end(&notes, outcome, |_| plan)
    }

    /// Creates, updates or deletes: whichever the change is.
    pub(super) async fn apply(&self, call: Call<C>, change: Change) -> Ended<Value> {
        if change.planned.is_null() {
            self.delete(call, change.prior).await
        } else if change.prior.is_null() {
            self.create(call, change).await
        } else {
            self.update(call, change).await
        }
    }

    async fn create(&self, call: Call<C>, change: Change) -> Ended<Value> {
        let notes = Notes::with_private(call.private);
        let limit = self.limit("create", &change.planned);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let work = async {
            let created = self.resource.create(&cx, &change).await?;
            notes.keep(created.clone());
            self.resource.settle(&cx, &change, created).await
        };
        let outcome = run(&self.operation("create"), limit, &call.cancel, work).await;
        self.stored(&notes, outcome, &change, Value::Null)
    }

    async fn update(&self, call: Call<C>, change: Change) -> Ended<Value> {
        let notes = Notes::with_private(call.private);
        let limit = self.limit("update", &change.planned);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let outcome = run(
            &self.operation("update"),
            limit,
            &call.cancel,
            self.resource.update(&cx, &change),
        )
        .await;
        let prior = change.prior.clone();
        self.stored(&notes, outcome, &change, prior)
    }

    async fn delete(&self, call: Call<C>, prior: Value) -> Ended<Value> {
        let notes = Notes::with_private(call.private);
        let limit = self.limit("delete", &prior);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let work = self.resource.delete(&cx, prior.clone());
        let outcome = run(&self.operation("delete"), limit, &call.cancel, work).await;
        let kept = notes.kept().unwrap_or(prior);
        end(&notes, outcome, |deleted| {
            if deleted.is_some() { Value::Null } else { kept }
        })
    }

    /// Reads the object. Spelling the user chose stays until there is real drift.
    pub(super) async fn read(&self, call: Call<C>, state: Value) -> Ended<Value> {
        let notes = Notes::with_private(call.private);
        let limit = self.limit("read", &state);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let work = self.resource.read(&cx, state.clone());
        let outcome = run(&self.operation("read"), limit, &call.cancel, work).await;
        end(&notes, outcome, |found| match found {
            None => state,
            Some(None) => Value::Null,
            Some(Some(found)) => plan::keep_spelling(&self.schema, &state, self.conform(found, &state)),
        })
    }

    /// Finds the object that an import id names.
    pub(super) async fn import(&self, call: Call<C>, id: &str) -> Ended<Option<Value>> {
        let notes = Notes::with_private(call.private);
        let limit = self.limit("read", &Value::Null);
        let cx = Context::new(call.client, call.cancel.clone(), limit, notes.clone());
        let outcome = run(
            &self.operation("import"),
            limit,
            &call.cancel,
            self.resource.import(&cx, id),
        )
        .await;
        notes.mark_as_imported();
        end(&notes, outcome, |found| {
            found.map(|state| self.conform(state, &Value::Null))
        })
    }

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
        if version == current {
            let state = json::decode(stored, &self.schema.ty(), json::Surplus::Ignore);
            return state
                .map(|state| self.conform(state, &Value::Null))
                .map_err(|e| refused(e.to_string()));
        }
        let step = self
            .resource
            .upgrades()
            .into_iter()
            .find(|step| i64::from(step.from) == version);
        let Some(step) = step else {
            return Err(refused(format!(
                "it has version {version}, and there is no step from there to {current}"
            )));
        };
        let old =
            json::decode(stored, &step.ty, json::Surplus::Ignore).map_err(|e| refused(e.to_string()))?;
        (step.upgrade)(old)
            .map(|state| self.conform(state, &Value::Null))
            .map_err(refused)
    }

    /// Takes over state of another type. `provider` is the source's address, with or without a registry.
    pub(super) fn take_over(&self, provider: &str, type_name: &str, stored: &[u8]) -> Result<Value, Failure> {
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
            let known: Vec<String> = moves
                .iter()
                .map(|m| format!("`{}` ({})", m.type_name, m.provider))
                .collect();
            let known = if known.is_empty() {
                "nothing can be moved to it".to_owned()
            } else {
                format!("only {} can", known.join(", "))
            };
            return Err(refused(format!(
                "{known}; use `terraform state rm` and an `import` block instead"
            )));
        };
        let stored = serde_json::from_slice(stored).map_err(|e| refused(e.to_string()))?;
        (source.convert)(&stored)
            .map(|state| self.conform(state, &Value::Null))
            .map_err(refused)
    }

    /// What of a state a person would write as configuration: no results, no write-only or deprecated arguments, nothing
    /// that says what the default says.
    pub(super) fn configuration(&self, state: &Value) -> Value {
        let Value::Object(fields) = state else {
            return Value::Null;
        };
        let written = fields.iter().map(|(name, value)| {
            let worth_writing = self.schema.attribute(name).is_some_and(|a| {
                a.is_configurable()
                    && !a.write_only
                    && a.deprecated.is_none()
                    && a.default.as_ref() != Some(value)
            });
            (
                name.clone(),
                if worth_writing { value.clone() } else { Value::Null },
            )
        });
        Value::Object(written.collect())
    }

    /// The state to store after create or update.
    fn stored(
        &self,
        notes: &Notes,
        outcome: Result<Value, Failure>,
        change: &Change,
        otherwise: Value,
    ) -> Ended<Value> {
        let kept = notes.kept().unwrap_or(otherwise);
        let mut ended = end(notes, outcome, |state| state.ok_or(kept));
        let (state, succeeded) = match ended.result {
            Ok(state) => (state, true),
            Err(kept) => (kept, false),
        };
        let mut state = self.conform(state, &change.planned);
        if succeeded {
            state = plan::keep_spelling(&self.schema, &change.planned, state);
            state.walk(|path, value| {
                if value.is_unknown() {
                    let bug = format!("`{}` left `{path}` undecided", self.resource.name());
                    ended.diagnostics.extend(Failure::bug(bug).into_diagnostics());
                }
            });
        }
        Ended {
            result: state.unknown_to_null(),
            private: ended.private,
            diagnostics: ended.diagnostics,
        }
    }

    /// Gives a state the exact shape of the schema: what is missing is null, what is write-only is null, and the
    /// deadlines are those of `source`.
    fn conform(&self, state: Value, source: &Value) -> Value {
        let Value::Object(mut fields) = state else {
            return state;
        };
        for attribute in &self.schema.attributes {
            let value = fields.entry(attribute.name.to_owned()).or_insert(Value::Null);
            if attribute.write_only {
                *value = Value::Null;
            }
        }
        for block in self.schema.all_blocks() {
            if block.name == TIMEOUTS {
                fields.insert(TIMEOUTS.to_owned(), source.get(TIMEOUTS).clone());
            } else {
                fields
                    .entry(block.name.to_owned())
                    .or_insert_with(|| block.empty());
            }
        }
        Value::Object(fields)
    }

    /// The deadline of an operation: the user's, else the resource's, else the general one.
    fn limit(&self, operation: &str, object: &Value) -> Duration {
        let written = object
            .get(TIMEOUTS)
            .get(operation)
            .as_str()
            .and_then(|text| parse_duration(text).ok());
        let defaults = self.schema.timeouts.unwrap_or_else(Timeouts::default).named();
        let default = defaults
            .iter()
            .find(|(name, _)| *name == operation)
            .map(|(_, limit)| *limit);
        written.or(default).unwrap_or_default()
    }

    fn operation(&self, name: &str) -> String {
        format!("{name} of `{}`", self.resource.name())
    }
}

/// Gathers what a handler left behind. The result is made from the handler's answer, or from nothing if it failed.
fn end<T, R>(notes: &Notes, outcome: Result<T, Failure>, result: impl FnOnce(Option<T>) -> R) -> Ended<R> {
    let mut diagnostics = notes.warnings();
    let answer = match outcome {
        Ok(answer) => Some(answer),
        Err(failure) => {
            diagnostics.extend(failure.into_diagnostics());
            None
        }
    };
    Ended {
        result: result(answer),
        private: notes.private(),
        diagnostics,
    }
}
