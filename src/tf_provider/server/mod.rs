//! The plugin service: one short function for each call Terraform makes.
//!
//! A function reads the request, calls what does the work, and writes the reply. Every problem is a diagnostic in an
//! otherwise good reply: a failed call would lose the place in the configuration, and for an apply the new state.

mod actions;
mod convert;
mod identity;
mod list;
mod listing;
mod managed;
mod outcome;
mod run;
mod service;
mod state;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use self::actions::Acting;
use self::list::List;
use self::managed::{Call, Managed, limit};
pub(crate) use self::run::readable;
use self::run::run;
use super::addresses::Addresses;
use super::context::{PartialState, Private};
use super::data_source::DataSource;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::function::{Function, FunctionError};
use super::outage::Outage;
use super::provider::{Doing, Permitted, Provider};
use super::schema::{Schema, Timeouts, lint};
use super::validate::validate_changes;
use super::value::Value;

/// Serves a provider. Cheap to clone.
pub struct Server<P: Provider>(Arc<Inner<P>>);

struct Inner<P: Provider> {
    provider: P,
    schema: Schema,
    resources: BTreeMap<&'static str, Managed<P::Client>>,
    data_sources: BTreeMap<&'static str, Data<P::Client>>,
    lists: BTreeMap<&'static str, List<P::Client>>,
    actions: BTreeMap<&'static str, Acting<P::Client>>,
    functions: Vec<Box<dyn Function>>,
    client: Mutex<Option<Arc<P::Client>>>,
    addresses: Arc<Addresses>,
    outage: Arc<Outage>,
    stop: Mutex<CancellationToken>,
}

/// A data source, ready to be served.
struct Data<C> {
    source: Box<dyn DataSource<C>>,
    schema: Schema,
}

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> Server<P> {
    /// Prepares a provider for serving.
    pub fn new(provider: P) -> Self {
        let resources = provider.resources().into_iter().map(|r| (r.name(), Managed::new(r))).collect();
        let data_sources = provider.data_sources().into_iter().map(|source| {
            let schema = source.schema();
            (source.name(), Data { source, schema })
        });
        let actions = provider.actions().into_iter().map(|one| (one.name(), Acting::new(one))).collect();
        Self(Arc::new(Inner {
            schema: provider.schema(),
            actions,
            resources,
            data_sources: data_sources.collect(),
            lists: provider.list_resources().into_iter().map(|list| (list.name(), List::new(list))).collect(),
            functions: provider.functions(),
            client: Mutex::new(None),
            addresses: Arc::default(),
            outage: Arc::default(),
            stop: Mutex::new(CancellationToken::new()),
            provider,
        }))
    }
}

impl<P: Provider> Inner<P> {
    fn managed(&self, name: &str) -> Result<&Managed<P::Client>, Failure> {
        self.resources.get(name).ok_or_else(|| self.unknown("resource type", name, self.resources.keys()))
    }

    fn data(&self, name: &str) -> Result<&Data<P::Client>, Failure> {
        self.data_sources.get(name).ok_or_else(|| self.unknown("data source", name, self.data_sources.keys()))
    }

    fn list(&self, name: &str) -> Result<&List<P::Client>, Failure> {
        self.lists.get(name).ok_or_else(|| self.unknown("list resource", name, self.lists.keys()))
    }

    fn action(&self, name: &str) -> Result<&Acting<P::Client>, Failure> {
        self.actions.get(name).ok_or_else(|| self.unknown("action", name, self.actions.keys()))
    }

    fn function(&self, name: &str) -> Result<&dyn Function, FunctionError> {
        let found = self.functions.iter().find(|f| f.name() == name);
        found.map(AsRef::as_ref).ok_or_else(|| FunctionError {
            text: format!("This provider has no function `{name}`."),
            argument: None,
        })
    }

    /// What an operation on a resource or data source runs with.
    fn call(&self, cancel: CancellationToken, private: Private) -> Result<Call<P::Client>, Failure> {
        let client = self.client.lock().clone();
        let client = client.ok_or_else(|| {
            Failure::bug("Terraform asked for an operation before it configured the provider")
        })?;
        let (addresses, outage) = (self.addresses.clone(), self.outage.clone());
        Ok(Call { client, cancel, private, addresses, outage })
    }

