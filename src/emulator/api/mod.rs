//! What every Graph operation is made of: a request as its handler sees it, its address, what it may ask, types and errors.

pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod model;
pub(crate) mod odata;
pub(crate) mod path;
pub(crate) mod route;
pub(crate) mod view;
