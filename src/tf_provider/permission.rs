//! What an account must have been granted for what a type does: declared once, for the manual, for commands that tell
//! what to grant, and for the check that comes before any request.

/// A permission, or others that are as good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// What it is needed for.
    pub access: Access,
    /// The same in words: `create, update, delete`.
    pub purpose: &'static str,
    /// Names of which one is enough, least first.
    pub one_of: &'static [&'static str],
    /// Whether only a signed-in person can have it.
    pub person_only: bool,
}

/// What a permission is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading objects of the type.
    Read,
    /// Creating, changing and deleting them.
    Change,
    /// Something besides, which is left out or refused by itself when the permission is missing.
    Aside,
}

/// To read objects of the type.
pub const fn to_read(one_of: &'static [&'static str]) -> Permission {
    Permission { access: Access::Read, purpose: "read", one_of, person_only: false }
}

/// To create, change and delete objects of the type.
pub const fn to_change(one_of: &'static [&'static str]) -> Permission {
    Permission { access: Access::Change, purpose: "create, update, delete", one_of, person_only: false }
}

/// For something besides.
pub const fn aside(purpose: &'static str, one_of: &'static [&'static str]) -> Permission {
    Permission { access: Access::Aside, purpose, one_of, person_only: false }
}

impl Permission {
    /// Says in other words what it is needed for.
    pub const fn to(self, purpose: &'static str) -> Self {
        Self { purpose, ..self }
    }

    /// No application can have it.
    pub const fn by_a_person(self) -> Self {
        Self { person_only: true, ..self }
    }
}
