//! The provider functions, one file each.

use crate::tf_provider::function::Function;

/// All functions.
pub(crate) fn all() -> Vec<Box<dyn Function>> {
    vec![]
}
