//! What Terraform core does to have an action carried out.

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::invoke_action::event::Type as Event;
use tonic::Streaming;

use super::{CAPABILITIES, Config, Core, Said, encode};

/// What came of an action.
#[derive(Debug)]
pub(crate) struct Acted {
    /// What was reported on the way.
    pub(crate) progress: Vec<String>,
    pub(crate) said: Said,
}

impl Core {
    /// Validates, plans and triggers. An error ends it there.
    pub(crate) async fn act(&self, type_name: &str, config: impl Into<Config>) -> Acted {
        let config = config.into();
        let said = self.plan_action(type_name, &config).await;
        if said.has_errors() {
            return Acted { progress: Vec::new(), said };
        }
        self.trigger(type_name, &config).await
    }

    /// Validates and plans, with what is not known yet.
    pub(crate) async fn plan_action(&self, type_name: &str, config: &Config) -> Said {
        let (action_type, config) = (type_name.to_owned(), Some(self.arguments(type_name, config)));
        let request = wire::validate_action_config::Request {
            action_type: action_type.clone(),
            config: config.clone(),
        };
        let reply =
            self.client().validate_action_config(request).await.expect("ValidateActionConfig answers");
        let said = Said::from(reply.into_inner().diagnostics);
        if said.has_errors() {
            return said;
        }
        let client_capabilities = Some(CAPABILITIES);
        let request = wire::plan_action::Request { action_type, config, client_capabilities };
        let reply = self.client().plan_action(request).await.expect("PlanAction answers").into_inner();
        assert_eq!(reply.deferred, None, "nobody allowed that");
        said.and(reply.diagnostics)
    }

    /// Triggers it as often as it asks for: what the stream reports, and what comes last, once.
    pub(crate) async fn trigger(&self, type_name: &str, config: &Config) -> Acted {
        let mut events = self.events(type_name, config).await;
        let (mut messages, mut ended) = (Vec::new(), None);
        while let Some(event) = events.message().await.expect("the stream does not break") {
            assert!(ended.is_none(), "{type_name}: something comes after the end: {event:?}");
            match event.r#type.expect("core panics at an event of no kind") {
                Event::Progress(progress) => messages.push(progress.message),
                Event::Completed(completed) => ended = Some(Said::from(completed.diagnostics)),
            }
        }
        let said =
            ended.unwrap_or_else(|| panic!("{type_name}: core takes a stream without an end for success"));
        Acted { progress: messages, said }
    }

    /// Triggers it, for whoever listens in another way.
    pub(crate) async fn events(
        &self,
        type_name: &str,
        config: &Config,
    ) -> Streaming<wire::invoke_action::Event> {
        let request = wire::invoke_action::Request {
            action_type: type_name.to_owned(),
            config: Some(self.arguments(type_name, config)),
            client_capabilities: Some(CAPABILITIES),
        };
        self.client().invoke_action(request).await.expect("InvokeAction answers").into_inner()
    }

    fn arguments(&self, type_name: &str, config: &Config) -> wire::DynamicValue {
        let shape = self.schema.actions.get(type_name);
        let block = &shape.unwrap_or_else(|| panic!("no action {type_name}")).block;
        encode(&Config::from(config).complete(block), &block.ty())
    }
}
