//! What a rule says, once it has been read.

use fancy_regex::Regex;
use time::{Duration, OffsetDateTime};

/// What must hold of a user or device.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(Operand, Test),
    /// Over the elements of a collection.
    Each {
        over: Collection,
        every: bool,
        condition: Box<Self>,
    },
    /// The user's manager is this one.
    ReportsTo(String),
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// A property, by the path to it in the entity.
    Property(String),
    /// The element of the collection, or a property of it.
    Element(Option<&'static str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Property(&'static str),
    Groups,
}

/// How it is looked at. `negated` operators hold where the plain ones do not, also when there is no value.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) negated: bool,
    pub(super) kind: TestKind,
}

/// Texts are in lower case already.
#[derive(Clone, Debug)]
pub(super) enum TestKind {
    Null,
    Flag(bool),
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Matches(Regex),
    In(Vec<String>),
    Date(Comparison, Moment),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    AtLeast,
    AtMost,
    After,
    Before,
}

/// A moment, fixed or counted from now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    At(OffsetDateTime),
    FromNow(Duration),
}
