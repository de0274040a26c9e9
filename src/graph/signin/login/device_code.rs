//! Signing in with a code that is entered on another device.
//!
//! Source: RFC 8628, and "Microsoft identity platform and the OAuth 2.0 device authorization grant flow".

use std::time::Duration;

use super::exchange::Answered;
use super::{LoginRequest, SignedIn};
use crate::graph::signin::Failure;
use crate::graph::signin::wire::Trouble;

/// What the person must do.
#[derive(Clone, Debug)]
pub struct DeviceCode {
    /// The page to open, on any device.
    pub page: String,
    /// The code to enter there.
    pub code: String,
    /// How long that is possible.
    pub expires_in: Duration,
}

impl LoginRequest {
    /// Signs in with a code that `show` tells the person, and waits until it was entered.
    ///
    /// # Errors
    /// Entra refuses, the person declines, or the code expires.
    pub async fn with_device_code(&self, show: impl FnOnce(&DeviceCode)) -> Result<SignedIn, Failure> {
        let exchange = self.exchange();
        let scope = self.scope();
        let begin = [("client_id", self.client_id.as_str()), ("scope", &scope)];
        let begun = exchange.must(&self.endpoint("devicecode")?, &begin).await?;
        let text = |name: &str| begun[name].as_str().unwrap_or_default().to_owned();
        let seconds = |name: &str, otherwise| Duration::from_secs(begun[name].as_u64().unwrap_or(otherwise));
        let (mut interval, expires_in) = (seconds("interval", 5), seconds("expires_in", 900));
        show(&DeviceCode { page: text("verification_uri"), code: text("user_code"), expires_in });
        let code = text("device_code");
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", self.client_id.as_str()),
            ("device_code", &code),
        ];
        let token = self.endpoint("token")?;
        let deadline = tokio::time::Instant::now() + expires_in;
        loop {
            tokio::time::sleep(interval).await;
            match exchange.post(&token, &form).await? {
                Answered::Success(answer) => return self.signed_in(&answer).await,
                Answered::Refused { error, .. } if error == "authorization_pending" => {}
                Answered::Refused { error, .. } if error == "slow_down" => interval += SLOW_DOWN,
                Answered::Refused { error, .. } if error == "expired_token" => return Err(expired()),
                Answered::Refused { error, .. } if error == "authorization_declined" => {
                    return Err(declined());
                }
                Answered::Refused { answer, .. } => return Err(exchange.explain(Trouble::Answered(answer))),
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(expired());
            }
        }
    }
}

fn expired() -> Failure {
    Failure::settings("the code was not entered in time", "Run the command again, and enter the new code.")
}

pub(super) fn declined() -> Failure {
    Failure::settings(
        "the sign-in was declined",
        "Nothing was stored. Run the command again when you want to sign in.",
    )
}

/// By how much the standard lets a client slow down.
const SLOW_DOWN: Duration = Duration::from_secs(5);
