//! Evaluating a `$filter` on one entity.

use super::expression::{Expr, Literal, Op, Path};
use super::{Entity, Schema, member};
use crate::emulator::api::model::Property;
use serde_json::Value;
use std::cmp::Ordering;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(crate) fn passes(expression: &Expr, entity: &Entity, schema: Schema) -> bool {
    is_true(&value(expression, &Scope { entity, schema, variable: None, outer: None }))
}

/// Compares two JSON values as `$orderby` does: null first, then by value, text without regard to case.
pub(crate) fn order(left: &Value, right: &Value) -> Ordering {
    let (left, right) = (datum(left), datum(right));
    match (&left, &right) {
        (Datum::Null, Datum::Null) => Ordering::Equal,
        (Datum::Null, _) => Ordering::Less,
        (_, Datum::Null) => Ordering::Greater,
        _ => compare(&left, &right).unwrap_or(Ordering::Equal),
    }
}

#[derive(Clone, Debug)]
enum Datum<'a> {
    Null,
    Flag(bool),
    Number(f64),
    Text(std::borrow::Cow<'a, str>),
    When(OffsetDateTime),
    Json(&'a Value),
}

struct Scope<'a> {
    entity: &'a Entity,
    schema: Schema,
    variable: Option<(&'a str, &'a Value)>,
    outer: Option<&'a Self>,
}

impl<'a> Scope<'a> {
    fn variable(&self, name: &str) -> Option<&'a Value> {
        match self.variable {
            Some((known, value)) if known == name => Some(value),
            _ => self.outer.and_then(|outer| outer.variable(name)),
        }
    }

    fn find(&self, path: &Path) -> Option<&'a Value> {
        let (first, rest) = path.0.split_first()?;
        let start = match self.variable(first) {
            Some(value) => value,
            None => member(self.entity, first)?,
        };
        rest.iter().try_fold(start, |value, segment| member(value.as_object()?, segment))
    }

    /// What stands for a property that an object of a sparse type does not store.
    fn left_out(&self, path: &Path) -> Datum<'a> {
        let [name] = path.0.as_slice() else { return Datum::Null };
        match self.schema.property(name).filter(|_| self.schema.of.is_sparse).map(Property::default_value) {
            Some(Value::String(text)) => Datum::Text(text.into()),
            Some(Value::Bool(flag)) => Datum::Flag(flag),
            _ => Datum::Null,
        }
    }
}

fn value<'a>(expression: &'a Expr, scope: &Scope<'a>) -> Datum<'a> {
    match expression {
        Expr::Literal(constant) => literal(constant),
        Expr::Path(path) => scope.find(path).map_or_else(|| scope.left_out(path), datum),
        Expr::And(list) => Datum::Flag(list.iter().all(|e| is_true(&value(e, scope)))),
        Expr::Or(list) => Datum::Flag(list.iter().any(|e| is_true(&value(e, scope)))),
        Expr::Not(inner) => Datum::Flag(!is_true(&value(inner, scope))),
        Expr::Compare(op, left, right) => Datum::Flag(holds(*op, &value(left, scope), &value(right, scope))),
        Expr::In(left, list) => {
            let left = value(left, scope);
            Datum::Flag(list.iter().any(|item| holds(Op::Eq, &left, &literal(item))))
        }
        Expr::Text(op, left, right) => {
            let (Datum::Text(text), Datum::Text(part)) = (value(left, scope), value(right, scope)) else {
                return Datum::Flag(false);
            };
            let (text, part) = (text.to_lowercase(), part.to_lowercase());
            Datum::Flag(match op {
                Op::StartsWith => text.starts_with(&part),
                Op::EndsWith => text.ends_with(&part),
                _ => text.contains(&part),
            })
        }
        Expr::Case { upper, inner } => match value(inner, scope) {
            Datum::Text(text) if *upper => Datum::Text(text.to_uppercase().into()),
            Datum::Text(text) => Datum::Text(text.to_lowercase().into()),
            other => other,
        },
        Expr::Quantified { op, path, body } => {
            let items = scope.find(path).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let Some((variable, body)) = body else {
                return Datum::Flag(!items.is_empty());
            };
            let holds = |item: &Value| {
                let inner = Scope { variable: Some((variable, item)), outer: Some(scope), ..*scope };
                is_true(&value(body, &inner))
            };
            Datum::Flag(if *op == Op::Any { items.iter().any(holds) } else { items.iter().all(holds) })
        }
        Expr::Count(path) => {
            Datum::Number(scope.find(path).and_then(Value::as_array).map_or(0, Vec::len) as f64)
        }
        Expr::IsOf(name) => {
            let concrete = scope.schema.of.of(scope.entity);
            let mut line = std::iter::successors(Some(concrete), |of| of.base);
            Datum::Flag(line.any(|of| of.odata_type()[1..].eq_ignore_ascii_case(name)))
        }
    }
}

fn literal(literal: &Literal) -> Datum<'_> {
    match literal {
        Literal::Null => Datum::Null,
        Literal::Flag(flag) => Datum::Flag(*flag),
        Literal::Number(number) => Datum::Number(*number),
        Literal::Text(text) | Literal::Guid(text) => Datum::Text(text.as_str().into()),
        Literal::When(when) => Datum::When(*when),
    }
}

fn datum(value: &Value) -> Datum<'_> {
    match value {
        Value::Null => Datum::Null,
        Value::Bool(flag) => Datum::Flag(*flag),
        Value::Number(number) => number.as_f64().map_or(Datum::Null, Datum::Number),
        Value::String(text) => Datum::Text(text.as_str().into()),
        other => Datum::Json(other),
    }
}

fn is_true(datum: &Datum<'_>) -> bool {
    matches!(datum, Datum::Flag(true))
}

fn holds(op: Op, left: &Datum<'_>, right: &Datum<'_>) -> bool {
    let equal = match (left, right) {
        (Datum::Null, Datum::Null) => true,
        (Datum::Json(a), Datum::Json(b)) => a == b,
        _ => compare(left, right) == Some(Ordering::Equal),
    };
    match op {
        Op::Eq => equal,
        Op::Ne => !equal,
        _ => compare(left, right).is_some_and(|order| match op {
            Op::Gt => order.is_gt(),
            Op::Ge => order.is_ge(),
            Op::Lt => order.is_lt(),
            _ => order.is_le(),
        }),
    }
}

fn compare(left: &Datum<'_>, right: &Datum<'_>) -> Option<Ordering> {
    match (left, right) {
        (Datum::Flag(a), Datum::Flag(b)) => Some(a.cmp(b)),
        (Datum::Number(a), Datum::Number(b)) => a.partial_cmp(b),
        (Datum::When(a), Datum::When(b)) => Some(a.cmp(b)),
        (Datum::Text(a), Datum::When(b)) => Some(moment(a)?.cmp(b)),
        (Datum::When(a), Datum::Text(b)) => Some(a.cmp(&moment(b)?)),
        (Datum::Text(a), Datum::Text(b)) => match (moment(a), moment(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        },
        _ => None,
    }
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    // A quick look first: nearly every text compared is none.
    if text.len() < 20 || text.as_bytes()[4] != b'-' {
        return None;
    }
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
