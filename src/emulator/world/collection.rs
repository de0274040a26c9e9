//! Objects of one kind, in the order they came.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// One object, as JSON. Properties whose name begins with `_` are the emulator's own and are never shown to a client.
pub type Entity = Map<String, Value>;

/// Entities by id, listed in the order they were added. Ids are compared without case.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    entities: BTreeMap<u64, Entity>,
    positions: HashMap<String, u64>,
    next: u64,
    /// Which content this is: changed whenever the content may have been, and never the same for two contents.
    edition: u64,
}

impl Collection {
    /// The entity with this id.
    pub fn get(&self, id: &str) -> Option<&Entity> {
        self.entities.get(self.positions.get(&id.to_ascii_lowercase())?)
    }

    /// The entity with this id, to be changed. Its `id` must stay as it is.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Entity> {
        self.entities.get_mut(self.positions.get(&id.to_ascii_lowercase())?)
    }

    /// Whether there is an entity with this id.
    pub fn contains(&self, id: &str) -> bool {
        self.positions.contains_key(&id.to_ascii_lowercase())
    }

    /// Adds an entity at the end, or replaces the one with the same `id` in its place.
    ///
    /// # Panics
    /// When the entity has no text in `id`: that is a mistake of the handler, not of a client.
    pub fn insert(&mut self, entity: Entity) {
        let id = text(&entity, "id").to_ascii_lowercase();
        assert!(!id.is_empty(), "an entity without an id cannot be stored");
        let position = *self.positions.entry(id).or_insert(self.next);
        self.next = self.next.max(position + 1);
        self.entities.insert(position, entity);
    }

    /// Takes the entity with this id away.
    pub fn remove(&mut self, id: &str) -> Option<Entity> {
        let position = self.positions.remove(&id.to_ascii_lowercase())?;
        self.entities.remove(&position)
    }

    /// All entities, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entity> {
        self.entities.values()
    }

    /// All entities, to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Entity> {
        self.entities.values_mut()
    }

    /// The first entity whose text property equals this, compared without case.
    pub fn find(&self, property: &str, value: &str) -> Option<&Entity> {
        self.iter().find(|entity| text(entity, property).eq_ignore_ascii_case(value))
    }

    /// Equal editions have equal content.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    /// To be called before a change.
    pub(crate) fn begin_edition(&mut self) {
        static EDITIONS: AtomicU64 = AtomicU64::new(1);
        self.edition = EDITIONS.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }
}

/// The text in a property, or "" when it is absent or no text.
pub(crate) fn text<'a>(entity: &'a Entity, property: &str) -> &'a str {
    entity.get(property).and_then(Value::as_str).unwrap_or_default()
}

impl FromIterator<Entity> for Collection {
    fn from_iter<I: IntoIterator<Item = Entity>>(entities: I) -> Self {
        let mut collection = Self::default();
        collection.begin_edition();
        for entity in entities {
            collection.insert(entity);
        }
        collection
    }
}

impl Serialize for Collection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Collection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entities = Vec::<Entity>::deserialize(deserializer)?;
        match entities.iter().find(|entity| text(entity, "id").is_empty()) {
            Some(_) => Err(serde::de::Error::custom("every object needs an \"id\"")),
            None => Ok(entities.into_iter().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(id: &str, name: &str) -> Entity {
        [("id", id), ("name", name)].map(|(k, v)| (k.to_owned(), Value::from(v))).into_iter().collect()
    }

    #[test]
    fn lists_in_the_order_of_arrival_even_after_a_replacement() {
        let mut all: Collection =
            [entity("b", "1"), entity("a", "2"), entity("c", "3")].into_iter().collect();
        all.insert(entity("B", "4"));
        all.remove("a");
        all.insert(entity("a", "5"));
        let names: Vec<_> = all.iter().map(|e| text(e, "name")).collect();
        assert_eq!(names, ["4", "3", "5"]);
        assert_eq!(text(all.get("A").unwrap(), "name"), "5");
    }

    #[test]
    fn survives_json() {
        let all: Collection = [entity("b", "1"), entity("a", "2")].into_iter().collect();
        let again: Collection = serde_json::from_value(serde_json::to_value(&all).unwrap()).unwrap();
        assert_eq!(again.iter().collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
        assert!(serde_json::from_str::<Collection>("[{}]").is_err());
    }
}
