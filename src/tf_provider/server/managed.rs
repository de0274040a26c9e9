//! What surrounds a resource's own handlers: Terraform's rules about state, kept once for all resources.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::run::run;
use super::state;
use crate::tf_provider::addresses::{Addresses, Intent};
use crate::tf_provider::context::{Context, PLANNED, PartialState, Private};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::IdentitySchema;
use crate::tf_provider::outage::{Met, Outage};
use crate::tf_provider::permission::Permission;
use crate::tf_provider::plan::{self, Plan};
use crate::tf_provider::provider::{Client, Doing, Permit, Permitted};
use crate::tf_provider::resource::{Change, Objects, Resource};
use crate::tf_provider::schema::{Schema, TIMEOUTS, check::parse_duration};
use crate::tf_provider::validate::validate_changes;
use crate::tf_provider::value::Value;

/// A resource type, ready to be served.
pub(super) struct Managed<C> {
    pub(super) resource: Box<dyn Resource<C>>,
    pub(super) schema: Schema,
    pub(super) identity: Option<IdentitySchema>,
}

/// The client and the interrupt that an operation runs with.
pub(super) struct Call<C> {
    pub(super) client: Arc<C>,
    pub(super) cancel: CancellationToken,
    pub(super) private: Private,
    pub(super) addresses: Arc<Addresses>,
    pub(super) outage: Arc<Outage>,
}

impl<C: Client> Call<C> {
    /// Whether the operation may be tried.
    pub(super) async fn permit(&self, type_name: &str, doing: Doing, needs: &[Permission]) -> Permitted {
        match self.outage.stops(doing) {
            Some(failure) => Permitted::AlreadyReported(failure),
            None => self.client.permit(Permit { type_name, doing, needs, cancel: &self.cancel }).await,
        }
    }

    /// The outcome, reported in full only if it is not what the whole run has met already.
    pub(super) fn reported_once<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| match self.outage.met(failure) {
            Met::New(failure) | Met::Again(failure) => failure,
        })
    }

    /// The same, where nothing need be reported again: the run has failed, and the object is what it was.
    fn silent_again<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| match self.outage.met(failure) {
            Met::New(failure) => failure,
            Met::Again(_) => Failure::default(),
        })
    }

    pub(super) fn context(
        &self,
        type_name: &'static str,
        limit: Duration,
        notes: &Arc<PartialState>,
    ) -> Context<C> {
        let addresses = self.addresses.clone();
        Context::new(self.client.clone(), self.cancel.clone(), limit, notes.clone(), addresses, type_name)
    }
}

/// How an operation ended: the state to store, what to store beside it, and what to say.
pub(super) struct Ended<T> {
    pub(super) result: T,
    pub(super) private: Private,
    pub(super) diagnostics: Diagnostics,
}

impl<T> Ended<T> {
    /// Nothing was done.
    fn refused(result: T, private: Private, failure: Option<Failure>) -> Self {
        let diagnostics = failure.map(Failure::into_diagnostics).unwrap_or_default();
        Self { result, private, diagnostics }
    }
}

impl<C: Client> Managed<C> {
    pub(super) fn new(resource: Box<dyn Resource<C>>) -> Self {
        let schema = resource.schema();
        let identity = resource.identity().map(|identity| IdentitySchema::new(identity, &schema));
        Self { resource, schema, identity }
    }