    async fn configure(&self, config: Value, terraform_version: &str) -> Result<(), Failure> {
        self.addresses.clear();
        self.outage.clear();
        let limit = Timeouts::default().read;
        let work = self.provider.configure(config, terraform_version);
        let client = run("configuring the provider", limit, &self.stop_token(), work).await?;
        *self.client.lock() = Some(Arc::new(client));
        Ok(())
    }

    /// Reads a data source. What the configuration says stands in the result unchanged.
    async fn read_data(
        &self,
        data: &Data<P::Client>,
        call: Call<P::Client>,
        config: Value,
    ) -> (Value, Diagnostics) {
        let problems = validate_changes(&data.schema, &Value::Null, &config);
        if problems.has_errors() {
            return (Value::Null, problems);
        }
        let needs = data.source.permissions();
        let type_name = data.source.name();
        if let Permitted::No(failure) | Permitted::AlreadyReported(failure) =
            call.permit(type_name, Doing::Read, &needs).await
        {
            return (Value::Null, failure.into_diagnostics());
        }
        let notes = PartialState::with_private(Private::new());
        let limit = limit(&data.schema, "read", &config);
        let cx = call.context(type_name, limit, &notes);
        let operation = format!("read of `{}`", data.source.name());
        let outcome = run(&operation, limit, &call.cancel, data.source.read(&cx, config.clone())).await;
        let outcome = call.reported_once(outcome);
        let mut diagnostics = notes.warnings();
        let found = match outcome {
            Ok(found) => found,
            Err(failure) => {
                diagnostics.extend(failure.into_diagnostics());
                return (Value::Null, diagnostics);
            }
        };
        let fields = data.schema.attributes.iter().map(|attribute| {
            let written = config.get(attribute.name);
            let value = if written.is_null() { found.get(attribute.name) } else { written };
            (attribute.name, value.clone())
        });
        // Only the user gives blocks.
        let blocks =
            data.schema.all_blocks().into_iter().map(|block| (block.name, config.get(block.name).clone()));
        (Value::object(fields.chain(blocks)), diagnostics)
    }

    fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let function = self.function(name)?;
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| function.call(arguments))).unwrap_or_else(
            |_| {
                let text = format!(
                    "The function `{name}` panicked. This is a mistake in the provider; please report it."
                );
                Err(FunctionError { text, argument: None })
            },
        )
    }

    /// Interrupts what is running. The server goes on, for this run's remaining calls and for the next run.
    fn stop(&self) {
        let running = std::mem::take(&mut *self.stop.lock());
        running.cancel();
    }

    fn stop_token(&self) -> CancellationToken {
        self.stop.lock().clone()
    }

    /// What is wrong with our own schemas. Looked for in debug builds only: releases have passed the same test.
    fn lint(&self) -> Diagnostics {
        let mut problems = Diagnostics::default();
        if !cfg!(debug_assertions) {
            return problems;
        }
        let mut look = |name: &str, schema: &Schema, is_provider| {
            for finding in lint(schema, is_provider) {
                problems.extend(
                    Failure::bug(format!("The schema of `{name}` is wrong: {finding}")).into_diagnostics(),
                );
            }
        };
        look("provider", &self.schema, true);
        self.resources.iter().for_each(|(name, managed)| look(name, &managed.schema, false));
        self.data_sources.iter().for_each(|(name, data)| look(name, &data.schema, false));
        self.lists.iter().for_each(|(name, list)| look(name, &list.schema, false));
        self.actions.iter().for_each(|(name, acting)| look(name, &acting.schema, false));
        problems
    }

    fn unknown<'a>(&self, what: &str, name: &str, known: impl Iterator<Item = &'a &'static str>) -> Failure {
        let known: Vec<&str> = known.copied().collect();
        Failure::new(
            format!("Unknown {what}"),
            format!(
                "This version of the provider `{}` has no {what} `{name}`; it has {}. Correct the name, or \
                     upgrade the provider.",
                self.provider.name(),
                super::schema::rule::listed(&known)
            ),
        )
    }
}
