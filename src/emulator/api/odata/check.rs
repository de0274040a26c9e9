//! Types in a `$filter`: the same refusals as OData's own library gives.

use super::Schema;
use super::expression::{Expr, Literal, Op, Path};
use crate::emulator::api::model::PropertyKind;

/// Says why the expression is no condition on entities of that type.
pub(crate) fn boolean(expression: &Expr, schema: Schema) -> Result<(), String> {
    let found = Scope { schema, variables: Vec::new() }.type_of(expression)?;
    if found.goes_with(FLAG) {
        Ok(())
    } else {
        Err("The $filter expression must evaluate to a single boolean value.".to_owned())
    }
}

/// `None` is null or unknown from outside, and goes with everything.
#[derive(Clone, Copy)]
struct Typed(Option<PropertyKind>);

const FLAG: Typed = Typed(Some(PropertyKind::Boolean));
const TEXT: Typed = Typed(Some(PropertyKind::String));

impl Typed {
    fn edm(self) -> String {
        self.0.map_or_else(|| "Edm.Untyped".to_owned(), |kind| kind.edm())
    }

    fn goes_with(self, other: Self) -> bool {
        match (self.0, other.0) {
            (Some(a), Some(b)) => family(a) == family(b),
            _ => true,
        }
    }
}

/// Kinds of one family can be compared: OData promotes numbers, and Graph takes an enum's member as a string.
fn family(kind: PropertyKind) -> u8 {
    match kind {
        PropertyKind::String | PropertyKind::Enum(_) | PropertyKind::Duration => 0,
        PropertyKind::Boolean => 1,
        PropertyKind::Int32 | PropertyKind::Int64 => 2,
        PropertyKind::DateTime => 3,
        PropertyKind::Guid => 4,
        PropertyKind::Binary => 5,
        PropertyKind::Complex(_) | PropertyKind::Navigation => 6,
        PropertyKind::Collection(_) => 7,
        PropertyKind::Untyped => 8,
    }
}

struct Scope {
    schema: Schema,
    variables: Vec<(String, Typed)>,
}

impl Scope {
    fn type_of(&mut self, expression: &Expr) -> Result<Typed, String> {
        match expression {
            Expr::Literal(literal) => Ok(literal_type(literal)),
            Expr::Path(path) => self.path(path),
            Expr::And(list) | Expr::Or(list) => {
                let operator = if matches!(expression, Expr::And(_)) { "And" } else { "Or" };
                for operand in list {
                    let found = self.type_of(operand)?;
                    if !found.goes_with(FLAG) {
                        return Err(incompatible(found, FLAG, operator));
                    }
                }
                Ok(FLAG)
            }
            Expr::Not(inner) => match self.type_of(inner)? {
                found if found.goes_with(FLAG) => Ok(FLAG),
                found => Err(format!(
                    "A unary operator with an incompatible type was detected. Found operand type '{}' for operator kind \
                     'Not'.",
                    found.edm()
                )),
            },
            Expr::Compare(op, left, right) => {
                let (left, right) = (self.type_of(left)?, self.type_of(right)?);
                if left.goes_with(right) {
                    Ok(FLAG)
                } else {
                    Err(incompatible(left, right, operator_kind(*op)))
                }
            }
            Expr::In(left, list) => {
                let left = self.type_of(left)?;
                match list.iter().map(literal_type).find(|item| !left.goes_with(*item)) {
                    Some(item) => Err(incompatible(left, item, "Equal")),
                    None => Ok(FLAG),
                }
            }
            Expr::Text(_, left, right) => {
                let both = [self.type_of(left)?, self.type_of(right)?];
                if both.iter().all(|t| t.goes_with(TEXT)) {
                    Ok(FLAG)
                } else {
                    Err("No function signature for the function with name matches the specified arguments. The \
                         function signatures considered are: (Edm.String Nullable=true, Edm.String Nullable=true)."
                        .to_owned())
                }
            }
            Expr::Case { inner, .. } => self.type_of(inner).map(|_| TEXT),
            Expr::Quantified { path, body, .. } => {
                let element = match self.path(path)?.0 {
                    Some(PropertyKind::Collection(element)) => Typed(Some(*element)),
                    None | Some(PropertyKind::Navigation | PropertyKind::Untyped) => Typed(None),
                    Some(_) => return Err("Any/All may only be used following a collection.".to_owned()),
                };
                let Some((variable, body)) = body else {
                    return Ok(FLAG);
                };
                self.variables.push((variable.clone(), element));
                let found = self.type_of(body);
                self.variables.pop();
                if found?.goes_with(FLAG) {
                    Ok(FLAG)
                } else {
                    Err("The Any/All Query Expression must evaluate to a single boolean value.".to_owned())
                }
            }
            Expr::Count(path) => match self.path(path)?.0 {
                None
                | Some(PropertyKind::Collection(_) | PropertyKind::Navigation | PropertyKind::Untyped) => {
                    Ok(Typed(Some(PropertyKind::Int32)))
                }
                Some(_) => Err("The $count segment may only be used following a collection.".to_owned()),
            },
            Expr::IsOf(_) => Ok(FLAG),
        }
    }

    fn path(&self, path: &Path) -> Result<Typed, String> {
        let Some((first, rest)) = path.0.split_first() else {
            return Ok(Typed(None));
        };
        let start = match self.variables.iter().rev().find(|(name, _)| name == first) {
            Some((_, element)) => *element,
            None if first == "$it" || is_cast(first) => Typed(None),
            None => self.step(self.schema, first)?,
        };
        rest.iter().try_fold(start, |found, segment| match found.0 {
            _ if is_cast(segment) => Ok(Typed(None)),
            Some(PropertyKind::Complex(of)) => self.step(Schema { of, ..self.schema }, segment),
            None | Some(PropertyKind::Untyped | PropertyKind::Navigation) => Ok(Typed(None)),
            Some(_) => Err(
                "The parent value for a property access of a property is not a single value. Property access can only be \
                 applied to a single value."
                    .to_owned(),
            ),
        })
    }

    fn step(&self, schema: Schema, name: &str) -> Result<Typed, String> {
        match schema.property(name) {
            Some(property) if matches!(property.kind, PropertyKind::Untyped) => Ok(Typed(None)),
            Some(property) => Ok(Typed(Some(property.kind))),
            None => Err(schema.lacks(name)),
        }
    }
}

/// `microsoft.graph.device`, `@odata.type`: not a property's name.
fn is_cast(segment: &str) -> bool {
    segment.contains('.')
}

fn literal_type(literal: &Literal) -> Typed {
    Typed(match literal {
        Literal::Null => None,
        Literal::Flag(_) => Some(PropertyKind::Boolean),
        Literal::Number(_) => Some(PropertyKind::Int32),
        Literal::Text(_) => Some(PropertyKind::String),
        Literal::Guid(_) => Some(PropertyKind::Guid),
        Literal::When(_) => Some(PropertyKind::DateTime),
    })
}

fn operator_kind(op: Op) -> &'static str {
    match op {
        Op::Ne => "NotEqual",
        Op::Gt => "GreaterThan",
        Op::Ge => "GreaterThanOrEqual",
        Op::Lt => "LessThan",
        Op::Le => "LessThanOrEqual",
        _ => "Equal",
    }
}

fn incompatible(left: Typed, right: Typed, operator: &str) -> String {
    format!(
        "A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator kind \
         '{operator}'.",
        left.edm(),
        right.edm()
    )
}
