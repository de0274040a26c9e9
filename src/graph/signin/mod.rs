//! Sign-in to Microsoft Entra: from what the user configured to a token that Graph accepts.
//!
//! Read in this order:
//!
//! - [`TokenSource`] is what requests use: one token, fetched once, shared, renewed before it expires.
//! - [`Claims`] is what a token says about itself.
//! - [`SignInError`] is what is shown when no token could be had.

mod claims;
mod error;
mod method;
mod source;
mod token;

pub use claims::{Acting, Claims};
pub use error::{Failure, FailureKind, Refusal, SignInError};
pub use method::{Method, PassedOver};
pub use source::TokenSource;
pub use token::AccessToken;
