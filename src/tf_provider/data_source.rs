//! What the author of a data source implements.

use async_trait::async_trait;

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::permission::Permission;
use super::schema::Schema;
use super::value::Value;

/// A data source.
///
/// ```
/// use async_trait::async_trait;
/// use autopilot_provider::tf_provider::context::Context;
/// use autopilot_provider::tf_provider::data_source::DataSource;
/// use autopilot_provider::tf_provider::failure::Failure;
/// use autopilot_provider::tf_provider::schema::{Schema, computed, required, text};
/// use autopilot_provider::tf_provider::value::Value;
///
/// struct Capital;
///
/// #[async_trait]
/// impl DataSource<()> for Capital {
///     fn name(&self) -> &'static str {
///         "atlas_capital"
///     }
///
///     fn schema(&self) -> Schema {
///         Schema::new("The capital of a country.").attributes([
///             required("country", text(), "The country."),
///             computed("name", text(), "Its capital."),
///         ])
///     }
///
///     async fn read(&self, _: &Context<()>, config: Value) -> Result<Value, Failure> {
///         match config.get("country").as_str() {
///             Some("France") => Ok(config.clone().with("name", "Paris")),
///             other => Err(Failure::at(
///                 "country",
///                 "No such country",
///                 format!("The atlas has no country {other:?}. It knows France."),
///             )),
///         }
///     }
/// }
///
/// assert_eq!(Capital.name(), "atlas_capital");
/// ```
#[async_trait]
pub trait DataSource<C: Send + Sync>: Send + Sync {
    /// The type's full name.
    fn name(&self) -> &'static str;

    /// Its shape: arguments, and results as computed attributes.
    fn schema(&self) -> Schema;

    /// What the account needs.
    fn permissions(&self) -> Vec<Permission> {
        Vec::new()
    }

    /// Mistakes that the schema's checks and rules cannot tell. Pure; values may be unknown anywhere.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// Looks the object up. The configuration is wholly known. Not finding it is a failure that says what to do, unless
    /// the data source is a search, which may find nothing.
    async fn read(&self, cx: &Context<C>, config: Value) -> Result<Value, Failure>;
}
