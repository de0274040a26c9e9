//! The Terraform side: values, wire protocol, schema, planning, serving. Knows nothing of Graph.

pub mod diagnostics;
pub mod logging;
pub mod path;
pub mod protocol;
pub mod secret;
pub mod value;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, Step};
pub use secret::Secret;
pub use value::{DecodeError, EncodeError, Number, Set, Type, Value};
