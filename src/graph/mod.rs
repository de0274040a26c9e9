//! The Microsoft Graph side: sign-in, requests, retries, pacing, batching. Knows nothing of Terraform.
