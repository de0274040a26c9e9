//! Sets of values.

use std::ops::Deref;

use super::{Set, Value};

impl Set {
    /// Whether an equal element is there.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// Adds an element.
    pub fn insert(&mut self, value: Value) {
        match self.0.binary_search(&value) {
            Ok(_) if value.is_wholly_known() => {}
            Ok(place) | Err(place) => self.0.insert(place, value),
        }
    }

    /// Takes an equal element out, if there is one.
    pub fn remove(&mut self, value: &Value) -> Option<Value> {
        let place = self.0.binary_search(value).ok()?;
        Some(self.0.remove(place))
    }

    /// The elements, sorted.
    pub fn into_vec(self) -> Vec<Value> {
        self.0
    }
}

impl Deref for Set {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl From<Vec<Value>> for Set {
    fn from(mut elements: Vec<Value>) -> Self {
        elements.sort_unstable();
        elements.dedup_by(|next, kept| next == kept && next.is_wholly_known());
        Self(elements)
    }
}

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        elements.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Set {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Set {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_equal_whatever_the_order() {
        let one = Value::set(["b".into(), "a".into(), "b".into()]);
        let other = Value::set(["a".into(), "b".into()]);
        assert!(one == other);
        assert_eq!(one.elements().len(), 2);
    }

    #[test]
    fn keep_every_element_that_is_not_wholly_known() {
        let mut set: Set = [Value::Unknown, Value::Unknown, Value::Null, Value::Null].into_iter().collect();
        assert_eq!(set.len(), 3);
        set.insert(Value::Unknown);
        set.insert(Value::Null);
        assert_eq!(set.len(), 4);
    }

    #[test]
    fn find_their_elements() {
        let mut set: Set = (0..50).rev().map(Value::from).collect();
        set.insert(Value::from(25));
        assert_eq!(set.len(), 50);
        assert!(set.contains(&Value::from(49)) && !set.contains(&Value::from(50)));
        assert!(set.remove(&Value::from(7)).is_some() && set.remove(&Value::from(7)).is_none());
        assert!(set.is_sorted());
    }
}
