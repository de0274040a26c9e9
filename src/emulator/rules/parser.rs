//! From text to a condition.

use super::condition::{Collection, Comparison, Condition, Moment, Operand, Test, TestKind};
use super::lexer::{Lexeme, tokens};
use super::properties::{self, GROUP, PropertyKind};
use super::subject::{RuleError, Subject};
use fancy_regex::{Regex, RegexBuilder};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The longest rule the directory takes, in characters.
pub const MAX_LENGTH: usize = 3072;

/// What a rule is about, and its condition.
pub(super) fn parse(text: &str) -> Result<(Subject, Condition), RuleError> {
    if text.chars().count() > MAX_LENGTH {
        return Err(RuleError(format!(
            "The total length of the body of the membership rule cannot exceed {MAX_LENGTH} characters."
        )));
    }
    let mut parser =
        Parser { tokens: tokens(text)?, at: 0, depth: 0, about: None, elements: Vec::new(), parts: 0 };
    if parser.tokens.is_empty() {
        return Err(RuleError("Query compilation error: the rule is empty".to_owned()));
    }
    let condition = match parser.direct_reports() {
        Some(condition) => condition,
        None => parser.or()?,
    };
    if let Some(extra) = parser.tokens.get(parser.at) {
        return Err(compilation(extra));
    }
    let about = parser.about.ok_or_else(|| {
        RuleError("Query compilation error: the rule names no property of user or device".to_owned())
    })?;
    if parser.parts > 1 && looks_at_groups(&condition) {
        return Err(RuleError("Property 'memberOf' cannot be combined with other expressions".to_owned()));
    }
    Ok((about, condition))
}

/// Deep enough for any human, shallow enough for any stack.
const MAX_DEPTH: usize = 64;

