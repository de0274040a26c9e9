//! An access token and the times that matter about it.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use time::{Duration, OffsetDateTime};

use super::Failure;
use crate::graph::secret::Secret;

/// A token for Graph. Cloning is cheap.
#[derive(Clone)]
pub struct AccessToken {
    secret: Arc<Secret>,
    header: HeaderValue,
    expires: OffsetDateTime,
    renew_at: OffsetDateTime,
}

impl AccessToken {
    /// A token obtained at `now` and accepted until `expires`.
    ///
    /// It is renewed five minutes before it expires, or halfway through its life when that is shorter.
    pub fn new(
        token: impl Into<Secret>,
        now: OffsetDateTime,
        expires: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let token: Secret = token.into();
        let secret = Secret::new(token.expose().trim());
        let header = (!secret.is_empty()).then(|| secret.bearer()).flatten().ok_or_else(|| {
            Failure::settings(
                "the access token is empty or holds characters that an HTTP header cannot carry",
                "Check that the whole token, and nothing but the token, is given.",
            )
        })?;
        let life = (expires - now).max(Duration::ZERO);
        Ok(Self {
            secret: Arc::new(secret),
            header,
            expires,
            renew_at: expires - RENEWAL_MARGIN.min(life / 2),
        })
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub fn authorization(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// When Graph stops accepting it.
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// When a new one should be asked for, while this one still works.
    pub fn renew_at(&self) -> OffsetDateTime {
        self.renew_at
    }

    /// Whether both are the same token.
    pub fn is(&self, other: &Self) -> bool {
        self.secret == other.secret
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires", &self.expires).finish_non_exhaustive()
    }
}

const RENEWAL_MARGIN: Duration = Duration::minutes(5);

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    #[test]
    fn renewal_comes_five_minutes_early_or_halfway() {
        for (life, renewal) in
            [(3599, 3299), (86_400, 86_100), (600, 300), (300, 150), (10, 5), (0, 0), (-5, -5)]
        {
            let token = AccessToken::new("x", NOW, NOW + Duration::seconds(life)).unwrap();
            assert_eq!(token.renew_at() - NOW, Duration::seconds(renewal), "life of {life} s");
        }
    }

    #[test]
    fn a_line_break_at_the_end_is_forgiven_and_one_inside_is_not() {
        assert_eq!(AccessToken::new("abc\n", NOW, NOW).unwrap().secret().expose(), "abc");
        for text in ["", " \n", "a\nb"] {
            assert!(AccessToken::new(text, NOW, NOW).is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let shown = format!("{:?}", AccessToken::new("hunter2", NOW, NOW).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
