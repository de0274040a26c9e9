//! The Microsoft Graph side: sign-in, requests, retries, pacing, batching. Knows nothing of Terraform.

pub mod cloud;
pub mod secret;
pub mod signin;
