//! What a `$filter` says, once it is read.

use time::OffsetDateTime;

/// What a `$filter` can do; services support different sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    In,
    Not,
    StartsWith,
    EndsWith,
    Contains,
    Any,
    All,
    IsOf,
    /// `collection/$count`.
    Count,
    /// `tolower` or `toupper`.
    Case,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Literal(Literal),
    Path(Path),
    /// Two or more operands.
    And(Vec<Self>),
    /// Two or more operands.
    Or(Vec<Self>),
    Not(Box<Self>),
    Compare(Op, Box<Self>, Box<Self>),
    In(Box<Self>, Vec<Literal>),
    Text(Op, Box<Self>, Box<Self>),
    Case {
        upper: bool,
        inner: Box<Self>,
    },
    /// `any` or `all`; `any()` has neither variable nor body.
    Quantified {
        op: Op,
        path: Path,
        body: Option<(String, Box<Self>)>,
    },
    Count(Path),
    IsOf(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    Guid(String),
    When(OffsetDateTime),
}

/// `a/b/c`, where the first may be a lambda's variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path(pub(crate) Vec<String>);

impl Path {
    pub(super) fn root(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }
}

impl Expr {
    pub(super) fn property(&self) -> Option<&str> {
        match self {
            Self::Path(path) | Self::Count(path) => path.root(),
            Self::Case { inner, .. } => inner.property(),
            _ => None,
        }
    }

    pub(super) fn collect_uses<'a>(&'a self, found: &mut Vec<(Op, Option<&'a str>)>) {
        match self {
            Self::Literal(_) | Self::Path(_) => {}
            Self::And(list) | Self::Or(list) => list.iter().for_each(|e| e.collect_uses(found)),
            Self::Not(inner) => {
                found.push((Op::Not, None));
                inner.collect_uses(found);
            }
            Self::Compare(op, left, right) | Self::Text(op, left, right) => {
                found.push((*op, left.property().or(right.property())));
                left.collect_uses(found);
                right.collect_uses(found);
            }
            Self::In(left, _) => {
                found.push((Op::In, left.property()));
                left.collect_uses(found);
            }
            Self::Case { inner, .. } => {
                found.push((Op::Case, inner.property()));
                inner.collect_uses(found);
            }
            Self::Quantified { op, path, body } => {
                found.push((*op, path.root()));
                if let Some((variable, body)) = body {
                    let mut inside = Vec::new();
                    body.collect_uses(&mut inside);
                    found.extend(inside.into_iter().map(|(op, name)| match name {
                        Some(name) if name == variable => (op, path.root()),
                        other => (op, other),
                    }));
                }
            }
            Self::Count(path) => found.push((Op::Count, path.root())),
            Self::IsOf(_) => found.push((Op::IsOf, None)),
        }
    }

    pub(super) fn alternatives(&self) -> usize {
        match self {
            Self::Or(list) => list.iter().map(Self::alternatives).sum::<usize>().max(list.len()),
            Self::And(list) => list.iter().map(Self::alternatives).max().unwrap_or(1),
            Self::In(_, list) => list.len(),
            Self::Not(inner) => inner.alternatives(),
            Self::Quantified { body: Some((_, body)), .. } => body.alternatives(),
            _ => 1,
        }
    }
}