struct Parser {
    tokens: Vec<Lexeme>,
    at: usize,
    depth: usize,
    about: Option<Subject>,
    /// The collections whose elements are in scope, innermost last.
    elements: Vec<PropertyKind>,
    /// How many expressions there are outside `-any` and `-all`.
    parts: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Condition, RuleError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(RuleError("Query compilation error: the rule is nested too deeply".to_owned()));
        }
        let mut operands = vec![self.and()?];
        while self.take_operator("or") {
            operands.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(operands, Condition::Any))
    }

    fn and(&mut self) -> Result<Condition, RuleError> {
        let mut operands = vec![self.not()?];
        while self.take_operator("and") {
            operands.push(self.not()?);
        }
        Ok(one_or(operands, Condition::All))
    }

    fn not(&mut self) -> Result<Condition, RuleError> {
        let mut negated = false;
        while self.take_operator("not") {
            negated = !negated;
        }
        let condition = self.primary()?;
        Ok(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn primary(&mut self) -> Result<Condition, RuleError> {
        match self.next()? {
            Lexeme::Open => {
                let inner = self.or()?;
                match self.next()? {
                    Lexeme::Close => Ok(inner),
                    other => Err(compilation(&other)),
                }
            }
            Lexeme::Word(name) => self.expression(&name),
            other => Err(compilation(&other)),
        }
    }

    fn expression(&mut self, name: &str) -> Result<Condition, RuleError> {
        let (operand, kind) = self.operand(name)?;
        if self.elements.is_empty() {
            self.parts += 1;
        }
        let written = match self.next()? {
            Lexeme::Word(word) => word,
            other => return Err(invalid_operator(&other.shown())),
        };
        let operator = operator_name(&written);
        match operator.as_str() {
            "any" | "all" => self.each(name, operand, kind, operator == "all"),
            _ => self.test(name, kind, &written, &operator).map(|test| Condition::Test(operand, test)),
        }
    }

    fn operand(&mut self, name: &str) -> Result<(Operand, PropertyKind), RuleError> {
        let unsupported =
            || RuleError(format!("Unsupported property '{}'", name.split_once('.').map_or(name, |p| p.1)));
        if name == "_" {
            return match self.elements.last() {
                Some(PropertyKind::Texts) => Ok((Operand::Element(None), PropertyKind::Text)),
                _ => Err(RuleError("Unsupported property '_'".to_owned())),
            };
        }
        let (object, property) = name.split_once('.').ok_or_else(unsupported)?;
        if let Some(PropertyKind::Objects(word, fields)) = self.elements.last()
            && object.eq_ignore_ascii_case(word)
        {
            let field =
                fields.iter().find(|field| field.eq_ignore_ascii_case(property)).ok_or_else(unsupported)?;
            return Ok((Operand::Element(Some(field)), PropertyKind::Text));
        }
        if let Some(PropertyKind::Groups) = self.elements.last() {
            return match object.eq_ignore_ascii_case(GROUP) {
                true if property.eq_ignore_ascii_case("objectId") => {
                    Ok((Operand::Element(None), PropertyKind::Text))
                }
                true => Err(unsupported()),
                false => Err(groups_stand_alone()),
            };
        }
        let about = match object.to_ascii_lowercase().as_str() {
            "user" => Subject::Users,
            "device" => Subject::Devices,
            _ => return Err(unsupported()),
        };
        if *self.about.get_or_insert(about) != about {
            return Err(RuleError("A rule cannot contain both user and device properties".to_owned()));
        }
        if properties::is_extension(property) {
            return Ok((Operand::Property(property.to_owned()), PropertyKind::Text));
        }
        let found = properties::find(about, property).ok_or_else(unsupported)?;
        Ok((Operand::Property(found.path.to_owned()), found.kind))
    }

    fn each(
        &mut self,
        name: &str,
        operand: Operand,
        kind: PropertyKind,
        every: bool,
    ) -> Result<Condition, RuleError> {
        let over = match (kind, &operand) {
            (PropertyKind::Groups, _) if every => return Err(unsupported_operator("-all", name)),
            (PropertyKind::Groups, _) => Collection::Groups,
            (PropertyKind::Texts | PropertyKind::Objects(..), Operand::Property(path)) => {
                Collection::Property(collection_path(path).ok_or_else(|| unsupported_operator("-any", name))?)
            }
            _ => return Err(unsupported_operator(if every { "-all" } else { "-any" }, name)),
        };
        self.elements.push(kind);
        let condition = self.or()?;
        self.elements.pop();
        Ok(Condition::Each { over, every, condition: Box::new(condition) })
    }

    fn test(
        &mut self,
        name: &str,
        kind: PropertyKind,
        written: &str,
        operator: &str,
    ) -> Result<Test, RuleError> {
        let (negated, plain) = match operator {
            "ne" => (true, "eq"),
            other => match other.strip_prefix("not") {
                Some(rest) if !rest.is_empty() => (true, rest),
                _ => (false, other),
            },
        };
        let known = ["eq", "startswith", "endswith", "contains", "match", "in", "ge", "le", "gt", "lt"];
        if !known.contains(&plain) || (negated && matches!(plain, "ge" | "le" | "gt" | "lt")) {
            return Err(invalid_operator(written));
        }
        let unsupported = || unsupported_operator(written, name);
        match (kind, plain) {
            (PropertyKind::Groups | PropertyKind::Objects(..), _) => return Err(unsupported()),
            (PropertyKind::Flag, "eq") | (PropertyKind::When, "eq" | "ge" | "le" | "gt" | "lt") => {}
            (PropertyKind::Flag | PropertyKind::When, _) | (_, "ge" | "le" | "gt" | "lt") => {
                return Err(unsupported());
            }
            (PropertyKind::Text | PropertyKind::Texts, _) => {}
        }
        let kind = match (plain, self.value(name)?) {
            ("eq", Value::Null) => TestKind::Null,
            (_, Value::Null) => return Err(unsupported()),
            ("eq", Value::Flag(flag)) if kind == PropertyKind::Flag => TestKind::Flag(flag),
            (_, Value::Moment(moment)) if kind == PropertyKind::When => {
                TestKind::Date(comparison(plain), moment)
            }
            ("in", Value::List(list)) => TestKind::In(list.iter().map(|item| item.to_lowercase()).collect()),
            (_, Value::Text(text)) if matches!(kind, PropertyKind::Text | PropertyKind::Texts) => match plain
            {
                "eq" => TestKind::Equals(text.to_lowercase()),
                "startswith" => TestKind::StartsWith(text.to_lowercase()),
                "endswith" => TestKind::EndsWith(text.to_lowercase()),
                "contains" => TestKind::Contains(text.to_lowercase()),
                "match" => TestKind::Matches(pattern(&text)?),
                _ => return Err(invalid_value(&format!("\"{text}\""), name)),
            },
            (_, other) => return Err(invalid_value(&other.shown(), name)),
        };
        Ok(Test { negated, kind })
    }

    fn value(&mut self, name: &str) -> Result<Value, RuleError> {
        let incomplete =
            || RuleError(format!("Binary expression is not in right format: '{name}' has no value"));
        match self.next().map_err(|_| incomplete())? {
            Lexeme::Text(text) => Ok(Value::Text(text)),
            Lexeme::OpenList => self.list(),
            Lexeme::Word(word) => match word.trim_start_matches('$').to_ascii_lowercase().as_str() {
                "null" => Ok(Value::Null),
                "true" => Ok(Value::Flag(true)),
                "false" => Ok(Value::Flag(false)),
                "system.now" => self.counted_from_now(),
                _ if word.parse::<f64>().is_ok() => Ok(Value::Text(word)),
                _ => match OffsetDateTime::parse(&word, &Rfc3339) {
                    Ok(at) => Ok(Value::Moment(Moment::At(at))),
                    Err(_) => Err(invalid_value(&word, name)),
                },
            },
            Lexeme::Close => Err(incomplete()),
            other => Err(compilation(&other)),
        }
    }

    fn list(&mut self) -> Result<Value, RuleError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Lexeme::Text(text) | Lexeme::Word(text) => items.push(text),
                other => return Err(compilation(&other)),
            }
            match self.next()? {
                Lexeme::Comma => {}
                Lexeme::CloseList => return Ok(Value::List(items)),
                other => return Err(compilation(&other)),
            }
        }
    }

    /// `system.now`, `system.now -plus p1d`, `system.now -minus p14d`.
    fn counted_from_now(&mut self) -> Result<Value, RuleError> {
        let sign = if self.take_operator("plus") {
            1
        } else if self.take_operator("minus") {
            -1
        } else {
            return Ok(Value::Moment(Moment::FromNow(Duration::ZERO)));
        };
        match self.next()? {
            Lexeme::Word(word) => {
                let lower = word.to_ascii_lowercase();
                let days =
                    lower.strip_prefix('p').and_then(|rest| rest.strip_suffix('d')?.parse::<i32>().ok());
                let days = days.ok_or_else(|| invalid_value(&word, "system.now"))?;
                Ok(Value::Moment(Moment::FromNow(Duration::days(sign * i64::from(days)))))
            }
            other => Err(compilation(&other)),
        }
    }

    fn direct_reports(&mut self) -> Option<Condition> {
        let [Lexeme::Word(direct), Lexeme::Word(reports), Lexeme::Word(of), Lexeme::Text(manager)] =
            &self.tokens[..]
        else {
            return None;
        };
        let fits = [(direct, "direct"), (reports, "reports"), (of, "for")];
        if !fits.iter().all(|(word, expected)| word.eq_ignore_ascii_case(expected)) {
            return None;
        }
        let condition = Condition::ReportsTo(manager.to_lowercase());
        self.about = Some(Subject::Users);
        self.at = self.tokens.len();
        Some(condition)
    }

    fn next(&mut self) -> Result<Lexeme, RuleError> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| {
            RuleError("Binary expression is not in right format: the rule ends too early".to_owned())
        })
    }

    fn take_operator(&mut self, name: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Lexeme::Word(word)) if operator_name(word) == name);
        self.at += usize::from(found);
        found
    }
}

