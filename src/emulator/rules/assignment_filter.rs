//! Rules of assignment filters: conditions on a device as Intune knows it.
//!
//! ```text
//! rule      = and { or and }
//! and       = not { and not }
//! not       = [ not ] ( '(' rule ')' | 'device.' property operator value )
//! operator  = -eq -ne -startsWith -notStartsWith -endsWith -notEndsWith -contains -notContains -in -notIn
//! value     = "text" | 'text' | [ value { , value } ]
//! ```
//!
//! Words are read without regard to case and their hyphen may be left out; texts are compared without regard to case.

use std::collections::BTreeMap;

/// What a filter can ask about Windows devices.
const PROPERTIES: &[&str] = &[
    "deviceName",
    "manufacturer",
    "model",
    "deviceCategory",
    "osVersion",
    "operatingSystemVersion",
    "deviceOwnership",
    "enrollmentProfileName",
    "operatingSystemSKU",
    "deviceTrustType",
    "cpuArchitecture",
    "isRooted",
];

/// A rule that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(&'static str, Operator, Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equals,
    StartsWith,
    EndsWith,
    Contains,
}

/// A device's values by property name. What is missing counts as empty.
pub(crate) type Facts<'a> = BTreeMap<&'static str, &'a str>;

impl Rule {
    /// Whether a device satisfies the rule.
    pub(crate) fn matches(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.matches(facts)),
            Self::Any(rules) => rules.iter().any(|rule| rule.matches(facts)),
            Self::Not(rule) => !rule.matches(facts),
            Self::Test(property, operator, values) => {
                let own = facts.get(property).copied().unwrap_or_default().to_lowercase();
                values.iter().any(|value| match operator {
                    Operator::Equals => own == *value,
                    Operator::StartsWith => own.starts_with(value),
                    Operator::EndsWith => own.ends_with(value),
                    Operator::Contains => own.contains(value),
                })
            }
        }
    }
}

/// Reads a rule; the text says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Rule, String> {
    let mut reader = Reader { tokens: tokens(text)?, next: 0, depth: 0 };
    let rule = reader.any()?;
    match reader.take() {
        None => Ok(rule),
        Some(token) => Err(format!("{token:?} is not expected.")),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lexeme {
    Word(String),
    Text(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<Lexeme>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' | ')' | '[' | ']' | ',' => (Lexeme::Sign(first), 1),
            '"' | '\'' => {
                let inner = &rest[1..];
                let end = inner.find(first).ok_or("a text does not end.")?;
                (Lexeme::Text(inner[..end].to_lowercase()), end + 2)
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "()[],\"'".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len());
                (Lexeme::Word(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Lexeme>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn any(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.all()?];
        while self.took_word("or") {
            rules.push(self.all()?);
        }
        Ok(one_or(rules, Rule::Any))
    }

    fn all(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.not()?];
        while self.took_word("and") {
            rules.push(self.not()?);
        }
        Ok(one_or(rules, Rule::All))
    }

    fn not(&mut self) -> Result<Rule, String> {
        let negated = self.took_word("not");
        let rule = match self.took_sign('(') {
            true => self.inside()?,
            false => self.test()?,
        };
        Ok(if negated { Rule::Not(Box::new(rule)) } else { rule })
    }

    fn inside(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("it is nested too deeply.".to_owned());
        }
        let rule = self.any()?;
        self.depth -= 1;
        match self.took_sign(')') {
            true => Ok(rule),
            false => Err("a ')' is missing.".to_owned()),
        }
    }

    fn test(&mut self) -> Result<Rule, String> {
        let name = self.word("a property")?;
        let own = name.get(..7).filter(|prefix| prefix.eq_ignore_ascii_case("device.")).map(|_| &name[7..]);
        let property = PROPERTIES
            .iter()
            .find(|property| own.is_some_and(|own| property.eq_ignore_ascii_case(own)))
            .ok_or_else(|| format!("'{name}' is no property of a Windows device."))?;
        let word = self.word("an operator")?;
        let (negated, operator) = operator(&word).ok_or_else(|| format!("'{word}' is no operator."))?;
        let test = Rule::Test(property, operator, self.values()?);
        Ok(if negated { Rule::Not(Box::new(test)) } else { test })
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        if !self.took_sign('[') {
            return self.value().map(|value| vec![value]);
        }
        let mut values = vec![self.value()?];
        while self.took_sign(',') {
            values.push(self.value()?);
        }
        match self.took_sign(']') {
            true => Ok(values),
            false => Err("a ']' is missing.".to_owned()),
        }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.take() {
            Some(Lexeme::Text(text)) => Ok(text),
            Some(Lexeme::Word(word)) => Ok(word.to_lowercase()),
            _ => Err("a value is missing.".to_owned()),
        }
    }

    fn word(&mut self, what: &str) -> Result<String, String> {
        match self.take() {
            Some(Lexeme::Word(word)) => Ok(word),
            _ => Err(format!("{what} is missing.")),
        }
    }

    fn took_word(&mut self, wanted: &str) -> bool {
        let is = |word: &str| word.trim_start_matches('-').eq_ignore_ascii_case(wanted);
        let found = matches!(self.tokens.get(self.next), Some(Lexeme::Word(word)) if is(word));
        self.next += usize::from(found);
        found
    }

    fn took_sign(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.next) == Some(&Lexeme::Sign(sign));
        self.next += usize::from(found);
        found
    }

    fn take(&mut self) -> Option<Lexeme> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }
}

fn operator(word: &str) -> Option<(bool, Operator)> {
    let known = match word.trim_start_matches('-').to_lowercase().as_str() {
        "eq" | "in" => (false, Operator::Equals),
        "ne" | "notin" => (true, Operator::Equals),
        "startswith" => (false, Operator::StartsWith),
        "notstartswith" => (true, Operator::StartsWith),
        "endswith" => (false, Operator::EndsWith),
        "notendswith" => (true, Operator::EndsWith),
        "contains" => (false, Operator::Contains),
        "notcontains" => (true, Operator::Contains),
        _ => return None,
    };
    Some(known)
}

fn one_or(mut rules: Vec<Rule>, many: impl FnOnce(Vec<Rule>) -> Rule) -> Rule {
    match rules.len() {
        1 => rules.remove(0),
        _ => many(rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_by_what_intune_knows() {
        let facts = Facts::from([("osVersion", "10.0.26100.1"), ("enrollmentProfileName", "HQ")]);
        for (rule, wanted) in [
            ("(device.osVersion -startsWith \"10.0.26\")", true),
            ("(device.osVersion -notStartsWith \"10.0.26\")", false),
            ("(device.enrollmentProfileName -eq \"hq\") and (device.osVersion -contains '22631')", false),
            ("device.enrollmentProfileName in [\"A\", \"HQ\"] or device.model -eq \"x\"", true),
            ("not (device.enrollmentProfileName -eq \"HQ\")", false),
        ] {
            assert_eq!(parse(rule).map(|rule| rule.matches(&facts)), Ok(wanted), "{rule}");
        }
    }

    #[test]
    fn refuses_what_is_no_rule() {
        for rule in [
            "",
            "(device.osVersion -eq \"1\"",
            "device.colour -eq \"red\"",
            "user.department -eq \"IT\"",
            "device.model -like \"x\"",
            "device.model -eq \"x",
            "device.model -eq \"x\" \"y\"",
            "device.model -in [\"x\"",
        ] {
            assert!(parse(rule).is_err(), "{rule}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
