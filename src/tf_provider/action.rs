//! What the author of an action implements.

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::permission::Permission;
use super::schema::Schema;
use super::value::Value;

/// Something done once when it is triggered, which no state remembers.
#[async_trait]
pub trait Action<C: Send + Sync>: Send + Sync {
    /// The type's full name.
    fn name(&self) -> &'static str;

    /// Its arguments. There is nothing to compute, and so there are no defaults that Terraform would know of.
    fn schema(&self) -> Schema;

    /// What the account needs.
    fn permissions(&self) -> Vec<Permission> {
        Vec::new()
    }

    /// Mistakes that the schema's checks and rules cannot tell. Pure; values may be unknown anywhere.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// Does it, and tells how far it is. The configuration is wholly known. What it is done to may not be in the state for it:
    /// that is a failure with a reason, and nothing is sent.
    async fn invoke(&self, cx: &Context<C>, config: &Value, progress: &Progress) -> Result<(), Failure>;
}

/// Tells Terraform's user how far an action is.
pub struct Progress(UnboundedSender<String>);

impl Progress {
    pub(crate) fn new(to: UnboundedSender<String>) -> Self {
        Self(to)
    }

    /// Says what happens now, in one sentence.
    pub fn tell(&self, text: impl Into<String>) {
        let text = text.into();
        tracing::info!("{text}");
        // Whoever listened may have gone away.
        let _ = self.0.send(text);
    }
}