enum Value {
    Null,
    Flag(bool),
    Text(String),
    List(Vec<String>),
    Moment(Moment),
}

impl Value {
    fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) => format!("\"{text}\""),
            Self::List(items) => format!("[{}]", items.join(",")),
            Self::Moment(_) => "a date".to_owned(),
        }
    }
}

fn operator_name(word: &str) -> String {
    word.strip_prefix('-').unwrap_or(word).to_ascii_lowercase()
}

fn comparison(operator: &str) -> Comparison {
    match operator {
        "ge" => Comparison::AtLeast,
        "le" => Comparison::AtMost,
        "gt" => Comparison::After,
        "lt" => Comparison::Before,
        _ => Comparison::Equal,
    }
}

/// The service takes .NET's expressions, look-ahead and look-behind included.
fn pattern(text: &str) -> Result<Regex, RuleError> {
    let built = RegexBuilder::new(text)
        .case_insensitive(true)
        .backtrack_limit(100_000)
        .delegate_size_limit(1 << 20)
        .build();
    built.map_err(|_| RuleError(format!("Query compilation error: invalid regular expression \"{text}\"")))
}

/// Paths of collections are few and static.
fn collection_path(path: &str) -> Option<&'static str> {
    ["physicalIds", "systemLabels", "proxyAddresses", "otherMails", "assignedPlans"]
        .into_iter()
        .find(|p| *p == path)
}

fn looks_at_groups(condition: &Condition) -> bool {
    match condition {
        Condition::All(list) | Condition::Any(list) => list.iter().any(looks_at_groups),
        Condition::Not(inner) => looks_at_groups(inner),
        Condition::Each { over, condition, .. } => *over == Collection::Groups || looks_at_groups(condition),
        Condition::Test(..) | Condition::ReportsTo(_) => false,
    }
}

fn one_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            many(conditions)
        }
    }
}

fn groups_stand_alone() -> RuleError {
    RuleError("Property 'memberOf' cannot be combined with other expressions".to_owned())
}

fn compilation(token: &Lexeme) -> RuleError {
    RuleError(format!("Query compilation error: unexpected '{}'", token.shown()))
}

fn invalid_operator(token: &str) -> RuleError {
    RuleError(format!("Invalid operator '{token}'"))
}

fn unsupported_operator(operator: &str, name: &str) -> RuleError {
    RuleError(format!("Operator '{operator}' is not supported on attribute '{name}'"))
}

fn invalid_value(value: &str, name: &str) -> RuleError {
    RuleError(format!("Invalid value {value} for property '{name}'"))
}
