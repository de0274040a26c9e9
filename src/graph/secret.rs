//! Text that must never reach a log, a message or a file.

use std::fmt;

use http::HeaderValue;

/// A password, token, key or assertion.
///
/// It has no `Display`, its `Debug` prints a placeholder, and the only way to its text is [`Secret::expose`], so that
/// every place where a secret leaves the program can be found by searching for one word.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of an `Authorization: Bearer` header, marked sensitive so that HTTP libraries print it as such and
    /// keep it out of HPACK's tables. `None` when the secret holds characters that no header may carry.
    pub fn bearer(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_text_nor_length() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(..)");
        assert_eq!(format!("{:?}", Secret::new("")), "Secret(..)");
    }

    #[test]
    fn the_header_value_is_sensitive() {
        let value = Secret::new("abc").bearer().unwrap();
        assert_eq!(value.as_bytes(), b"Bearer abc");
        assert!(value.is_sensitive());
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn a_line_break_cannot_become_a_second_header() {
        assert_eq!(Secret::new("abc\r\nX-Other: 1").bearer(), None);
    }
}
