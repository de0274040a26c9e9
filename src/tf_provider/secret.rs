//! Values that must never be shown.

use std::fmt;

/// A text that no log, error or debug output can show: the only way to its content is [`Secret::expose`].
///
/// It has no `Display` and no serde implementation, and its `Debug` is a constant, the same for every length.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of sight.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_same_for_every_secret() {
        #[derive(Debug)]
        struct Holder {
            #[allow(dead_code)]
            password: Secret,
        }
        let holder = Holder { password: Secret::new("hunter2") };
        assert_eq!(format!("{holder:?}"), "Holder { password: Secret(redacted) }");
        assert_eq!(format!("{:#?}", Secret::default()), "Secret(redacted)");
        assert_eq!(holder.password.expose(), "hunter2");
    }
}
