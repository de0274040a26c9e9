//! Where in a value something is.

use std::fmt;

use super::value::Value;

/// The way from the whole object to one value inside it.
///
/// Paths are built by copying, so that a loop can branch off from where it stands:
/// `path.attr("assignments").index(0).attr("group_id")`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<PathStep>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// Into an attribute or block of an object.
    Attribute(String),
    /// To an element of a list or tuple, counted from 0.
    Index(usize),
    /// To the element of a map under this key.
    Key(String),
    /// To the element of a set that equals this value. The protocol has no such step: see [`Path::before_sets`].
    SetElement(Value),
}

impl Path {
    /// The whole object.
    pub fn root() -> Self {
        Self::default()
    }

    /// This path, and then into the attribute `name`.
    pub fn attr(&self, name: impl Into<String>) -> Self {
        self.step(PathStep::Attribute(name.into()))
    }

    /// This path, and then to the element `index` of a list.
    pub fn index(&self, index: usize) -> Self {
        self.step(PathStep::Index(index))
    }

    /// This path, and then to the element of a map under `key`.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(PathStep::Key(key.into()))
    }

    /// This path, and then to the element of a set that equals `value`.
    pub fn set_element(&self, value: Value) -> Self {
        self.step(PathStep::SetElement(value))
    }

    /// This path and one more step.
    pub fn step(&self, step: PathStep) -> Self {
        let mut longer = self.clone();
        longer.steps.push(step);
        longer
    }

    /// This path, continued by all steps of `rest`.
    pub fn join(&self, rest: &Self) -> Self {
        let mut longer = self.clone();
        longer.steps.extend(rest.steps.iter().cloned());
        longer
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[PathStep] {
        &self.steps
    }

    /// Whether this is the whole object.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// The path without its last step; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, outer) = self.steps.split_last()?;
        Some(Self { steps: outer.to_vec() })
    }

    /// Whether `outer` is this path or leads to something around it.
    pub fn starts_with(&self, outer: &Self) -> bool {
        self.steps.starts_with(&outer.steps)
    }

    /// The steps that the protocol can express: all of them up to the first set element, which is named by its set.
    pub fn before_sets(&self) -> &[PathStep] {
        let end = self.steps.iter().position(|step| matches!(step, PathStep::SetElement(_)));
        &self.steps[..end.unwrap_or(self.steps.len())]
    }

    pub(crate) fn push(&mut self, step: PathStep) {
        self.steps.push(step);
    }

    pub(crate) fn pop(&mut self) -> Option<PathStep> {
        self.steps.pop()
    }

    /// The same place, seen from one step further out.
    pub(crate) fn within(mut self, outer: PathStep) -> Self {
        self.steps.insert(0, outer);
        self
    }
}

impl From<&str> for Path {
    fn from(attribute: &str) -> Self {
        Self::root().attr(attribute)
    }
}

impl From<Vec<PathStep>> for Path {
    fn from(steps: Vec<PathStep>) -> Self {
        Self { steps }
    }
}

impl FromIterator<PathStep> for Path {
    fn from_iter<I: IntoIterator<Item = PathStep>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

/// As one would write it in a configuration: `assignments[0].group_id`, `tags["a"]`. A set element is `[*]`, because
/// it could only be named by its content.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                PathStep::Attribute(name) if position == 0 => f.write_str(name)?,
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                PathStep::SetElement(_) => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_configuration_reference() {
        let path = Path::from("assignments").index(0).attr("group_id");
        assert_eq!(path.to_string(), "assignments[0].group_id");
        assert_eq!(Path::from("tags").key("a\"b").to_string(), r#"tags["a\"b"]"#);
        assert_eq!(Path::root().to_string(), "");
    }

    #[test]
    fn never_prints_the_content_of_a_set_element() {
        let path = Path::from("keys").set_element("hunter2".into()).attr("name");
        assert_eq!(path.to_string(), "keys[*].name");
        assert!(!format!("{path:?} {:?}", path.steps()).contains("hunter2"));
    }

    #[test]
    fn is_cut_at_the_first_set_for_the_protocol() {
        let path = Path::from("a").set_element(Value::Null).attr("b");
        assert_eq!(path.before_sets(), [PathStep::Attribute("a".into())]);
        assert_eq!(Path::from("a").index(1).before_sets().len(), 2);
    }

    #[test]
    fn branches_without_changing_where_it_came_from() {
        let list = Path::from("list");
        let (first, second) = (list.index(0), list.index(1));
        assert_ne!(first, second);
        assert_eq!(first.parent(), Some(list.clone()));
        assert!(second.starts_with(&list) && !list.starts_with(&second));
        assert_eq!(list.join(&Path::root().index(0)), first);
    }
}
