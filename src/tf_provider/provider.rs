//! What the author of a provider implements.

use async_trait::async_trait;

use super::data_source::DataSource;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::function::Function;
use super::resource::Resource;
use super::schema::Schema;
use super::value::Value;

/// A provider: its configuration, and what it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What configuring makes and every handler is given.
    type Client: Send + Sync + 'static;

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

    /// The functions.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }
}
