//! What surrounds an author's list: what must hold before anything is asked, and for how long.

use std::time::Duration;

use super::managed::Call;
use super::run::run;
use crate::tf_provider::context::{PartialState, Private};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::list_resource::{ListResource, Query, Results};
use crate::tf_provider::provider::{Client, Doing, Permit, Permitted};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::validate::validate_changes;
use crate::tf_provider::value::Value;

/// A list resource, ready to be served.
pub(super) struct List<C> {
    pub(super) list: Box<dyn ListResource<C>>,
    pub(super) schema: Schema,
}

impl<C: Client> List<C> {
    pub(super) fn new(list: Box<dyn ListResource<C>>) -> Self {
        let schema = list.schema();
        Self { list, schema }
    }

    /// Lists, and says what there is to say.
    pub(super) async fn run(&self, call: Call<C>, query: Query, mut results: Results) -> Diagnostics {
        let problems = validate_changes(&self.schema, &Value::Null, &query.config);
        if problems.has_errors() {
            return problems;
        }
        let (needs, type_name) = (self.list.permissions(), self.list.name());
        let request = Permit { type_name, doing: Doing::Read, needs: &needs, cancel: &call.cancel };
        if let Permitted::No(failure) | Permitted::AlreadyReported(failure) =
            call.client.permit(request).await
        {
            return failure.into_diagnostics();
        }
        let notes = PartialState::with_private(Private::new());
        let cx = call.context(type_name, PATIENCE, &notes);
        let work = self.list.list(&cx, &query, &mut results);
        let outcome = run(&format!("list of `{type_name}`"), PATIENCE, &call.cancel, work).await;
        let mut said = notes.warnings();
        // Whoever does not listen any more has cancelled it.
        if let Err(failure) = outcome {
            said.extend(failure.into_diagnostics());
        }
        said
    }
}

/// How long a list may take. Whoever waits for it sees it grow, and can interrupt it.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
