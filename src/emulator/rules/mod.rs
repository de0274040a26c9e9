//! Dynamic membership rules: who belongs to a group, decided by the properties of users or devices.
//!
//! ```text
//! rule       = or | 'Direct Reports for "' manager id '"'
//! or         = and { -or and }
//! and        = not { -and not }
//! not        = { -not } primary
//! primary    = '(' or ')' | property ( -any | -all ) or | property operator value
//! property   = user.department | device.devicePhysicalIds | _ | assignedPlan.service | group.objectId | …
//! operator   = -eq -ne -startsWith -notStartsWith -endsWith -notEndsWith -contains -notContains
//!              -match -notMatch -in -notIn, and -ge -le -gt -lt on dates
//! value      = "text" | true | false | null | 12 | ["a", "b"] | 2026-01-31T00:00:00Z | system.now -plus p1d
//! ```
//!
//! Words are read without regard to case and operators with or without their hyphen; only the names of properties must
//! be spelt as they are. Text is compared without regard to case. `-any` and `-all` bind loosest: without parentheses
//! around the whole, their condition reaches to the end. `-match` takes what the `regex` crate takes, which is .NET's
//! syntax but for look-around and back-references.

pub(crate) mod assignment_filter;
mod condition;
mod eval;
mod lexer;
mod parser;
mod properties;
mod rule;
mod subject;

pub use eval::Member;
pub use parser::MAX_LENGTH;
pub use rule::Rule;
pub use subject::{RuleError, Subject};
