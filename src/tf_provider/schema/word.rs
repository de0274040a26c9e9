//! What a text may be that is no free text: an id of some form, or one of a list of words.

/// What the ids of a kind of object look like.
#[derive(Debug)]
pub struct IdForm {
    /// What one must be, for the manual and for messages: `a GUID such as ...`.
    pub sentence: &'static str,
    /// What several must be.
    pub several: &'static str,
    /// Says, as a clause, what is wrong with a text that is none.
    pub test: fn(&str) -> Result<(), String>,
}

/// The form of most ids.
pub const GUID: IdForm = IdForm {
    sentence: "a GUID such as `00000000-0000-0000-0000-000000000000`",
    several: "GUIDs such as `00000000-0000-0000-0000-000000000000`",
    test: |text| match uuid::Uuid::try_parse(text) {
        Ok(_) if text.len() == 36 => Ok(()),
        _ => Err(format!("`{text}` is not one")),
    },
};

/// One word of a [`AttributeKind::Choice`](super::AttributeKind::Choice).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word as written in configuration.
    pub name: &'static str,
    /// The word on the remote side.
    pub remote: &'static str,
    /// What it means, for the manual. Empty when the word says it all.
    pub help: &'static str,
}

/// One word of a choice: how it is written, its remote spelling, what it means.
pub const fn pick(name: &'static str, remote: &'static str, help: &'static str) -> Choice {
    Choice { name, remote, help }
}
