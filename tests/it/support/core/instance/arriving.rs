//! How an object comes into the state that was there before: moved from another type, or imported.

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::value::Value;

use super::Instance;
use crate::support::core::rules::stored_violations;
use crate::support::core::{CAPABILITIES, Said, demand};

impl Instance {
    /// Takes over the state of another type, and reads the object.
    pub(crate) async fn try_take_over(
        &mut self,
        provider: &str,
        type_name: &str,
        stored: &serde_json::Value,
    ) -> Said {
        let request = wire::move_resource_state::Request {
            source_provider_address: provider.to_owned(),
            source_type_name: type_name.to_owned(),
            source_state: Some(wire::RawState {
                json: stored.to_string().into_bytes(),
                ..Default::default()
            }),
            target_type_name: self.type_name.clone(),
            ..Default::default()
        };
        let reply = self.core.client().move_resource_state(request).await;
        let reply = reply.expect("MoveResourceState answers").into_inner();
        let said = Said::from(reply.diagnostics);
        if said.has_errors() {
            return said;
        }
        let state = self.decode(reply.target_state.as_ref());
        assert!(!state.is_null(), "moving to {} lost the state", self.type_name);
        demand(&format!("moved state of {}", self.type_name), stored_violations(&self.shape.block, &state));
        let identity = self.identity.read(reply.target_identity.as_ref());
        self.store(state, reply.target_private, identity);
        said.and(self.try_refresh().await)
    }

    /// Imports what an identity names.
    pub(crate) async fn import_identified(&mut self, identity: &Value) -> &Value {
        let said = self.try_import_identified(identity).await;
        said.expect_no_errors(&format!("importing {} {}", self.type_name, identity.reveal()));
        assert!(!self.state.is_null(), "cannot import non-existent {} {}", self.type_name, identity.reveal());
        &self.state
    }

    /// The same, and reads.
    pub(crate) async fn try_import_identified(&mut self, identity: &Value) -> Said {
        let sent = self.identity.write(identity);
        self.ask_import("", Some(sent)).await
    }

    /// Imports an object that exists.
    pub(crate) async fn import(&mut self, id: &str) -> &Value {
        let said = self.try_import(id).await;
        said.expect_no_errors(&format!("importing {} {id}", self.type_name));
        assert!(!self.state.is_null(), "cannot import non-existent {} {id}", self.type_name);
        &self.state
    }

    /// Imports and reads. An object that the read does not find leaves no state.
    pub(crate) async fn try_import(&mut self, id: &str) -> Said {
        self.ask_import(id, None).await
    }

    async fn ask_import(&mut self, id: &str, identity: Option<wire::ResourceIdentityData>) -> Said {
        let is_identified = identity.is_some();
        // An import is a command of its own.
        self.core.next_command().await;
        let request = wire::import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            client_capabilities: Some(CAPABILITIES),
            identity,
        };
        let reply = self.core.client().import_resource_state(request).await;
        let reply = reply.expect("ImportResourceState answers").into_inner();
        let said = Said::from(reply.diagnostics);
        if said.has_errors() {
            return said;
        }
        let [imported] = reply.imported_resources.as_slice() else {
            panic!("import of {id} answered {} objects", reply.imported_resources.len());
        };
        assert_eq!(imported.type_name, self.type_name, "import answered another type");
        let state = self.decode(imported.state.as_ref());
        assert!(!state.is_null(), "import of {id} answered null");
        demand(
            &format!("imported state of {}", self.type_name),
            stored_violations(&self.shape.block, &state),
        );
        let identity = self.identity.read(imported.identity.as_ref());
        assert!(!is_identified || !identity.is_null(), "an import by identity answered without one");
        self.identity.set(identity);
        match self.read(state, imported.private.clone()).await {
            Ok((state, private, identity, more)) => {
                self.store(state, private, identity);
                said.and(more)
            }
            Err(more) => said.and(more),
        }
    }
}