    /// Plans a change: the schema's part is pure, the resource has the last word.
    pub(super) async fn plan(&self, call: Call<C>, prior: Value, config: Value) -> Ended<Plan> {
        let mut plan = plan::plan(&self.schema, prior, config);
        let mut problems = validate_changes(&self.schema, &plan.prior, &plan.config);
        let permitted = match (call.outage.stops(Doing::PlanChange), self.changes_anything(&plan)) {
            (Some(failure), _) => Permitted::AlreadyReported(failure),
            (None, true) => self.permit(&call, Doing::PlanChange).await,
            (None, false) => Permitted::Yes,
        };
        // A run that has failed already, and said so, plans on: hundreds of the same would hide what else there is to know. But
        // the resource's own say is about what can be asked of the tenant.
        let is_permitted = matches!(permitted, Permitted::Yes);
        problems.extend(self.foreign(&call).map(Failure::into_diagnostics).unwrap_or_default());
        if let Permitted::No(failure) = permitted {
            problems.extend(failure.into_diagnostics());
        }
        if is_permitted && let Err(failure) = self.enter(&call, &plan) {
            problems.extend(failure.into_diagnostics());
        }
        if !is_permitted || problems.has_errors() {
            return Ended { result: plan, private: call.private, diagnostics: problems };
        }
        let replaced = replaced(&call.private).map(str::to_owned);
        let notes = PartialState::with_private(call.private.clone());
        let limit = self.limit("read", &plan.prior);
        let cx = call.context(self.resource.name(), limit, &notes);
        let work = self.resource.plan(&cx, &mut plan);
        let outcome = run(&self.operation("plan"), limit, &call.cancel, work).await;
        let outcome = call.silent_again(outcome);
        let outcome = outcome.and_then(|()| self.enter_adopted(&call.addresses, &plan, replaced.as_deref()));
        let prior = text(&plan.prior, ID).map(str::to_owned);
        let mut ended = end(&notes, outcome, |_| plan);
        if let Some(id) = prior {
            ended.private.insert(PLANNED.to_owned(), id.into());
        }
        problems.extend(ended.diagnostics);
        Ended { diagnostics: problems, ..ended }
    }

    fn changes_anything(&self, plan: &Plan) -> bool {
        self.resource.changes_anything(&plan.prior, &plan.planned)
    }

    /// Enters the plan among those of this run. The second call for what is replaced belongs to the first.
    fn enter(&self, call: &Call<C>, plan: &Plan) -> Result<(), Failure> {
        let is_replacement = plan.prior.is_null() && replaced(&call.private).is_some();
        let is_kept_as_it_is = plan.is_destroy() && !self.changes_anything(plan);
        if is_replacement || is_kept_as_it_is {
            return Ok(());
        }
        let intent = |is_left| if is_left { Intent::Destroy } else { Intent::Keep };
        if self.resource.is_singleton() {
            return call.addresses.plan(self.resource.name(), None, intent(plan.is_destroy()));
        }
        let before = self.objects(&plan.prior);
        // What the plan does not know yet, it does not let go of.
        let after = match plan.is_destroy() {
            true => Some(BTreeSet::new()),
            false => self.resource.objects(&plan.planned).map(|after| BTreeSet::from_iter(after.ids)),
        };
        before.ids.iter().try_for_each(|id| {
            let is_left = after.as_ref().is_some_and(|after| !after.contains(id));
            call.addresses.plan(before.type_name, Some(id), intent(is_left))
        })
    }

    /// Enters what the plan would take over. Whatever replaces objects may take over those very objects.
    fn enter_adopted(
        &self,
        addresses: &Addresses,
        plan: &Plan,
        replaced: Option<&str>,
    ) -> Result<(), Failure> {
        let type_name = self.objects(&Value::Null).type_name;
        let holds_several = type_name != self.resource.name();
        let is_replaced = |id: &str| replaced.is_some_and(|replaced| holds_several || replaced == id);
        let mut adopted = plan.adopts.iter().filter(|id| !is_replaced(id));
        adopted.try_for_each(|id| addresses.plan(type_name, Some(id), Intent::Keep))
    }

    /// The objects in a state that is known.
    fn objects(&self, state: &Value) -> Objects {
        let none = Objects { type_name: self.resource.name(), ids: Vec::new() };
        self.resource.objects(state).unwrap_or(none)
    }

