//! A pretend tenant behind a real socket. Shares no type with the other rooms: they meet over HTTP only.
//!
//! One [`Tenant`] holds all state behind one lock, and every handler is a synchronous function of a [`call::Call`]:
//! no handler waits, so a request sees and leaves a consistent tenant. From the wire inwards:
//!
//! - [`server`] listens (HTTP and HTTPS) and delivers, or spoils the delivery when a fault says so;
//! - [`service`] decides what one request is: sign-in (`login`), control (`control`), or Graph (`graph`);
//! - `graph` checks token, route, permissions and budget, then calls the handler of a [`route::Route`];
//! - `directory` and `intune` are those handlers, with their types ([`model`]), their seed and their events.
//!
//! What happens later in the real service is an [`tenant::Event`] on the tenant's agenda. Events that are due happen
//! in order before the next request is looked at, so time only passes where a client can notice.

pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod collection;
pub(crate) mod control;
pub(crate) mod directory;
mod environment;
pub(crate) mod error;
pub(crate) mod faults;
pub mod files;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod intune;
pub(crate) mod journal;
pub(crate) mod login;
pub(crate) mod model;
pub(crate) mod odata;
mod page;
pub(crate) mod random;
pub(crate) mod route;
pub mod rules;
pub(crate) mod running;
pub(crate) mod seed;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod shared;
pub(crate) mod store;
pub(crate) mod tenant;
pub(crate) mod throttle;
pub(crate) mod tls;

pub use clock::{Clock, Latencies};
pub use collection::{Collection, Entity};
pub use environment::{SignIn, environment};
pub use faults::{Effect, Fault};
pub use intune::Behaviour as IntuneBehaviour;
pub use journal::{CallerKind, Exchange, Violation};
pub use login::{Application, FederatedCredential, Secret};
pub use running::{Control, Credentials, Emulator, Options, Running};
pub use seed::Seed;
pub use tenant::{Behaviour, Tenant};
