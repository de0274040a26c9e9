//! What the author of a provider implements.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::action::Action;
use super::data_source::DataSource;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::function::Function;
use super::list_resource::ListResource;
use super::permission::Permission;
use super::resource::Resource;
use super::schema::Schema;
use super::value::Value;

/// What configuring a provider makes, and every handler is given.
#[async_trait]
pub trait Client: Send + Sync + 'static {
    /// Whose objects these are, where that is known. State remembers it, and is not used for anybody else's.
    fn tenant(&self) -> Option<&str> {
        None
    }

    /// Says whether the account may do this with objects of a type, before anything else is asked in its name. What
    /// cannot be known is permitted: the service has the last word.
    async fn permit(&self, _request: Permit<'_>) -> Permitted {
        Permitted::Yes
    }
}

/// For a provider that reaches nobody.
impl Client for () {}

/// What is about to be done.
#[derive(Debug, Clone, Copy)]
pub struct Permit<'a> {
    /// The type's full name.
    pub type_name: &'a str,
    /// What.
    pub doing: Doing,
    /// What that needs.
    pub needs: &'a [Permission],
    /// Cancelled when the user interrupts Terraform.
    pub cancel: &'a CancellationToken,
}

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It is read.
    Read,
    /// It is to be created, changed or deleted later on.
    PlanChange,
    /// It is created, changed or deleted.
    Change,
}

/// Whether it may be done.
#[derive(Debug, Clone)]
pub enum Permitted {
    /// It may, or nobody knows.
    Yes,
    /// It may not, and this is the first to hear of it.
    No(Failure),
    /// It may not, as was reported for another object already: one sentence for where silence is no answer.
    AlreadyReported(Failure),
}

/// A provider: its configuration, and what it offers.
///
/// ```
/// use async_trait::async_trait;
/// use autopilot_provider::tf_provider::failure::Failure;
/// use autopilot_provider::tf_provider::provider::Provider;
/// use autopilot_provider::tf_provider::resource::Resource;
/// use autopilot_provider::tf_provider::schema::{Schema, optional, text};
/// use autopilot_provider::tf_provider::server::Server;
/// use autopilot_provider::tf_provider::value::Value;
///
/// struct Atlas;
///
/// #[async_trait]
/// impl Provider for Atlas {
///     type Client = ();
///
///     fn name(&self) -> &'static str {
///         "atlas"
///     }
///
///     fn schema(&self) -> Schema {
///         Schema::new("An atlas.").attributes([optional("edition", text(), "Which one; the newest if left out.")])
///     }
///
///     async fn configure(&self, _: Value, _terraform_version: &str) -> Result<(), Failure> {
///         Ok(())
///     }
///
///     fn resources(&self) -> Vec<Box<dyn Resource<()>>> {
///         Vec::new()
///     }
/// }
///
/// let server = Server::new(Atlas); // which `protocol` serves to Terraform
/// # let _ = server;
/// ```
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What configuring makes and every handler is given.
    type Client: Client;

    /// The provider's short name, which begins the name of every type.
    fn name(&self) -> &'static str;

    /// The provider block.
    fn schema(&self) -> Schema;

    /// Mistakes that the schema's checks and rules cannot tell. Pure; values may be unknown anywhere.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// Makes the client. Values may be unknown during plan, when they come from objects not created yet: contact nobody
    /// and fail only once something is needed.
    async fn configure(&self, config: Value, terraform_version: &str) -> Result<Self::Client, Failure>;

    /// The managed resources.
    fn resources(&self) -> Vec<Box<dyn Resource<Self::Client>>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn DataSource<Self::Client>>> {
        Vec::new()
    }

    /// How objects of the resources are listed.
    fn list_resources(&self) -> Vec<Box<dyn ListResource<Self::Client>>> {
        Vec::new()
    }

    /// The actions.
    fn actions(&self) -> Vec<Box<dyn Action<Self::Client>>> {
        Vec::new()
    }

    /// The functions.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }
}