    /// Creates, updates or deletes: whichever the change is.
    pub(super) async fn apply(&self, mut call: Call<C>, change: Change) -> Ended<Value> {
        call.private.remove(PLANNED);
        if let Some(failure) = self.foreign(&call) {
            return Ended::refused(change.prior, call.private, Some(failure));
        }
        if self.resource.changes_anything(&change.prior, &change.planned)
            && let Permitted::No(failure) | Permitted::AlreadyReported(failure) =
                self.permit(&call, Doing::Change).await
        {
            return Ended::refused(change.prior, call.private, Some(failure));
        }
        if change.planned.is_null() {
            self.delete(call, change.prior).await
        } else if change.prior.is_null() {
            self.create(call, change).await
        } else if plan::is_same_object(&change.prior, &change.planned) {
            Ended { result: change.planned, private: call.private, diagnostics: Diagnostics::default() }
        } else {
            self.update(call, change).await
        }
    }

    async fn create(&self, call: Call<C>, change: Change) -> Ended<Value> {
        let notes = PartialState::with_private(remembering(&call));
        let limit = self.limit("create", &change.planned);
        let cx = call.context(self.resource.name(), limit, &notes);
        let addresses = &call.addresses;
        let work = async {
            let created = self.resource.create(&cx, &change).await?;
            self.made(addresses, &change.prior, &created);
            notes.keep(created.clone());
            self.resource.settle(&cx, &change, created).await
        };
        let outcome = run(&self.operation("create"), limit, &call.cancel, work).await;
        let outcome = call.reported_once(outcome);
        let ended = self.stored(&notes, outcome, &change);
        self.made(addresses, &change.prior, &ended.result);
        ended
    }

    /// Enters the objects that a state holds and did not hold before.
    fn made(&self, addresses: &Addresses, prior: &Value, state: &Value) {
        let before = BTreeSet::from_iter(self.objects(prior).ids);
        let after = self.objects(state);
        let new = after.ids.iter().filter(|id| !before.contains(*id));
        new.for_each(|id| addresses.made(after.type_name, id));
    }

    /// Those of a state's objects that another address has made or taken over in this run.
    fn made_elsewhere(&self, addresses: &Addresses, state: &Value) -> BTreeSet<String> {
        let Objects { type_name, ids } = self.objects(state);
        ids.into_iter().filter(|id| addresses.is_made(type_name, id)).collect()
    }

    async fn update(&self, call: Call<C>, change: Change) -> Ended<Value> {
        let notes = PartialState::with_private(call.private.clone());
        let limit = self.limit("update", &change.planned);
        let cx = call.context(self.resource.name(), limit, &notes);
        let outcome =
            run(&self.operation("update"), limit, &call.cancel, self.resource.update(&cx, &change)).await;
        let outcome = call.reported_once(outcome);
        let ended = self.stored(&notes, outcome, &change);
        self.made(&call.addresses, &change.prior, &ended.result);
        ended
    }

    async fn delete(&self, call: Call<C>, prior: Value) -> Ended<Value> {
        let notes = PartialState::with_private(call.private.clone());
        let limit = self.limit("delete", &prior);
        let spared = self.made_elsewhere(&call.addresses, &prior);
        if let Some(id) = text(&prior, ID)
            && !spared.is_empty()
            && spared.len() == self.objects(&prior).ids.len()
        {
            return self.released(&notes, id);
        }
        let cx = call.context(self.resource.name(), limit, &notes);
        let work = self.resource.delete(&cx, prior.clone());
        let outcome = run(&self.operation("delete"), limit, &call.cancel, work).await;
        let outcome = call.reported_once(outcome);
        let left = match notes.kept() {
            Some(kept) => state::shaped(&self.schema, kept, &prior).unknown_to_null(),
            None => prior,
        };
        end(&notes, outcome, |deleted| if deleted.is_some() { Value::Null } else { left })
    }

