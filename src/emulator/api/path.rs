//! Paths below the version, in pieces.

/// The keys of a path by the names that the template gives them.
pub(crate) type Keys = Vec<(&'static str, String)>;

/// A piece of a path. A key in parentheses is a piece of its own: `groups('a')` is `groups` and `a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(super) text: String,
    pub(super) in_parentheses: bool,
}

/// Splits a raw (still percent-encoded) path below the version. None when it cannot be a path of the API: bad
/// encoding, unbalanced quotes, `.` or `..` as a segment.
pub(crate) fn pieces(raw: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    for segment in raw.split('/').filter(|segment| !segment.is_empty()) {
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
        if decoded == "." || decoded == ".." || decoded.chars().any(char::is_control) {
            return None;
        }
        match decoded.strip_suffix(')').and_then(|head| head.split_once('(')) {
            Some((name, argument)) if !name.is_empty() => {
                pieces.push(plain(name));
                let (label, value) = match argument.split_once('=') {
                    Some((label, value)) if !label.contains('\'') => (Some(label), value),
                    _ => (None, argument),
                };
                if let Some(label) = label {
                    pieces.push(plain(&format!("({label}=)")));
                }
                if !argument.is_empty() {
                    pieces.push(Piece { text: unquoted(value)?, in_parentheses: true });
                }
            }
            _ => pieces.push(plain(&decoded)),
        }
    }
    Some(pieces)
}

fn plain(text: &str) -> Piece {
    Piece { text: text.to_owned(), in_parentheses: false }
}

fn unquoted(literal: &str) -> Option<String> {
    match literal.strip_prefix('\'') {
        Some(rest) => Some(rest.strip_suffix('\'')?.replace("''", "'")),
        None => Some(literal.to_owned()),
    }
}
