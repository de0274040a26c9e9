//! A collection whose members are read by many at once.

use super::Json;
use super::request::{Endpoint, Request};

/// A collection of Graph whose single reads are coalesced. Options of its endpoint (`$select`, `$expand`) apply to
/// single reads and to the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Collection {
    endpoint: Endpoint,
    changed_by: Vec<String>,
    below: Option<&'static str>,
    one_by_one: bool,
}

/// Looking for members by what they hold instead of by their id.
pub struct Search {
    pub(crate) key: String,
    pub(crate) filter: Option<String>,
    pub(crate) matches: Box<dyn Fn(&Json) -> bool + Send + Sync>,
}

/// What somebody wants of a collection.
pub(crate) enum Want {
    /// The member with this id.
    One(String),
    Search(Search),
    /// All of it.
    All,
    /// The list below the member with this id.
    Below(String),
}

impl Want {
    /// What tells whether the same was asked before.
    pub(crate) fn key(&self) -> Option<String> {
        match self {
            Self::One(id) => Some(format!("id {}", key(id))),
            Self::Search(search) => Some(format!("search {}", search.key)),
            Self::All | Self::Below(_) => None,
        }
    }
}

impl Collection {
    /// A collection whose list shows as much of a member as reading it alone does.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, changed_by: Vec::new(), below: None, one_by_one: false }
    }

    /// A collection of whose members a list shows less than reading each alone: they come in batches, never by listing.
    pub fn one_by_one(self) -> Self {
        Self { one_by_one: true, ..self }
    }

    /// The lists that its members have under this name, such as `transitiveMemberOf`: they come in batches.
    pub fn lists_below(self, name: &'static str) -> Self {
        Self { below: Some(name), one_by_one: true, ..self }
    }

    /// Whether its members can be read by listing.
    pub(crate) fn is_listed(&self) -> bool {
        !self.one_by_one
    }

    /// Another path whose writes change this collection too: an import changes the devices.
    pub fn changed_by(mut self, path: &str) -> Self {
        self.changed_by.push(path.trim_matches('/').to_owned());
        self
    }

    pub(crate) fn path(&self) -> String {
        self.endpoint.path()
    }

    /// Whether a write to this path, of whatever version, may change what reading this collection shows.
    pub(crate) fn is_changed_by(&self, path: &str) -> bool {
        let lies_in = |whole: &str| {
            path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '(']))
        };
        lies_in(self.endpoint.bare_path()) || self.changed_by.iter().any(|whole| lies_in(whole))
    }

    /// The request that answers a want by itself.
    pub(crate) fn request(&self, want: &Want) -> Request {
        let endpoint = self.endpoint.clone();
        Request::get(&match want {
            Want::One(id) => endpoint.key(id),
            Want::Search(Search { filter: Some(filter), .. }) => endpoint.filter(filter),
            Want::Below(id) => endpoint.key(id).then(self.below.unwrap_or_default()),
            Want::Search(_) | Want::All => endpoint,
        })
    }

    pub(crate) fn all(&self) -> Request {
        Request::get(&self.endpoint)
    }
}

impl Search {
    /// Members for which `matches` holds, found by listing. `key` names what is looked for, and so tells a first
    /// search from a repeated one, which is never answered from memory.
    pub fn new(key: &str, matches: impl Fn(&Json) -> bool + Send + Sync + 'static) -> Self {
        Self { key: key.to_owned(), filter: None, matches: Box::new(matches) }
    }

    /// A `$filter` the service understands and that leaves out no member for which `matches` holds; what it returns
    /// is tested all the same, and when the service refuses it, the list is read instead.
    pub fn filter(mut self, expression: impl Into<String>) -> Self {
        self.filter = Some(expression.into());
        self
    }
}

/// Ids are compared without case: Graph writes the same GUID both ways.
pub(crate) fn key(id: &str) -> String {
    id.to_lowercase()
}
