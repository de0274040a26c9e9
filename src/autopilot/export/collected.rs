//! What an export has found so far.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::file::Import;
use super::names::Names;
use crate::autopilot::session::Session;
use crate::graph::decode_all;
use crate::tf_provider::failure::Failure;

/// What an export has found so far.
pub(super) struct Collected {
    pub(super) session: Session,
    /// Group tags to which devices are narrowed.
    pub(super) tags: Vec<String>,
    names: BTreeMap<&'static str, Names>,
    pub(super) imports: Vec<Import>,
    pub(super) left_out: Vec<String>,
}

impl Collected {
    pub(super) fn new(session: Session, tags: Vec<String>) -> Self {
        Self { session, tags, names: BTreeMap::new(), imports: Vec::new(), left_out: Vec::new() }
    }

    /// Adds objects that have display names.
    pub(super) fn named(
        &mut self,
        type_name: &'static str,
        noun: &str,
        found: &[Json],
    ) -> Result<(), Failure> {
        let mut found: Vec<Displayed> = decode_all(found)?;
        // Whoever exports again gets the same names.
        found.sort_by(|a, b| (&a.display_name, &a.id).cmp(&(&b.display_name, &b.id)));
        for one in found {
            let name = one.display_name.unwrap_or_default();
            self.add(type_name, &name, noun, &one.id, &name);
        }
        Ok(())
    }

    /// Adds an object. Its resource is named from what people call it, or from `noun`.
    pub(super) fn add(&mut self, type_name: &'static str, from: &str, noun: &str, id: &str, about: &str) {
        let name = self.names.entry(type_name).or_default().give(from, noun);
        self.imports.push(Import { type_name, name, id: id.to_owned(), about: about.to_owned() });
    }
}

/// What people know an object by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Displayed {
    id: String,
    display_name: Option<String>,
}
