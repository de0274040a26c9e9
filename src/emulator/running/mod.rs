//! An emulator in-process: how it is started, and the handles of who started it.

mod control;
mod credentials;
mod environment;
mod options;
mod start;

pub use control::Control;
pub use credentials::Credentials;
pub use environment::{SignIn, environment};
pub use options::Options;
pub use start::{Emulator, Running};
