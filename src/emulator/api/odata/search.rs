//! `$search`: terms joined with AND and OR.

use super::{Entity, QueryError, member};
use serde_json::Value;

/// Alternatives, each a row of terms that must all be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search(Vec<Vec<Term>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    /// `None` for a bare term, which is looked for in the names.
    property: Option<String>,
    text: String,
}

/// Where a bare term is looked for.
const NAMES: [&str; 4] = ["displayName", "description", "serialNumber", "userPrincipalName"];

/// Compared word by word; other properties from their beginning.
const IN_WORDS: [&str; 2] = ["displayName", "description"];

impl Search {
    /// Reads `"displayName:lap" AND "description:x"`, or a bare `lap`. Without quotes around it, a term that names its
    /// property is the directory's syntax error.
    pub(crate) fn parse(text: &str) -> Result<Self, QueryError> {
        let mut alternatives = vec![Vec::new()];
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (term, after) = term(text, rest)?;
            match after.trim_start() {
                more if word(more, "AND").is_some() => rest = word(more, "AND").unwrap_or_default(),
                more if word(more, "OR").is_some() => {
                    rest = word(more, "OR").unwrap_or_default();
                    push(&mut alternatives, term);
                    alternatives.push(Vec::new());
                    continue;
                }
                more => rest = more,
            }
            push(&mut alternatives, term);
        }
        match alternatives.iter().any(Vec::is_empty) {
            true => {
                Err(QueryError::bad_request(format!("Syntax error: incomplete search clause in '{text}'.")))
            }
            false => Ok(Self(alternatives)),
        }
    }

    pub(crate) fn matches(&self, entity: &Entity) -> bool {
        self.0.iter().any(|terms| terms.iter().all(|term| term.matches(entity)))
    }

    /// The properties that are named.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().filter_map(|term| term.property.as_deref())
    }
}

impl Term {
    fn matches(&self, entity: &Entity) -> bool {
        match &self.property {
            Some(property) => self.found_in(property, entity),
            None => NAMES.iter().any(|name| self.found_in(name, entity)),
        }
    }

    fn found_in(&self, property: &str, entity: &Entity) -> bool {
        let Some(Value::String(value)) = member(entity, property) else {
            return false;
        };
        let (value, text) = (value.to_lowercase(), self.text.to_lowercase());
        if !IN_WORDS.iter().any(|name| name.eq_ignore_ascii_case(property)) {
            return value.starts_with(&text);
        }
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
        };
        let wanted = words(&text);
        let present = words(&value);
        value.starts_with(&text) || wanted.iter().all(|w| present.iter().any(|p| p.starts_with(w.as_str())))
    }
}

fn push(alternatives: &mut [Vec<Term>], term: Term) {
    if let Some(last) = alternatives.last_mut() {
        last.push(term);
    }
}

fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let after = text.strip_prefix(word)?;
    (after.is_empty() || after.starts_with([' ', '"'])).then(|| after.trim_start())
}

fn term<'a>(whole: &str, rest: &'a str) -> Result<(Term, &'a str), QueryError> {
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (bare, after) = rest.split_at(end);
        return match bare.find(':') {
            Some(colon) => Err(QueryError::bad_request(format!(
                "Syntax error: character ':' is not valid at position {} in '{whole}'.",
                whole.len() - rest.len() + colon
            ))),
            None => Ok((Term { property: None, text: bare.to_owned() }, after)),
        };
    };
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => {
                let (property, text) = match text.split_once(':') {
                    Some((property, text)) => (Some(property.trim().to_owned()), text.to_owned()),
                    None => (None, text),
                };
                return Ok((Term { property, text }, &quoted[at + 1..]));
            }
            '\\' => text.extend(characters.next().map(|(_, c)| c)),
            c => text.push(c),
        }
    }
    Err(QueryError::bad_request(format!(
        "Syntax error: an unterminated string literal was found at position {} in '{whole}'.",
        whole.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn found(search: &str, name: &str) -> bool {
        let entity = json!({"displayName": name, "mail": "a@contoso.com"});
        let entity = entity.as_object().cloned().unwrap_or_default();
        Search::parse(search).unwrap_or_else(|why| panic!("{search}: {why}")).matches(&entity)
    }

    #[test]
    fn finds_words_by_their_beginning() {
        for (search, expected) in [
            (r#""displayName:auto""#, true),
            (r#""DISPLAYNAME:pilot""#, true),
            (r#""displayName:ilot""#, false),
            (r#""displayName:devices auto""#, true),
            (r#""mail:a@con""#, true),
            (r#""mail:contoso""#, false),
            (r#""displayName:zzz" OR "displayName:devices""#, true),
            (r#""displayName:auto" AND "mail:zzz""#, false),
            ("auto", true),
            (r#""pilot""#, true),
        ] {
            assert_eq!(found(search, "Autopilot Pilot Devices"), expected, "{search}");
        }
    }

    #[test]
    fn a_named_property_without_quotes_is_a_syntax_error() {
        let refusal = Search::parse("displayName:auto").expect_err("quotes are missing");
        assert_eq!(
            refusal.message,
            "Syntax error: character ':' is not valid at position 11 in 'displayName:auto'."
        );
        assert!(Search::parse("").is_err());
        assert!(Search::parse(r#""open"#).is_err());
        assert!(Search::parse(r#""a" OR "#).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = Search::parse(&text);
        }
    }
}