    /// Ends the management at one address of what is managed at another one from now on.
    fn released(&self, notes: &PartialState, id: &str) -> Ended<Value> {
        let mut diagnostics = Diagnostics::default();
        diagnostics.warning(
            "Kept, because another resource manages it now",
            format!(
                "`{}` with the id `{id}` was to be destroyed, but another resource of this run has just made it or taken it \
                 over. It was left as it is, and only its old address is gone. For the next time: a `moved` block tells \
                 Terraform of a new address.",
                self.resource.name()
            ),
        );
        Ended { result: Value::Null, private: notes.private(), diagnostics }
    }

    /// Reads the object. Spelling the user chose stays until there is real drift.
    pub(super) async fn read(&self, call: Call<C>, state: Value) -> Ended<Value> {
        if let Some(failure) = self.foreign(&call) {
            return Ended::refused(state, call.private, Some(failure));
        }
        match self.permit(&call, Doing::Read).await {
            Permitted::Yes => {}
            Permitted::No(failure) => return Ended::refused(state, call.private, Some(failure)),
            Permitted::AlreadyReported(_) => return Ended::refused(state, call.private, None),
        }
        let notes = PartialState::with_private(remembering(&call));
        let limit = self.limit("read", &state);
        let cx = call.context(self.resource.name(), limit, &notes);
        let work = self.resource.read(&cx, state.clone());
        let outcome = run(&self.operation("read"), limit, &call.cancel, work).await;
        let outcome = call.silent_again(outcome);
        let outcome = outcome.and_then(|found| {
            let Some(found) = found else {
                return Ok(Value::Null);
            };
            let found = state::shaped(&self.schema, self.object(found)?, &state);
            let undecided = self.undecided(&found);
            if undecided.has_errors() {
                return Err(undecided.into());
            }
            // After an import nothing is known of the user's spelling yet.
            Ok(match cx.is_import() {
                true => found,
                false => plan::keep_spelling(&self.schema, &state, found),
            })
        });
        end(&notes, outcome, |read| read.unwrap_or(state))
    }

    /// Finds the object that an import id names.
    pub(super) async fn import(&self, call: Call<C>, id: &str) -> Ended<Option<Value>> {
        if let Permitted::No(failure) | Permitted::AlreadyReported(failure) =
            self.permit(&call, Doing::Read).await
        {
            return Ended::refused(None, call.private, Some(failure));
        }
        let notes = PartialState::with_private(call.private.clone());
        let limit = self.limit("read", &Value::Null);
        let cx = call.context(self.resource.name(), limit, &notes);
        let outcome =
            run(&self.operation("import"), limit, &call.cancel, self.resource.import(&cx, id)).await;
        let outcome = call.reported_once(outcome);
        notes.mark_as_imported();
        end(&notes, outcome, |found| found.map(|state| state::shaped(&self.schema, state, &Value::Null)))
    }

    /// Why the object is not to be touched: it is in another tenant than the one that is signed in to.
    fn foreign(&self, call: &Call<C>) -> Option<Failure> {
        let (own, stored) = (call.client.tenant()?, call.private.get(TENANT)?.as_str()?);
        (!own.eq_ignore_ascii_case(stored)).then(|| {
            Failure::new(
                "The object belongs to another tenant",
                format!(
                    "The state holds a `{}` of the tenant `{stored}`, and the provider is signed in to the tenant `{own}`. Nothing \
                     was read or changed: there, the object would be taken for gone. Sign in to `{stored}`; or, if this \
                     configuration is to be applied to `{own}`, use a state of its own for it (another backend key or workspace).",
                    self.resource.name()
                ),
            )
        })
    }

    async fn permit(&self, call: &Call<C>, doing: Doing) -> Permitted {
        call.permit(self.resource.name(), doing, &self.resource.permissions()).await
    }

