//! Client assertions: tokens that an application signs with its certificate, or brings from another issuer.
