//! One object, one address: what Terraform cannot see, because it tells objects apart by address alone.
//!
//! A process that plans sees all plans of its run, so two addresses of one object are found there. Terraform applies in
//! another process, which learns nothing of addresses and sees destructions of what a creation replaces for the first time
//! when they are due; there an object that was made or taken over in this process is not deleted.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

use crate::tf_provider::failure::Failure;

/// What a run has planned, and made, since the provider was configured.
#[derive(Default)]
pub(crate) struct Addresses(Mutex<Table>);

#[derive(Default)]
struct Table {
    objects: BTreeMap<Object, Plans>,
    names: BTreeMap<Object, Takers>,
    made: BTreeSet<Object>,
    held: BTreeSet<Object>,
}

/// A type, and an id, or a name, in small letters.
type Object = (String, String);

#[derive(Default)]
struct Plans {
    is_kept: bool,
    is_destroyed: bool,
}

/// Objects that are to have one name.
#[derive(Default)]
struct Takers {
    count: usize,
    is_new: bool,
}

/// What a plan is to do with an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It stays at its address, changed or not, or comes to it.
    Keep,
    /// It is destroyed.
    Destroy,
}

impl Addresses {
    /// Enters a plan; of what a tenant has once, `id` is nothing. Fails if another plan of this run is about the same.
    pub(crate) fn plan(&self, type_name: &str, id: Option<&str>, intent: Intent) -> Result<(), Failure> {
        let mut table = self.0.lock();
        let plans = table.objects.entry(object(type_name, id.unwrap_or_default())).or_default();
        let is_twice = intent == Intent::Keep && plans.is_kept;
        match intent {
            Intent::Keep => plans.is_kept = true,
            Intent::Destroy => plans.is_destroyed = true,
        }
        let what = id.map_or_else(
            || format!("what `{type_name}` manages, which a tenant has once"),
            |id| format!("the `{type_name}` with the id `{id}`"),
        );
        match plans.is_kept && plans.is_destroyed {
            true => Err(kept_and_destroyed(&what)),
            false if is_twice => Err(kept_twice(&what)),
            false => Ok(()),
        }
    }

    /// Enters the name that an object is to have, which is new to it if it is created or renamed. Answers whether the name is
    /// taken in this run. Two that have one name already are left alone.
    pub(crate) fn name(&self, type_name: &str, name: &str, is_new: bool) -> bool {
        let mut table = self.0.lock();
        let takers = table.names.entry((type_name.to_owned(), name.to_lowercase())).or_default();
        takers.count += 1;
        takers.is_new |= is_new;
        takers.count > 1 && takers.is_new
    }

    /// Enters an object that was created or taken over.
    pub(crate) fn made(&self, type_name: &str, id: &str) {
        self.0.lock().made.insert(object(type_name, id));
    }

    /// Whether an object was created or taken over in this process.
    pub(crate) fn is_made(&self, type_name: &str, id: &str) -> bool {
        self.0.lock().made.contains(&object(type_name, id))
    }

    /// Enters an object that stands in the state.
    pub(crate) fn held(&self, type_name: &str, id: &str) {
        self.0.lock().held.insert(object(type_name, id));
    }

    /// Whether an object stands in the state, as far as Terraform has shown it to this process.
    pub(crate) fn is_held(&self, type_name: &str, id: &str) -> bool {
        self.0.lock().held.contains(&object(type_name, id))
    }

    /// Forgets everything: another run begins.
    pub(crate) fn clear(&self) {
        *self.0.lock() = Table::default();
    }
}

fn object(type_name: &str, id: &str) -> Object {
    (type_name.to_owned(), id.to_ascii_lowercase())
}

fn kept_and_destroyed(what: &str) -> Failure {
    Failure::new(
        "One object at two addresses",
        format!(
            "This plan ends {what}, at one address, and keeps it or takes it over at another one. Terraform would do both, in no \
             certain order, and the object could be lost. If the resource was renamed or has another key now, say so with a \
             `moved` block; if it is only to be managed elsewhere, take the old address out of the state with a `removed` \
             block that has `destroy = false`."
        ),
    )
}

fn kept_twice(what: &str) -> Failure {
    Failure::new(
        "One object at two addresses",
        format!(
            "Two resources of this configuration manage {what}, and each would undo what the other one does. Write everything \
             into one of them, and remove the other one with a `removed` block that has `destroy = false`."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6E2B7C3A-6a0e-4f0b-9d5e-2f6d9a1b0c11";

    fn outcome(intents: &[Intent]) -> bool {
        let addresses = Addresses::default();
        let small = ID.to_lowercase();
        let ids = [ID, small.as_str()].into_iter().cycle();
        intents.iter().zip(ids).all(|(intent, id)| addresses.plan("a_thing", Some(id), *intent).is_ok())
    }

    #[test]
    fn one_object_has_one_plan() {
        assert!(outcome(&[Intent::Keep]) && outcome(&[Intent::Destroy]));
        assert!(!outcome(&[Intent::Keep, Intent::Keep]));
        assert!(!outcome(&[Intent::Keep, Intent::Destroy]));
        assert!(!outcome(&[Intent::Destroy, Intent::Keep]));
    }

    #[test]
    fn other_types_and_other_runs_have_nothing_to_do_with_it() {
        let addresses = Addresses::default();
        assert!(addresses.plan("a_thing", Some(ID), Intent::Keep).is_ok());
        assert!(addresses.plan("another_thing", Some(ID), Intent::Destroy).is_ok());
        addresses.made("a_thing", ID);
        assert!(addresses.is_made("a_thing", ID) && !addresses.is_made("another_thing", ID));
        addresses.clear();
        assert!(
            addresses.plan("a_thing", Some(ID), Intent::Destroy).is_ok() && !addresses.is_made("a_thing", ID)
        );
    }

    #[test]
    fn a_name_is_taken_by_one_and_kept_by_many() {
        let clashes = |news: &[bool]| {
            let addresses = Addresses::default();
            news.iter().any(|is_new| addresses.name("a_thing", "Laptops", *is_new))
        };
        assert!(!clashes(&[true]) && !clashes(&[false, false]));
        assert!(clashes(&[true, true]) && clashes(&[true, false]) && clashes(&[false, true]));
        let addresses = Addresses::default();
        assert!(!addresses.name("a_thing", "Laptops", true));
        assert!(!addresses.name("another_thing", "Laptops", true));
        assert!(addresses.name("a_thing", "laptops", true));
    }

    #[test]
    fn what_exists_once_is_planned_once() {
        let addresses = Addresses::default();
        assert!(addresses.plan("a_setting", None, Intent::Keep).is_ok());
        assert!(addresses.plan("another_setting", None, Intent::Keep).is_ok());
        assert!(addresses.plan("a_setting", None, Intent::Keep).is_err());
    }
}
