//! Sign-in to Microsoft Entra: from what the user configured to a token that Graph accepts.
//!
//! Read in this order:
//!
//! - [`ARGUMENTS`] is what a user can say, and [`Settings::resolve`] what counts of it.
//! - [`choose`] finds the method that the settings ask for, and why not the others.
//! - [`LoginRequest`] signs a person in by hand, and [`Store`] keeps that.
//! - [`TokenSource`] is what requests use: one token, fetched once, shared, renewed before it expires.
//! - [`Claims`] is what a token says about itself.
//! - [`SignInError`] is what is shown when no token could be had.
//!
//! Inside, `credential` gets one token with one method, most often through azure_identity; `wire` is the network below
//! azure_identity and writes down what was answered; `explain` and `advice` make a text of that. A credential of
//! azure_identity lives for one attempt only: its cache can be neither emptied nor shared, so ours is the only one.

mod advice;
mod argument;
mod certificate;
mod claims;
mod command;
mod command_line_tools;
mod context;
mod credential;
mod error;
mod explain;
mod failure;
mod federation;
mod inputs;
mod login;
mod method;
mod settings;
mod source;
mod token;
mod wire;

pub use argument::{ARGUMENTS, Argument, ArgumentFacts, ArgumentKind};
pub use claims::{Acting, Claims};
pub use command_line_tools::GRAPH_COMMAND_LINE_TOOLS;
pub use error::SignInError;
pub use failure::{Failure, FailureKind, SignInRefusal};
pub use login::{DeviceCode, LoginRequest, SignedIn, Store, StoredLogin, StoredSignIn};
pub use method::{Choice, Method, NoMethod, PassedOver, choose};
pub use settings::{Arguments, Mistake, Origin, Settings};
pub use source::TokenSource;
pub use token::AccessToken;
