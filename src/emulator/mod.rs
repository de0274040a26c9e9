//! An emulated tenant behind a real socket. Shares no type with the other rooms: they meet over HTTP only.
//!
//! One [`Tenant`] holds all state behind one lock, and every handler is a synchronous function of a [`api::call::Call`]:
//! no handler waits, so a request sees and leaves a consistent tenant. From the ground up:
//!
//! - [`world`] is what a tenant holds, and its time; [`rules`] are the two rule languages, pure;
//! - [`login`] plays the sign-in host and knows who a token speaks for;
//! - [`api`] is what Graph operations are made of: call, route, types, OData, errors;
//! - [`directory`] and [`intune`] are the operations, with their types and what happens later;
//! - [`oobe`] plays a laptop's first start against the tenant, and builds laptops;
//! - [`core`] is everything behind the lock: tenant, agenda, faults, journal, budgets, seed;
//! - [`gateway`] checks token, route, permissions and budget, then calls the handler of a [`api::route::Route`];
//! - [`server`] listens (HTTP and HTTPS), tells sign-in, control and Graph apart, and delivers; `page` is what people see;
//! - [`running`] starts and stops it all, and hands out the handle that tests use.
//!
//! What happens later in the real service is an event on the tenant's agenda. Events that are due happen in order before
//! the next request is looked at, so time only passes where a client can notice.

pub(crate) mod api;
pub(crate) mod core;
pub(crate) mod directory;
pub(crate) mod gateway;
pub(crate) mod intune;
pub(crate) mod login;
pub(crate) mod oobe;
mod page;
pub mod rules;
pub(crate) mod running;
pub(crate) mod server;
pub(crate) mod world;

pub use self::core::faults::{Effect, Fault};
pub use self::core::files;
pub use self::core::journal::{CallerKind, Exchange, Violation};
pub use self::core::seed::Seed;
pub use running::{Control, Credentials, Emulator, Options, Running, SignIn, environment};
pub use world::applications::{Application, FederatedCredential, Secret};
pub use world::behaviour::Behaviour;
pub use world::clock::{Clock, Latencies};
pub use world::collection::{Collection, Entity};
pub use world::collections::{self, CollectionName};
pub use world::intune_behaviour::IntuneBehaviour;
pub use world::tenant::Tenant;
