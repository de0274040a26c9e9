//! What a single value must satisfy, each with the sentence that the manual prints.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::tf_provider::value::Value;

/// A condition on a known value, and the sentence that states it ("at most 200 characters").
///
/// Null and unknown values are never tested.
#[derive(Clone)]
pub struct Check {
    sentence: String,
    test: Arc<Test>,
    is_discreet: bool,
    concerns: Concerns,
}

/// Which values a check or rule is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concerns {
    /// Every value that is written: nothing that exists can have another.
    #[default]
    Written,
    /// Values that are to be set. What exists may be otherwise, and whoever writes it down as it is changes nothing.
    Changed,
}

type Test = dyn Fn(&Value) -> Result<(), String> + Send + Sync;

impl Check {
    /// A check whose `test` answers what is wrong with a value, as a clause that can follow "must be ...: ".
    pub fn new(
        sentence: impl Into<String>,
        test: impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let (is_discreet, concerns) = (false, Concerns::Written);
        Self { sentence: sentence.into(), test: Arc::new(test), is_discreet, concerns }
    }

    /// A check on text.
    pub fn text(
        sentence: impl Into<String>,
        test: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(sentence, move |value| value.as_str().map_or(Ok(()), &test))
    }

    /// What the check says is wrong gives nothing away of the value, so it may be said of a sensitive one.
    #[must_use]
    pub fn discreet(mut self) -> Self {
        self.is_discreet = true;
        self
    }

    /// The check is about values that are to be set: objects that exist may have others, and in tests of modules
    /// (`mock_provider`) every result is made up.
    #[must_use]
    pub fn of_changes(mut self) -> Self {
        self.concerns = Concerns::Changed;
        self
    }

    /// Which values the check is about.
    pub fn concerns(&self) -> Concerns {
        self.concerns
    }

    /// Whether what is wrong may be said of a sensitive value.
    pub fn is_discreet(&self) -> bool {
        self.is_discreet
    }

    /// What the value must be, for the manual and for messages.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Says what is wrong with the value.
    pub fn run(&self, value: &Value) -> Result<(), String> {
        (self.test)(value)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.sentence).finish()
    }
}

/// Text of at most `limit` characters.
pub fn longest(limit: usize) -> Check {
    Check::text(format!("at most {limit} characters"), move |text| {
        let length = text.chars().count();
        if length <= limit { Ok(()) } else { Err(format!("it has {length} characters")) }
    })
}

/// Text with at least one character that is not white space.
pub fn not_blank() -> Check {
    Check::text("at least one character", |text| {
        if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(()) }
    })
}

/// An absolute `https` address.
pub fn https_url() -> Check {
    Check::text("an address that begins with `https://`", |text| match url::Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.host().is_some() => Ok(()),
        Ok(url) => Err(format!("it begins with `{}:`", url.scheme())),
        Err(error) => Err(format!("it cannot be read as an address ({error})")),
    })
}

/// A whole number within bounds, both included.
pub fn between(low: i64, high: i64) -> Check {
    Check::new(format!("from {low} to {high}"), move |value| match value.as_i64() {
        Some(n) if (low..=high).contains(&n) => Ok(()),
        Some(n) => Err(format!("it is {n}")),
        None => Err("it is out of range".to_owned()),
    })
}

/// A collection with at least `low` and at most `high` elements.
pub fn count_between(low: usize, high: usize) -> Check {
    let sentence = match (low, high) {
        (low, usize::MAX) => format!("at least {low} {}", elements(low)),
        (0, high) => format!("at most {high} {}", elements(high)),
        (low, high) => format!("{low} to {high} elements"),
    };
    Check::new(sentence, move |value| {
        let count = value.elements().len();
        if (low..=high).contains(&count) { Ok(()) } else { Err(format!("it has {count}")) }
    })
}

/// A duration such as `90s`, `30m` or `1h30m`.
pub fn duration() -> Check {
    Check::text("a duration such as `90s`, `30m` or `1h30m`", |text| parse_duration(text).map(|_| ()))
}

/// Reads a duration written as numbers with units (`ms`, `s`, `m`, `h`), largest first or not.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let refusal = || format!("`{text}` cannot be read as one");
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(refusal());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refusal)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| refusal())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..unit] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(refusal()),
        };
        total += Duration::try_from_secs_f64(amount * seconds).map_err(|_| refusal())?;
        rest = &rest[unit..];
    }
    Ok(total)
}

fn elements(count: usize) -> &'static str {
    if count == 1 { "element" } else { "elements" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_one_or_several_units() {
        let table =
            [("90s", 90_000), ("30m", 1_800_000), ("1h30m", 5_400_000), ("250ms", 250), ("1.5h", 5_400_000)];
        for (text, milliseconds) in table {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "10", "m", "ten minutes", "1d", "-5m", "99999999999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_check_says_what_is_wrong() {
        let long = Value::from("abcdef");
        assert_eq!(longest(5).run(&long), Err("it has 6 characters".to_owned()));
        assert_eq!(longest(6).run(&long), Ok(()));
        assert!(https_url().run(&Value::from("http://x.example")).is_err());
        assert!(between(1, 3).run(&Value::from(4_i64)).is_err());
        assert_eq!(count_between(1, usize::MAX).sentence(), "at least 1 element");
    }
}
