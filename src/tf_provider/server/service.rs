//! The calls Terraform makes, one short function each.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::identity::{self, Identifying};
use super::managed::Ended;
use super::outcome::{nothing_of_the_kind, or_said, said, text, unknown};
use super::run::{detached, guarded};
use super::{Server, actions, convert, listing, state};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::protocol::tfplugin6::{self as wire, provider_server};
use crate::tf_provider::provider::Provider;
use crate::tf_provider::resource::Change;
use crate::tf_provider::validate::{refuse_write_only, validate};
use crate::tf_provider::value::{Type, Value};

type RpcResult<T> = Result<Response<T>, Status>;

/// What this server can do beyond the basics. A schema may be cached: it depends on nothing but the version.
const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Server<P> {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> RpcResult<wire::get_metadata::Response> {
        use wire::get_metadata::{
            ActionMetadata, DataSourceMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
        };
        let names = |name: &&str| (*name).to_owned();
        Ok(Response::new(wire::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self.0.resources.keys().map(|n| ResourceMetadata { type_name: names(n) }).collect(),
            data_sources: self
                .0
                .data_sources
                .keys()
                .map(|n| DataSourceMetadata { type_name: names(n) })
                .collect(),
            list_resources: self
                .0
                .lists
                .keys()
                .map(|n| ListResourceMetadata { type_name: names(n) })
                .collect(),
            functions: self.0.functions.iter().map(|f| FunctionMetadata { name: names(&f.name()) }).collect(),
            actions: self.0.actions.keys().map(|n| ActionMetadata { type_name: names(n) }).collect(),
            ..Default::default()
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> RpcResult<wire::get_provider_schema::Response> {
        let resources =
            self.0.resources.iter().map(|(name, m)| ((*name).to_owned(), convert::schema(&m.schema)));
        let data =
            self.0.data_sources.iter().map(|(name, d)| ((*name).to_owned(), convert::schema(&d.schema)));
        let lists =
            self.0.lists.iter().map(|(name, list)| ((*name).to_owned(), convert::schema(&list.schema)));
        let actions = self.0.actions.iter().map(|(name, acting)| ((*name).to_owned(), acting.wire_schema()));
        Ok(Response::new(wire::get_provider_schema::Response {
            action_schemas: actions.collect(),
            provider: Some(convert::schema(&self.0.schema)),
            resource_schemas: resources.collect(),
            data_source_schemas: data.collect(),
            list_resource_schemas: lists.collect(),
            functions: convert::functions(&self.0.functions),
            diagnostics: convert::diagnostics(self.0.lint()),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }))
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> RpcResult<wire::get_functions::Response> {
        let functions = convert::functions(&self.0.functions);
        Ok(Response::new(wire::get_functions::Response { functions, diagnostics: Vec::new() }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> RpcResult<wire::get_resource_identity_schemas::Response> {
        let identity_schemas = identity::schemas(self.0.resources.iter());
        let diagnostics = Vec::new();
        Ok(Response::new(wire::get_resource_identity_schemas::Response { identity_schemas, diagnostics }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> RpcResult<wire::validate_provider_config::Response> {
        let problems = guarded("validating the provider's configuration", || {
            let config = convert::value(request.into_inner().config, &self.0.schema.ty())?;
            let mut problems = validate(&self.0.schema, &config);
            problems.extend(self.0.provider.validate(&config));
            Ok(problems)
        });
        Ok(Response::new(wire::validate_provider_config::Response { diagnostics: said(problems) }))
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> RpcResult<wire::configure_provider::Response> {
        let request = request.into_inner();
        let outcome = async {
            let config = convert::value(request.config, &self.0.schema.ty())?;
            self.0.configure(config, &request.terraform_version).await
        };
        let diagnostics = said(outcome.await.map(|()| Diagnostics::default()));
        Ok(Response::new(wire::configure_provider::Response { diagnostics }))
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> RpcResult<wire::stop_provider::Response> {
        self.0.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> RpcResult<wire::validate_resource_config::Response> {
        let request = request.into_inner();
        let write_only = request.client_capabilities.is_some_and(|c| c.write_only_attributes_allowed);
        let problems = guarded(&format!("validating `{}`", request.type_name), || {
            let managed = self.0.managed(&request.type_name)?;
            let config = convert::value(request.config, &managed.schema.ty())?;
            let mut problems = validate(&managed.schema, &config);
            if !write_only {
                problems.extend(refuse_write_only(&managed.schema, &config));
            }
            problems.extend(managed.resource.validate(&config));
            Ok(problems)
        });
        Ok(Response::new(wire::validate_resource_config::Response { diagnostics: said(problems) }))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> RpcResult<wire::validate_data_resource_config::Response> {
        let request = request.into_inner();
        let problems = guarded(&format!("validating `{}`", request.type_name), || {
            let data = self.0.data(&request.type_name)?;
            let config = convert::value(request.config, &data.schema.ty())?;
            let mut problems = validate(&data.schema, &config);
            problems.extend(data.source.validate(&config));
            Ok(problems)
        });
        Ok(Response::new(wire::validate_data_resource_config::Response { diagnostics: said(problems) }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> RpcResult<wire::upgrade_resource_state::Response> {
        let request = request.into_inner();
        let stored = request.raw_state.unwrap_or_default().json;
        let upgraded = guarded(&format!("upgrading the state of `{}`", request.type_name), || {
            let managed = self.0.managed(&request.type_name)?;
            let state = managed.upgrade(request.version, &stored)?;
            if let Some(objects) = managed.resource.objects(&state) {
                objects.ids.iter().for_each(|id| self.0.addresses.held(objects.type_name, id));
            }
            convert::dynamic(&state, &managed.schema.ty())
        });
        let (upgraded_state, diagnostics) = or_said(upgraded);
        Ok(Response::new(wire::upgrade_resource_state::Response { upgraded_state, diagnostics }))
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> RpcResult<wire::move_resource_state::Response> {
        let request = request.into_inner();
        let stored = request.source_state.unwrap_or_default().json;
        let moved = guarded(&format!("moving state to `{}`", request.target_type_name), || {
            let managed = self.0.managed(&request.target_type_name)?;
            let (state, private) =
                managed.take_over(&request.source_provider_address, &request.source_type_name, &stored)?;
            // The provider is not configured yet: what only the tenant tells, the read that follows tells.
            let identity =
                managed.identity.as_ref().map(|i| identity::data(i, &i.of(&state, None, &Value::Null)));
            Ok(wire::move_resource_state::Response {
                target_state: Some(convert::dynamic(&state, &managed.schema.ty())?),
                target_identity: identity.transpose()?.flatten(),
                target_private: convert::private_bytes(&private),
                diagnostics: Vec::new(),
            })
        });
        let (moved, diagnostics) = or_said(moved);
        Ok(Response::new(wire::move_resource_state::Response { diagnostics, ..moved.unwrap_or_default() }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> RpcResult<wire::plan_resource_change::Response> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        let planned = detached(self.0.stop_token(), |cancel| async move {
            let managed = inner.managed(&request.type_name)?;
            let ty = managed.schema.ty();
            let call = inner.call(cancel, convert::private(&request.prior_private)?)?;
            let prior = convert::value(request.prior_state, &ty)?;
            let config = convert::value(request.config, &ty)?;
            let identity = Identifying::new(managed, &*call.client, request.prior_identity)?;
            let ended = managed.plan(call, prior, config).await;
            Ok(wire::plan_resource_change::Response {
                planned_state: Some(convert::dynamic(&ended.result.planned, &ty)?),
                requires_replace: convert::paths(&ended.result.replace),
                planned_private: convert::private_bytes(&ended.private),
                planned_identity: identity.planned(&ended.result.prior, &ended.result.planned)?,
                diagnostics: convert::diagnostics(ended.diagnostics),
                ..Default::default()
            })
        });
        Ok(Response::new(planned.await.and_then(|answer| answer).unwrap_or_else(|failure: Failure| {
            wire::plan_resource_change::Response { diagnostics: said(Err(failure)), ..Default::default() }
        })))
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> RpcResult<wire::apply_resource_change::Response> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        let unchanged = (request.prior_state.clone(), request.planned_private.clone());
        let applied = detached(self.0.stop_token(), |cancel| async move {
            let managed = inner.managed(&request.type_name)?;
            let ty = managed.schema.ty();
            let call = inner.call(cancel, convert::private(&request.planned_private)?)?;
            let change = Change {
                prior: convert::value(request.prior_state, &ty)?,
                planned: convert::value(request.planned_state, &ty)?,
                config: convert::value(request.config, &ty)?,
            };
            let identity = Identifying::new(managed, &*call.client, request.planned_identity)?;
            let Ended { result, private, diagnostics } = managed.apply(call, change).await;
            let private = if result.is_null() { Vec::new() } else { convert::private_bytes(&private) };
            Ok(wire::apply_resource_change::Response {
                new_state: Some(convert::dynamic(&result, &ty)?),
                private,
                new_identity: identity.of(&result, &diagnostics)?,
                diagnostics: convert::diagnostics(diagnostics),
                ..Default::default()
            })
        });
        Ok(Response::new(applied.await.and_then(|answer| answer).unwrap_or_else(|failure: Failure| {
            let (new_state, private) = unchanged;
            let diagnostics = said(Err(failure));
            wire::apply_resource_change::Response { new_state, private, diagnostics, ..Default::default() }
        })))
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> RpcResult<wire::read_resource::Response> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        let unchanged = (request.current_state.clone(), request.private.clone());
        let new_identity = request.current_identity.clone();
        let read = detached(self.0.stop_token(), |cancel| async move {
            let managed = inner.managed(&request.type_name)?;
            let ty = managed.schema.ty();
            let call = inner.call(cancel, convert::private(&request.private)?)?;
            let state = convert::value(request.current_state, &ty)?;
            let identity = Identifying::new(managed, &*call.client, request.current_identity)?;
            let ended = managed.read(call, state).await;
            Ok(wire::read_resource::Response {
                new_state: Some(convert::dynamic(&ended.result, &ty)?),
                private: convert::private_bytes(&ended.private),
                new_identity: identity.of(&ended.result, &ended.diagnostics)?,
                diagnostics: convert::diagnostics(ended.diagnostics),
                ..Default::default()
            })
        });
        Ok(Response::new(read.await.and_then(|answer| answer).unwrap_or_else(|failure: Failure| {
            let (new_state, private) = unchanged;
            let diagnostics = said(Err(failure));
            wire::read_resource::Response { new_state, private, new_identity, diagnostics, deferred: None }
        })))
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> RpcResult<wire::import_resource_state::Response> {
        use wire::import_resource_state::{ImportedResource, Response as Imported};
        let (inner, request) = (self.0.clone(), request.into_inner());
        let imported = detached(self.0.stop_token(), |cancel| async move {
            let managed = inner.managed(&request.type_name)?;
            let call = inner.call(cancel, Default::default())?;
            let is_identity = request.identity.is_some();
            let identity = Identifying::new(managed, &*call.client, request.identity)?;
            let id = if is_identity { identity.import_id(&request.type_name)? } else { request.id };
            let ended = managed.import(call, &id).await;
            let mut found = Vec::new();
            if let Some(state) = ended.result {
                identity.agrees(&state)?;
                found.push(ImportedResource {
                    type_name: request.type_name.clone(),
                    state: Some(convert::dynamic(&state, &managed.schema.ty())?),
                    private: convert::private_bytes(&ended.private),
                    identity: identity.of(&state, &ended.diagnostics)?,
                });
            }
            Ok(Imported {
                imported_resources: found,
                diagnostics: convert::diagnostics(ended.diagnostics),
                deferred: None,
            })
        });
        Ok(Response::new(imported.await.and_then(|answer| answer).unwrap_or_else(|failure: Failure| {
            Imported { diagnostics: said(Err(failure)), ..Default::default() }
        })))
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> RpcResult<wire::generate_resource_config::Response> {
        let request = request.into_inner();
        let written = guarded(&format!("writing configuration of `{}`", request.type_name), || {
            let managed = self.0.managed(&request.type_name)?;
            let ty = managed.schema.ty();
            let state = convert::value(request.state, &ty)?;
            convert::dynamic(&state::configuration(&managed.schema, &state), &ty)
        });
        let (config, diagnostics) = or_said(written);
        Ok(Response::new(wire::generate_resource_config::Response { config, diagnostics }))
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> RpcResult<wire::read_data_source::Response> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        let read = detached(self.0.stop_token(), |cancel| async move {
            let data = inner.data(&request.type_name)?;
            let ty = data.schema.ty();
            let config = convert::value(request.config, &ty)?;
            let (state, diagnostics) =
                inner.read_data(data, inner.call(cancel, Default::default())?, config).await;
            let state = if state.is_null() { None } else { Some(convert::dynamic(&state, &ty)?) };
            let diagnostics = convert::diagnostics(diagnostics);
            Ok(wire::read_data_source::Response { state, diagnostics, deferred: None })
        });
        Ok(Response::new(read.await.and_then(|answer| answer).unwrap_or_else(|failure: Failure| {
            wire::read_data_source::Response { diagnostics: said(Err(failure)), ..Default::default() }
        })))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> RpcResult<wire::call_function::Response> {
        let request = request.into_inner();
        let reply = |result, error| Ok(Response::new(wire::call_function::Response { result, error }));
        let refused = |text: String, argument: Option<usize>| wire::FunctionError {
            // The host puts the text into a sentence of its own, and a full stop behind it.
            text: text.strip_suffix('.').unwrap_or(&text).to_owned(),
            function_argument: argument.and_then(|index| i64::try_from(index).ok()),
        };
        let signature = match self.0.function(&request.name) {
            Ok(function) => function.signature(),
            Err(error) => return reply(None, Some(refused(error.text, error.argument))),
        };
        let mut arguments = Vec::new();
        for (index, argument) in request.arguments.into_iter().enumerate() {
            let parameter = signature.parameters.get(index).or(signature.variadic.as_ref());
            let ty = parameter.map_or(Type::Dynamic, |p| p.kind.ty());
            match convert::value(Some(argument), &ty) {
                Ok(value) => arguments.push(value),
                Err(failure) => return reply(None, Some(refused(text(failure), Some(index)))),
            }
        }
        match self.0.call_function(&request.name, arguments) {
            Err(error) => reply(None, Some(refused(error.text, error.argument))),
            Ok(result) => match convert::dynamic(&result, &signature.returns.ty()) {
                Ok(result) => reply(Some(result), None),
                Err(failure) => reply(None, Some(refused(text(failure), None))),
            },
        }
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> RpcResult<wire::validate_action_config::Response> {
        let request = request.into_inner();
        let problems = guarded(&format!("validating `{}`", request.action_type), || {
            let acting = self.0.action(&request.action_type)?;
            Ok(acting.validate(&convert::value(request.config, &acting.schema.ty())?))
        });
        Ok(Response::new(wire::validate_action_config::Response { diagnostics: said(problems) }))
    }

    async fn plan_action(
        &self,
        request: Request<wire::plan_action::Request>,
    ) -> RpcResult<wire::plan_action::Response> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        let planned = detached(self.0.stop_token(), |cancel| async move {
            let acting = inner.action(&request.action_type)?;
            let config = convert::value(request.config, &acting.schema.ty())?;
            let call = inner.call(cancel, Default::default())?;
            Ok(acting.plan(call, &config).await)
        });
        let diagnostics = said(planned.await.and_then(|answer| answer));
        Ok(Response::new(wire::plan_action::Response { diagnostics, deferred: None }))
    }

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> RpcResult<BoxStream<wire::invoke_action::Event>> {
        let (inner, request) = (self.0.clone(), request.into_inner());
        Ok(Response::new(Box::pin(actions::events(self.0.stop_token(), |cancel, progress| async move {
            let acting = inner.action(&request.action_type)?;
            let config = convert::value(request.config, &acting.schema.ty())?;
            let call = inner.call(cancel, Default::default())?;
            Ok(acting.invoke(call, &config, &progress).await)
        }))))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> RpcResult<wire::upgrade_resource_identity::Response> {
        let request = request.into_inner();
        let upgraded = guarded(&format!("upgrading the identity of `{}`", request.type_name), || {
            let schema = self.0.managed(&request.type_name)?.identity.as_ref();
            let schema = schema.ok_or_else(|| unknown("resource identity", &request.type_name))?;
            identity::data(schema, &identity::stored(schema, request.raw_identity)?)
        });
        let (upgraded_identity, diagnostics) = or_said(upgraded);
        let upgraded_identity = upgraded_identity.flatten();
        Ok(Response::new(wire::upgrade_resource_identity::Response { upgraded_identity, diagnostics }))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> RpcResult<wire::validate_list_resource_config::Response> {
        let request = request.into_inner();
        let problems = guarded(&format!("validating a list of `{}`", request.type_name), || {
            let list = self.0.list(&request.type_name)?;
            let config = convert::value(request.config, &list.schema.ty())?;
            let mut problems = validate(&list.schema, &config);
            problems.extend(list.list.validate(&config));
            Ok(problems)
        });
        Ok(Response::new(wire::validate_list_resource_config::Response { diagnostics: said(problems) }))
    }

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> RpcResult<BoxStream<wire::list_resource::Event>> {
        Ok(Response::new(Box::pin(listing::events(self.0.clone(), request.into_inner()))))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> RpcResult<wire::validate_ephemeral_resource_config::Response> {
        let diagnostics = nothing_of_the_kind("ephemeral resource", &request.into_inner().type_name);
        Ok(Response::new(wire::validate_ephemeral_resource_config::Response { diagnostics }))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> RpcResult<wire::open_ephemeral_resource::Response> {
        let diagnostics = nothing_of_the_kind("ephemeral resource", &request.into_inner().type_name);
        Ok(Response::new(wire::open_ephemeral_resource::Response { diagnostics, ..Default::default() }))
    }
}