    /// The state to store after create or update: what the resource answered if it did as planned, otherwise what it
    /// left behind, or what was before. Whatever exists is stored, even if its state is misshapen.
    fn stored(&self, notes: &PartialState, outcome: Result<Value, Failure>, change: &Change) -> Ended<Value> {
        let outcome = outcome.and_then(|state| self.object(state));
        let mut ended = end(notes, outcome, |state| state);
        let succeeded = ended.result.is_some();
        let Some(state) = ended.result.or_else(|| notes.kept()) else {
            return Ended {
                result: change.prior.clone(),
                private: ended.private,
                diagnostics: ended.diagnostics,
            };
        };
        let mut state = state::shaped(&self.schema, state, &change.planned);
        if let Err(problem) = state.conform(&self.schema.ty()) {
            let bug = Failure::bug(format!(
                "`{}` answered what does not fit its schema: {problem}",
                self.resource.name()
            ));
            ended.diagnostics.extend(bug.into_diagnostics());
            state = state::recovered(&state, &self.schema.ty());
        } else if succeeded {
            state = plan::keep_spelling(&self.schema, &change.planned, state);
            state = plan::keep_promises(&self.schema, &change.planned, state);
            ended.diagnostics.extend(self.undecided(&state));
        }
        Ended { result: state.unknown_to_null(), private: ended.private, diagnostics: ended.diagnostics }
    }

    /// An answer that says there is an object must hold one.
    fn object(&self, state: Value) -> Result<Value, Failure> {
        match state {
            Value::Object(_) => Ok(state),
            other => Err(Failure::bug(format!(
                "`{}` answered {} for an object that exists",
                self.resource.name(),
                other.kind()
            ))),
        }
    }

    /// Everything a state leaves open, which is our mistake.
    fn undecided(&self, state: &Value) -> Diagnostics {
        let mut problems = Diagnostics::default();
        state.walk(|path, value| {
            if value.is_unknown() {
                let bug = format!("`{}` left `{path}` undecided", self.resource.name());
                problems.extend(Failure::bug(bug).into_diagnostics());
            }
        });
        problems
    }

    fn limit(&self, operation: &str, object: &Value) -> Duration {
        limit(&self.schema, operation, object)
    }

    fn operation(&self, name: &str) -> String {
        format!("{name} of `{}`", self.resource.name())
    }
}

/// The deadline of an operation: the user's, else the schema's, else the general one.
pub(super) fn limit(schema: &Schema, operation: &str, object: &Value) -> Duration {
    let written = object.get(TIMEOUTS).get(operation);
    let written = written.as_str().and_then(|text| parse_duration(text).ok());
    let mut defaults = schema.timeouts.unwrap_or_default().named().into_iter();
    let default = defaults.find(|(name, _)| *name == operation).map(|(_, limit)| limit);
    written.or(default).unwrap_or_default()
}

/// What is stored beside the state, and whose object it is.
fn remembering<C: Client>(call: &Call<C>) -> Private {
    let mut private = call.private.clone();
    if let Some(tenant) = call.client.tenant() {
        private.insert(TENANT.to_owned(), tenant.into());
    }
    private
}

/// The object that a planned creation replaces.
fn replaced(private: &Private) -> Option<&str> {
    private.get(PLANNED)?.as_str()
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).as_str().filter(|text| !text.is_empty())
}

/// The attribute that identifies an object.
const ID: &str = "id";
/// Key, beside the state, of the tenant whose object it is.
const TENANT: &str = ".tenant";

/// Gathers what a handler left behind. The result is made from the handler's answer, or from nothing if it failed.
fn end<T, R>(
    notes: &PartialState,
    outcome: Result<T, Failure>,
    result: impl FnOnce(Option<T>) -> R,
) -> Ended<R> {
    let mut diagnostics = notes.warnings();
    let answer = match outcome {
        Ok(answer) => Some(answer),
        Err(failure) => {
            diagnostics.extend(failure.into_diagnostics());
            None
        }
    };
    Ended { result: result(answer), private: notes.private(), diagnostics }
}
