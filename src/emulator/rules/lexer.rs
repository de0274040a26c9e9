//! Tokens of a membership rule.

use super::subject::RuleError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme {
    /// A quoted string, unescaped.
    Text(String),
    /// Anything else between separators: a property, an operator, `true`, a number. As written.
    Word(String),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
}

impl Lexeme {
    /// How the token is named in an error.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{text}\""),
            Self::Word(word) => word.clone(),
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::OpenList => "[".to_owned(),
            Self::CloseList => "]".to_owned(),
            Self::Comma => ",".to_owned(),
        }
    }
}

pub(super) fn tokens(rule: &str) -> Result<Vec<Lexeme>, RuleError> {
    let mut tokens = Vec::new();
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Lexeme::Open, &rest[1..]),
            ')' => (Lexeme::Close, &rest[1..]),
            '[' => (Lexeme::OpenList, &rest[1..]),
            ']' => (Lexeme::CloseList, &rest[1..]),
            ',' => (Lexeme::Comma, &rest[1..]),
            '"' => double_quoted(&rest[1..])?,
            '\'' => single_quoted(&rest[1..])?,
            '`' if rest[1..].starts_with('"') => escaped(&rest[2..])?,
            c if in_word(c) => {
                let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                // Manuals print the hyphen of operators as a dash.
                (Lexeme::Word(rest[..end].replace('\u{2013}', "-")), &rest[end..])
            }
            c => return Err(RuleError(format!("Invalid characters found in the rule: {c}"))),
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '\u{2013}' | '$' | ':' | '+')
}

fn double_quoted(rest: &str) -> Result<(Lexeme, &str), RuleError> {
    let mut text = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((Lexeme::Text(text), &rest[at + 1..])),
            '`' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            c => text.push(c),
        }
    }
    Err(unterminated(rest))
}

fn single_quoted(rest: &str) -> Result<(Lexeme, &str), RuleError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                text.push('\'');
            }
            '\'' => return Ok((Lexeme::Text(text), &rest[at + 1..])),
            c => text.push(c),
        }
    }
    Err(unterminated(rest))
}

/// A value whose own quotes are both escaped, which needs no quotes around it.
fn escaped(rest: &str) -> Result<(Lexeme, &str), RuleError> {
    let end = rest.find("`\"").ok_or_else(|| unterminated(rest))?;
    Ok((Lexeme::Text(format!("\"{}\"", &rest[..end])), &rest[end + 2..]))
}

fn unterminated(rest: &str) -> RuleError {
    RuleError(format!("Query compilation error: unterminated string '{rest}'"))
}
