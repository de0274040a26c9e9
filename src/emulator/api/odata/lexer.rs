//! Tokens of a `$filter` expression.

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, macros::format_description};

/// A token and where it ends, which is the position OData reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lexeme {
    pub(crate) kind: LexemeKind,
    pub(crate) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LexemeKind {
    /// A name, dots included: `displayName`, `microsoft.graph.device`, `and`, `$count`.
    Name(String),
    Text(String),
    Number(f64),
    Guid(String),
    When(OffsetDateTime),
    Open,
    Close,
    Comma,
    Slash,
    Colon,
    End,
}

/// Splits an expression. The error is OData's sentence, without Graph's prefix.
pub(crate) fn tokens(text: &str) -> Result<Vec<Lexeme>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = match c {
            '(' => (LexemeKind::Open, at + 1),
            ')' => (LexemeKind::Close, at + 1),
            ',' => (LexemeKind::Comma, at + 1),
            '/' => (LexemeKind::Slash, at + 1),
            ':' => (LexemeKind::Colon, at + 1),
            '\'' => quoted(&chars, at, text)?,
            _ if guid_at(&chars, at) => (LexemeKind::Guid(chars[at..at + 36].iter().collect()), at + 36),
            _ if c.is_ascii_digit() || c == '-' => number_or_date(&chars, at, text)?,
            _ if starts_name(c) => name(&chars, at, text)?,
            _ => return Err(syntax_error(at, text)),
        };
        out.push(Lexeme { kind, end });
        at = end;
    }
    out.push(Lexeme { kind: LexemeKind::End, end: at });
    Ok(out)
}

pub(crate) fn syntax_error(position: usize, text: &str) -> String {
    format!("Syntax error at position {position} in '{text}'.")
}

fn quoted(chars: &[char], start: usize, text: &str) -> Result<(LexemeKind, usize), String> {
    let mut value = String::new();
    let mut at = start + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('\''), Some('\'')) => {
                value.push('\'');
                at += 2;
            }
            (Some('\''), _) => return Ok((LexemeKind::Text(value), at + 1)),
            (Some(&c), _) => {
                value.push(c);
                at += 1;
            }
            (None, _) => {
                return Err(format!("There is an unterminated string literal at position {at} in '{text}'."));
            }
        }
    }
}

/// A name, or a literal that carries its type: `microsoft.graph.deviceType'desktop'`, `guid'…'`.
fn name(chars: &[char], start: usize, text: &str) -> Result<(LexemeKind, usize), String> {
    let end = start + chars[start..].iter().take_while(|&&c| continues_name(c)).count();
    if chars.get(end) == Some(&'\'') {
        return quoted(chars, end, text);
    }
    Ok((LexemeKind::Name(chars[start..end].iter().collect()), end))
}

fn number_or_date(chars: &[char], start: usize, text: &str) -> Result<(LexemeKind, usize), String> {
    let belongs = |c: &&char| c.is_ascii_alphanumeric() || matches!(**c, '-' | '+' | '.' | ':');
    let end = start + chars[start..].iter().take_while(belongs).count();
    let literal: String = chars[start..end].iter().collect();
    let kind = if let Ok(number) = literal.trim_end_matches(['L', 'l', 'M', 'm', 'd', 'f']).parse::<f64>() {
        LexemeKind::Number(number)
    } else if let Ok(when) = OffsetDateTime::parse(&literal, &Rfc3339) {
        LexemeKind::When(when)
    } else if let Ok(day) = Date::parse(&literal, format_description!("[year]-[month]-[day]")) {
        LexemeKind::When(day.midnight().assume_utc())
    } else if literal.contains('T') {
        return Err(format!(
            "The DateTimeOffset text '{literal}' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each \
             field value is within valid range."
        ));
    } else {
        return Err(format!("Unrecognized 'Edm.String' literal '{literal}' at '{start}' in '{text}'."));
    };
    Ok((kind, end))
}

fn guid_at(chars: &[char], start: usize) -> bool {
    let Some(window) = chars.get(start..start + 36) else {
        return false;
    };
    let shaped = window.iter().enumerate().all(|(i, c)| match i {
        8 | 13 | 18 | 23 => *c == '-',
        _ => c.is_ascii_hexdigit(),
    });
    shaped && !chars.get(start + 36).is_some_and(|&c| continues_name(c) || c == '-')
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$' | '@')
}

fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@')
}
