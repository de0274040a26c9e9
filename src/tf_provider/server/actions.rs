//! Actions: planned like a change, carried out with progress, remembered by no state.

use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::Instrument as _;

use super::convert;
use super::managed::{Call, limit};
use super::run::run;
use crate::tf_provider::action::{Action, Progress};
use crate::tf_provider::context::{PartialState, Private};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::protocol::tfplugin6::{self as wire, invoke_action};
use crate::tf_provider::provider::{Client, Doing, Permitted};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::validate::{validate, validate_changes};
use crate::tf_provider::value::Value;

/// An action, ready to be served.
pub(super) struct Acting<C> {
    action: Box<dyn Action<C>>,
    pub(super) schema: Schema,
}

impl<C: Client> Acting<C> {
    pub(super) fn new(action: Box<dyn Action<C>>) -> Self {
        Self { schema: action.schema(), action }
    }

    pub(super) fn wire_schema(&self) -> wire::ActionSchema {
        wire::ActionSchema { schema: Some(convert::schema(&self.schema)) }
    }

    /// What is wrong with a configuration, before anybody is asked.
    pub(super) fn validate(&self, config: &Value) -> Diagnostics {
        let mut problems = validate(&self.schema, config);
        problems.extend(self.action.validate(config));
        problems
    }

    /// Whether the account may do it later on. What it is done to may not exist yet, so it is not looked at.
    pub(super) async fn plan(&self, call: Call<C>, config: &Value) -> Diagnostics {
        let problems = validate_changes(&self.schema, &Value::Null, config);
        if problems.has_errors() {
            return problems;
        }
        match self.permit(&call, Doing::PlanChange).await {
            Some(failure) => failure.into_diagnostics(),
            None => problems,
        }
    }

    /// Does it, once.
    pub(super) async fn invoke(&self, call: Call<C>, config: &Value, progress: &Progress) -> Diagnostics {
        let mut problems = validate_changes(&self.schema, &Value::Null, config);
        if problems.has_errors() {
            return problems;
        }
        if let Some(failure) = self.permit(&call, Doing::Change).await {
            return failure.into_diagnostics();
        }
        let notes = PartialState::with_private(Private::new());
        let limit = limit(&self.schema, "update", config);
        let cx = call.context(self.action.name(), limit, &notes);
        let operation = format!("action `{}`", self.action.name());
        let outcome = run(&operation, limit, &call.cancel, self.action.invoke(&cx, config, progress)).await;
        problems.extend(notes.warnings());
        if let Err(failure) = outcome {
            problems.extend(failure.into_diagnostics());
        }
        problems
    }

    async fn permit(&self, call: &Call<C>, doing: Doing) -> Option<Failure> {
        match call.permit(self.action.name(), doing, &self.action.permissions()).await {
            Permitted::Yes => None,
            Permitted::No(failure) | Permitted::AlreadyReported(failure) => Some(failure),
        }
    }
}

/// The stream of work that runs on a task of its own. The stream ends with what came of it, always: without that,
/// Terraform would take what failed for done. A caller who goes away interrupts the work.
pub(super) fn events<F>(
    stop: CancellationToken,
    work: impl FnOnce(CancellationToken, Progress) -> F,
) -> impl Stream<Item = Result<invoke_action::Event, Status>>
where
    F: Future<Output = Result<Diagnostics, Failure>> + Send + 'static,
{
    let cancel = stop.child_token();
    let on_drop = cancel.clone().drop_guard();
    let (tell, mut messages) = unbounded_channel();
    let work = tokio::spawn(work(cancel, Progress::new(tell)).in_current_span());
    let progress = stream::poll_fn(move |cx| messages.poll_recv(cx)).map(progress);
    let last = stream::once(async move {
        let ended = work.await.unwrap_or_else(|_| Err(Failure::bug("An action was stopped before it ended")));
        drop(on_drop);
        completed(ended.unwrap_or_else(Failure::into_diagnostics))
    });
    progress.chain(last).map(Ok)
}

fn progress(message: String) -> invoke_action::Event {
    let progress = invoke_action::event::Progress { message };
    invoke_action::Event { r#type: Some(invoke_action::event::Type::Progress(progress)) }
}

fn completed(diagnostics: Diagnostics) -> invoke_action::Event {
    let completed = invoke_action::event::Completed { diagnostics: convert::diagnostics(diagnostics) };
    invoke_action::Event { r#type: Some(invoke_action::event::Type::Completed(completed)) }
}
