//! A rule that has been understood.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::eval::{self, Member};
use super::parser;
use super::subject::{RuleError, Subject};

/// A rule that has been understood.
#[derive(Clone, Debug)]
pub struct Rule {
    about: Subject,
    condition: Condition,
}

impl Rule {
    /// Reads a rule as the directory does when the group's processing state is `On`.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let (about, condition) = parser::parse(text)?;
        Ok(Self { about, condition })
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
