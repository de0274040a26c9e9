//! Values that do not fit where they are put. The texts name kinds and places, never content: it may be secret.

use std::fmt;

use crate::tf_provider::path::{Path, PathStep};

/// What was read is not a value of the type that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: Path,
    problem: String,
}

/// A value cannot be written as the type that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    path: Path,
    problem: String,
}

macro_rules! placed_error {
    ($name:ident) => {
        impl $name {
            /// A problem with the whole value.
            pub fn new(problem: impl Into<String>) -> Self {
                Self { path: Path::root(), problem: problem.into() }
            }

            /// Where the problem is. Inside a set this is the set: its elements have no name.
            pub fn path(&self) -> &Path {
                &self.path
            }

            /// What is wrong there, as a part of a sentence.
            pub fn problem(&self) -> &str {
                &self.problem
            }

            pub(crate) fn within(self, outer: PathStep) -> Self {
                Self { path: self.path.within(outer), ..self }
            }

            pub(crate) fn within_set(self) -> Self {
                Self { path: Path::root(), ..self }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if self.path.is_root() {
                    return f.write_str(&self.problem);
                }
                write!(f, "{}: {}", self.path, self.problem)
            }
        }

        impl std::error::Error for $name {}
    };
}

placed_error!(DecodeError);
placed_error!(EncodeError);
