//! A list, as the host of a query reads it.

use autopilot_provider::tf_provider::protocol::tfplugin6::{self as wire, list_resource::Event};
use autopilot_provider::tf_provider::value::Value;
use tonic::Streaming;

use super::rules::stored_violations;
use super::{Config, Core, Said, decode, demand, encode};

/// A list that is being read.
pub(crate) struct Listing {
    core: Core,
    type_name: String,
    is_whole: bool,
    events: Streaming<Event>,
}

/// What a list tells.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) display_name: String,
    pub(crate) identity: Value,
    /// Null unless it was asked for.
    pub(crate) state: Value,
}

impl Core {
    /// Validates the arguments of a list and begins it. `limit` is what the host sends; 0 where it says nothing.
    pub(crate) async fn query(
        &self,
        type_name: &str,
        config: impl Into<Config>,
        is_whole: bool,
        limit: i64,
    ) -> Result<Listing, Said> {
        let shape = self.schema.lists.get(type_name);
        let block = &shape.unwrap_or_else(|| panic!("no list of {type_name}")).block;
        let config = encode(&config.into().complete(block), &block.ty());
        let request = wire::validate_list_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(config.clone()),
            ..Default::default()
        };
        let reply = self.client().validate_list_resource_config(request).await;
        let reply = reply.expect("ValidateListResourceConfig answers").into_inner();
        Said::from(reply.diagnostics).into_result()?;
        let request = wire::list_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(config),
            include_resource_object: is_whole,
            limit,
        };
        let events = self.client().list_resource(request).await.expect("ListResource answers").into_inner();
        Ok(Listing { core: self.clone(), type_name: type_name.to_owned(), is_whole, events })
    }

    /// The resources that can be listed.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &str> {
        self.schema.lists.keys().map(String::as_str)
    }

    /// A whole list, which must succeed.
    pub(crate) async fn listed(&self, type_name: &str, config: impl Into<Config>, limit: i64) -> Vec<Found> {
        let listing = self.query(type_name, config, true, limit).await;
        let (found, said) = listing.unwrap_or_else(|said| panic!("{type_name}: {said}")).rest().await;
        said.expect_no_errors(&format!("listing {type_name}"));
        found
    }
}

impl Listing {
    /// The next event: an object, or what there is to say. Nothing at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Found, Said>> {
        let event = self.events.message().await.expect("a list does not break off")?;
        let said = Said::from(event.diagnostic);
        let Some(identity) = event.identity else {
            assert!(
                said.errors().next().is_some() || said.warnings().next().is_some(),
                "an event of nothing"
            );
            return Some(Err(said));
        };
        let shape = &self.core.schema.identities[&self.type_name];
        let identity = decode(identity.identity_data.as_ref(), &shape.ty());
        assert!(identity.is_wholly_known() && !identity.is_null(), "{}", identity.reveal());
        assert_eq!(
            event.resource_object.is_some(),
            self.is_whole,
            "the whole object is there when asked for"
        );
        let block = &self.core.schema.resources[&self.type_name].block;
        let state = decode(event.resource_object.as_ref(), &block.ty());
        if self.is_whole {
            demand(&format!("a listed {}", self.type_name), stored_violations(block, &state));
        }
        assert!(!event.display_name.trim().is_empty(), "{} has no name", identity.reveal());
        Some(Ok(Found { display_name: event.display_name, identity, state }))
    }

    /// All that is left.
    pub(crate) async fn rest(mut self) -> (Vec<Found>, Said) {
        let (mut found, mut said) = (Vec::new(), Said::default());
        while let Some(event) = self.next().await {
            match event {
                Ok(one) => found.push(one),
                Err(more) => said = said.and(more),
            }
        }
        (found, said)
    }
}
