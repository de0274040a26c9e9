//! An example provider whose remote service is a directory: one JSON file for each object.
//!
//! Every feature of the authoring API is used here once, so that the protocol tests have something to hold against
//! Terraform's rules, and a newcomer has something to read.
//!
//! | type | what it shows |
//! |---|---|
//! | [`playground_plain`](plain) | attributes of every kind, defaults, checks, rules, replacement, upgrades, moves |
//! | [`playground_nested`](nested) | nested objects and their collections, blocks, write-only arguments |
//! | [`playground_fragile`](fragile) | operations that fail, or panic, at a chosen moment |
//! | [`playground_slow`](slow) | operations that take their time, and what interrupts them |
//! | [`playground_lookup`](lookup) | a data source |
//! | [`playground_plain`](plains) | a list |
//! | [`join_words`, `initials`](words) | functions |

mod fragile;
mod lookup;
mod nested;
mod plain;
mod plains;
mod service;
mod slow;
mod words;

use async_trait::async_trait;
use autopilot_provider::tf_provider::data_source::DataSource;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::function::Function;
use autopilot_provider::tf_provider::list_resource::ListResource;
use autopilot_provider::tf_provider::provider::Provider;
use autopilot_provider::tf_provider::resource::Resource;
use autopilot_provider::tf_provider::schema::{Schema, check, optional, text};
use autopilot_provider::tf_provider::value::Value;

use service::Service;

/// The environment variable that names the directory when the configuration does not.
pub(crate) const DIRECTORY: &str = "PLAYGROUND_DIR";

/// The provider.
pub(crate) struct Playground;

#[async_trait]
impl Provider for Playground {
    type Client = Service;

    fn name(&self) -> &'static str {
        "playground"
    }

    fn schema(&self) -> Schema {
        Schema::new("A provider whose remote service is a directory.").attributes([
            optional("directory", text(), "Where the objects are kept. Also from `PLAYGROUND_DIR`.")
                .check(check::not_blank()),
            optional("token", text(), "A secret that nothing needs.").sensitive(),
        ])
    }

    async fn configure(&self, config: Value, _terraform_version: &str) -> Result<Service, Failure> {
        match config.get("directory") {
            // It comes from an object that does not exist yet. Planning goes on; only using it would fail.
            Value::Unknown => Ok(Service::nowhere()),
            Value::String(directory) => Ok(Service::at(directory)),
            _ => std::env::var_os(DIRECTORY).map(Service::at).ok_or_else(|| {
                Failure::at(
                    "directory",
                    "No directory configured",
                    "The playground keeps its objects in a directory, and none is named. Set the provider argument \
                     `directory`, or the environment variable `PLAYGROUND_DIR`.",
                )
            }),
        }
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Service>>> {
        vec![
            Box::new(plain::Plain),
            Box::new(nested::Nested),
            Box::new(fragile::Fragile),
            Box::new(slow::Slow),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Service>>> {
        vec![Box::new(lookup::Lookup)]
    }

    fn list_resources(&self) -> Vec<Box<dyn ListResource<Service>>> {
        vec![Box::new(plains::Plains)]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        vec![Box::new(words::JoinWords), Box::new(words::Initials)]
    }
}
