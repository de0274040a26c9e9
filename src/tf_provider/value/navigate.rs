//! Finding, replacing and visiting the parts of a value.

use super::{Set, Value};
use crate::tf_provider::path::{Path, PathStep};

impl Value {
    /// The part at `path`: null if there is none, unknown if something around it is unknown.
    pub fn at(&self, path: &Path) -> &Self {
        path.steps().iter().fold(self, Self::step)
    }

    /// Visits this value and everything in it, outer before inner. A path into a set names the element by its value.
    pub fn walk(&self, mut visit: impl FnMut(&Path, &Self)) {
        self.walk_from(&mut Path::root(), &mut visit);
    }

    /// Rebuilds the value: `change` gets every part, inner before outer, the outer ones with their parts changed
    /// already. Paths are those of the original.
    pub fn transform(self, mut change: impl FnMut(&Path, Self) -> Self) -> Self {
        self.transform_from(&mut Path::root(), &mut change)
    }

    /// The same with every leaf (null, unknown, bool, number, string) replaced by what `change` makes of it.
    pub fn map_leaves(self, mut change: impl FnMut(&Path, Self) -> Self) -> Self {
        self.transform(|path, value| match value {
            Self::Null | Self::Unknown | Self::Bool(_) | Self::Number(_) | Self::String(_) => {
                change(path, value)
            }
            holder => holder,
        })
    }

    /// The same with null for everything that is unknown.
    pub fn unknown_to_null(self) -> Self {
        self.map_leaves(|_, leaf| if leaf == Self::Unknown { Self::Null } else { leaf })
    }

    fn step(&self, step: &PathStep) -> &Self {
        if self.is_unknown() {
            return &Self::Unknown;
        }
        let found = match step {
            PathStep::Attribute(name) | PathStep::Key(name) => self.entries().get(name),
            PathStep::Index(index) => self.elements().get(*index),
            PathStep::SetElement(value) => self.elements().iter().find(|element| *element == value),
        };
        found.unwrap_or(&Self::Null)
    }

    fn walk_from(&self, path: &mut Path, visit: &mut impl FnMut(&Path, &Self)) {
        visit(path, self);
        let is_set = matches!(self.undressed(), Self::Set(_));
        for (index, element) in self.elements().iter().enumerate() {
            path.push(if is_set { PathStep::SetElement(element.clone()) } else { PathStep::Index(index) });
            element.walk_from(path, visit);
            path.pop();
        }
        let is_map = matches!(self.undressed(), Self::Map(_));
        for (name, value) in self.entries() {
            path.push(if is_map { PathStep::Key(name.clone()) } else { PathStep::Attribute(name.clone()) });
            value.walk_from(path, visit);
            path.pop();
        }
    }

    fn transform_from(self, path: &mut Path, change: &mut impl FnMut(&Path, Self) -> Self) -> Self {
        let mut inner = |value: Self, step: PathStep| {
            path.push(step);
            let value = value.transform_from(path, change);
            path.pop();
            value
        };
        let indexed = |elements: Vec<Self>, inner: &mut dyn FnMut(Self, PathStep) -> Self| {
            elements
                .into_iter()
                .enumerate()
                .map(|(index, value)| inner(value, PathStep::Index(index)))
                .collect()
        };
        let rebuilt = match self {
            Self::List(elements) => Self::List(indexed(elements, &mut inner)),
            Self::Tuple(elements) => Self::Tuple(indexed(elements, &mut inner)),
            Self::Set(elements) => {
                let elements = elements.into_iter().map(|value| {
                    let step = PathStep::SetElement(value.clone());
                    inner(value, step)
                });
                Self::Set(elements.collect::<Set>())
            }
            Self::Map(entries) => Self::map(entries.into_iter().map(|(key, value)| {
                let value = inner(value, PathStep::Key(key.clone()));
                (key, value)
            })),
            Self::Object(entries) => Self::object(entries.into_iter().map(|(name, value)| {
                let value = inner(value, PathStep::Attribute(name.clone()));
                (name, value)
            })),
            Self::Dynamic(typed) => {
                let (ty, value) = *typed;
                // The typed value and the value in it are one part: it stands at one path.
                return Self::dynamic(ty, value.transform_from(path, change));
            }
            leaf => leaf,
        };
        change(path, rebuilt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::value::Type;

    fn profile() -> Value {
        Value::object([
            ("name", "kiosk".into()),
            ("assignments", Value::list([Value::object([("group", "a".into())])])),
            ("tags", Value::map([("k", "v".into())])),
            ("roles", Value::set(["r".into(), "s".into()])),
            ("extra", Value::dynamic(Type::list(Type::Number), Value::list([1.into()]))),
        ])
    }

    #[test]
    fn finds_parts_by_path() {
        let value = profile();
        let group = Path::from("assignments").index(0).attr("group");
        assert_eq!(value.at(&group).as_str(), Some("a"));
        assert_eq!(value.at(&Path::from("tags").key("k")).as_str(), Some("v"));
        assert_eq!(value.at(&Path::from("roles").set_element("s".into())).as_str(), Some("s"));
        assert_eq!(value.at(&Path::from("extra").index(0)).as_i64(), Some(1));
        assert!(value.at(&Path::from("assignments").index(7).attr("group")).is_null());
        assert!(Value::object([("a", Value::Unknown)]).at(&Path::from("a").index(3)).is_unknown());
        assert!(value.at(&Path::root()) == &value);
    }

    #[test]
    fn walks_every_part_outer_first() {
        let mut seen = Vec::new();
        profile().walk(|path, _| seen.push(path.to_string()));
        let expected = [
            "",
            "assignments",
            "assignments[0]",
            "assignments[0].group",
            "extra",
            "extra[0]",
            "name",
            "roles",
            "roles[*]",
            "roles[*]",
            "tags",
            r#"tags["k"]"#,
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn transforms_inner_parts_first() {
        let mut seen = Vec::new();
        let same = profile().transform(|path, value| {
            seen.push(path.to_string());
            value
        });
        assert!(same == profile());
        assert_eq!(seen.len(), 12);
        assert_eq!(seen[..3], ["assignments[0].group", "assignments[0]", "assignments"]);
        assert_eq!(seen[11], "");
    }

    #[test]
    fn a_changed_set_is_still_a_set() {
        let one = Value::set(["a".into(), "b".into()]).map_leaves(|_, _| "c".into());
        assert_eq!(one.elements(), ["c".into()]);
    }

    #[test]
    fn unknown_becomes_null_at_every_depth() {
        let value = Value::object([
            ("a", Value::Unknown),
            ("b", Value::list([Value::Unknown, 1.into()])),
            ("c", Value::dynamic(Type::String, Value::Unknown)),
        ]);
        assert_eq!(value.unknown_to_null().reveal(), "{a = null, b = [null, 1], c = <string> null}");
    }
}
