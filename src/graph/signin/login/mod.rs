//! A person signs in once, by hand, and the provider goes on with what was kept of it.
//!
//! [`LoginRequest`] is the sign-in (in the browser, or with a code on another device); [`Store`] keeps what came of it,
//! the refresh token, for this user alone. `terraform-provider-autopilot login` joins the two; the method
//! [`StoredLogin`](super::Method::StoredLogin) uses what is kept.

mod browser;
mod device_code;
mod exchange;
mod find;
mod protection;
mod store;

use std::collections::BTreeSet;

use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use self::exchange::Exchange;
use super::{Claims, Failure, Settings};
use crate::graph::entra_client::entra_client;
use crate::graph::secret::Secret;

pub use device_code::DeviceCode;
pub use find::StoredLogin;
pub(super) use find::{Found, find, stored_login};
pub use store::{Store, StoredSignIn};

/// A sign-in of a person that is about to happen.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    settings: Settings,
    tenant: String,
    client_id: String,
    permissions: BTreeSet<String>,
    http: reqwest::Client,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What is worth keeping.
    pub sign_in: StoredSignIn,
    /// The organization's name, if it could be read.
    pub organization: Option<String>,
    /// Permissions that were asked for and not given.
    pub missing: BTreeSet<String>,
}

impl LoginRequest {
    /// A sign-in to `tenant` (an id or a domain; the person's own when `None`) of the application `client_id`, which
    /// asks for these delegated permissions of Graph. Where Entra and Graph are is what `settings` say.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be read.
    pub fn new(
        settings: Settings,
        tenant: Option<&str>,
        client_id: &str,
        permissions: impl IntoIterator<Item = String>,
        user_agent: &str,
    ) -> Result<Self, crate::graph::Error> {
        let http = entra_client(&settings, user_agent)?;
        let permissions = permissions.into_iter().chain(["User.Read".to_owned()]).collect();
        let tenant = tenant.unwrap_or("organizations").to_owned();
        Ok(Self { settings, tenant, client_id: client_id.to_owned(), permissions, http })
    }

    /// The scopes as Entra wants them.
    fn scope(&self) -> String {
        let resource = self.settings.endpoints().scope().trim_end_matches(".default");
        let names = self.permissions.iter().map(|name| format!("{resource}{name}"));
        ["openid", "profile", "offline_access"]
            .into_iter()
            .map(str::to_owned)
            .chain(names)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn exchange(&self) -> Exchange<'_> {
        Exchange { settings: &self.settings, client_id: &self.client_id, http: &self.http }
    }

    /// Entra's endpoint with this name.
    fn endpoint(&self, name: &str) -> Result<Url, Failure> {
        let token = self.settings.endpoints().token_endpoint(&self.tenant);
        Url::parse(&token.replace("/oauth2/v2.0/token", &format!("/oauth2/v2.0/{name}"))).map_err(|_| {
            Failure::settings(
                format!("{:?} makes no address", self.tenant),
                "Give the tenant's id or one of its domains.",
            )
        })
    }

    /// Reads what Entra answered: who signed in, where, and with what.
    async fn signed_in(&self, answer: &Value) -> Result<SignedIn, Failure> {
        let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty());
        let missing_part = |part: &str| {
            Failure::unreachable(
                format!("the answer holds no {part}"),
                "Something other than Entra may have answered: check the configured addresses.",
            )
        };
        let access_token = Secret::new(text("access_token").ok_or_else(|| missing_part("access token"))?);
        let refresh_token = text("refresh_token").ok_or_else(|| {
            Failure::settings(
                "Entra gave no refresh token, so the sign-in could not be used again",
                "The application must be allowed to ask for offline_access. Use another one with --client-id.",
            )
        })?;
        let claims = Claims::decode(&access_token);
        let person = Claims::decode(&Secret::new(text("id_token").unwrap_or_default()));
        let tenant_id =
            claims.tenant_id.clone().or(person.tenant_id).ok_or_else(|| missing_part("tenant id"))?;
        let user = claims.user.clone().or(person.user).unwrap_or_default();
        let granted: BTreeSet<String> = match claims.permissions.is_empty() {
            false => claims.permissions.iter().cloned().collect(),
            // What the token does not tell, the answer does.
            true => {
                let names = text("scope").unwrap_or_default().split_whitespace();
                names.filter_map(|name| name.rsplit('/').next()).map(str::to_owned).collect()
            }
        };
        let is_granted = |name: &&String| granted.iter().any(|held| held.eq_ignore_ascii_case(name));
        let missing = self.permissions.iter().filter(|name| !is_granted(name)).cloned().collect();
        let organization = self.exchange().organization(&access_token).await;
        let mut domains: BTreeSet<String> = organization.domains.into_iter().collect();
        domains.extend(user.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()));
        if self.tenant.contains('.') {
            domains.insert(self.tenant.to_lowercase());
        }
        let sign_in = StoredSignIn {
            authority: find::authority(&self.settings),
            tenant_id,
            domains: domains.into_iter().collect(),
            client_id: self.client_id.clone(),
            user,
            scopes: granted.into_iter().collect(),
            signed_in: OffsetDateTime::now_utc(),
            refresh_token: Secret::new(refresh_token),
            other: serde_json::Map::new(),
        };
        Ok(SignedIn { sign_in, organization: organization.name, missing })
    }
}

/// A text nobody can guess: 256 bits.
fn random_text() -> Result<String, Failure> {
    use base64::Engine;
    use ring::rand::SecureRandom;
    let mut bytes = [0_u8; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Failure::unreachable("this system gives no random numbers", "Restart it, or use another machine.")
    })?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
