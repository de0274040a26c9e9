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

pub use eval::Member;

use serde_json::{Map, Value};

/// The longest rule the directory takes, in characters.
pub const MAX_LENGTH: usize = 3072;

/// A rule that has been understood.
#[derive(Clone, Debug)]
pub struct Rule {
    about: Subject,
    condition: condition::Condition,
}

/// What a rule is about; no rule is about both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Users, by `user.…` properties.
    Users,
    /// Devices, by `device.…` properties.
    Devices,
}

/// Why a rule is refused. Graph answers 400 with the code `DynamicGroupQueryParseError` and this message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(pub(crate) String);

impl RuleError {
    /// `error.code` of Graph's envelope.
    pub const CODE: &'static str = "DynamicGroupQueryParseError";
}

impl Rule {
    /// Reads a rule as the directory does when the group's processing state is `On`.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parser::parse(text)
    }

    /// Whether the rule is about users or devices.
    pub fn about(&self) -> Subject {
        self.about
    }

    /// Whether the member satisfies the rule. It must be what the rule is about.
    pub fn matches(&self, member: &Member<'_>) -> bool {
        eval::holds(&self.condition, member)
    }

    /// Whether an entity with Graph's property names (`physicalIds`, `operatingSystem`, …) satisfies a rule that looks
    /// neither at groups nor at the time.
    pub fn matches_entity(&self, entity: &Map<String, Value>) -> bool {
        self.matches(&Member { entity, groups: &[], now: time::OffsetDateTime::UNIX_EPOCH })
    }
}
