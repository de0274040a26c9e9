//! One attribute, with everything that is known of it; the kind of its value may be an object with attributes in turn.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Check;
use super::word::{Choice, IdForm};
use crate::tf_provider::value::{Set, Value};

/// One attribute of a schema or of a nested object.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Name as written in configuration.
    pub name: &'static str,
    /// What values it takes.
    pub kind: AttributeKind,
    /// Who gives the value.
    pub mode: Mode,
    /// Markdown sentence for the manual and for editors.
    pub description: Cow<'static, str>,
    /// Value used when the configuration gives none.
    pub default: Option<Value>,
    /// What a known value must satisfy; run at plan time.
    pub checks: Vec<Check>,
    /// Whether the service may know more words than the kind's choices: one that exists is taken as it is.
    pub open: bool,
    /// Hidden in Terraform's output.
    pub sensitive: bool,
    /// Given to the provider and stored nowhere (Terraform 1.11 and newer).
    pub write_only: bool,
    /// What to use instead.
    pub deprecated: Option<&'static str>,
    /// Whether a change needs a new object.
    pub replace: Replace,
    /// What is planned when the value is the provider's to give.
    pub keep: Keep,
    /// When two spellings mean the same value.
    pub same: Same,
    /// Where the value lives on the remote side.
    pub remote: Remote,
    /// The remote text that clears the value; null otherwise.
    pub cleared_by: Option<&'static str>,
    /// A word that the remote side writes otherwise: (here, there).
    pub word: Option<(&'static str, &'static str)>,
    /// The top-level attribute, and its value, with which alone the remote side takes this one.
    pub only_where: Option<(&'static str, &'static str)>,
    /// Whether the remote side takes the value at creation only.
    pub create_only: bool,
    /// Whether what the remote side does not show is as it was.
    pub kept_when_absent: bool,
}

/// The kind of an attribute's value: a type, and what narrows it.
#[derive(Clone, Debug)]
pub enum AttributeKind {
    /// Text.
    Text,
    /// The id of an object on the remote side, which is the same in any case.
    Id(&'static IdForm),
    /// One of a fixed list of words, each with the remote spelling and its meaning.
    Choice(&'static [Choice]),
    /// A number of any precision.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Ordered elements.
    List(Box<Self>),
    /// Elements without order or duplicates.
    Set(Box<Self>),
    /// Elements by key.
    Map(Box<Self>),
    /// A nested object with attributes of its own.
    Object(Vec<Attribute>),
}

/// Who gives an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may; otherwise it is null (or the default).
    Optional,
    /// The provider does.
    Computed,
    /// The user may; otherwise the provider does.
    OptionalComputed,
}

/// Whether a change of the attribute needs a new object.
#[derive(Clone, Copy, Debug)]
pub enum Replace {
    /// Changed in place.
    Never,
    /// Every change.
    Always,
    /// When the function says so of (prior, planned); the sentence tells the manual when that is.
    When(&'static str, fn(&Value, &Value) -> bool),
}

/// What is planned for a value that the configuration leaves to the provider, once something else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It may be another after apply: "known after apply".
    Never,
    /// It stays what it was.
    Always,
    /// It stays what it was, unless one of these top-level attributes changes.
    Unless(&'static [&'static str]),
}

/// When two spellings mean the same value; the spelling the user wrote is then kept.
#[derive(Clone, Copy, Debug)]
pub enum Same {
    /// Only the very same value; ids in any case.
    Exact,
    /// Text, or a list or set of text, whatever its case.
    IgnoreCase,
    /// As the function says.
    When(fn(&Value, &Value) -> bool),
}

/// Where an attribute's value lives in the remote object. The Terraform side only carries this; the product maps by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// Under the attribute's name in camelCase.
    Derived,
    /// Under this name; a slash leads into a nested object.
    Named(&'static str),
    /// Under this name, with the opposite meaning.
    Inverted(&'static str),
    /// Nowhere: the resource handles it itself.
    Nowhere,
}

/// An attribute that the user must give.
pub fn required(
    name: &'static str,
    kind: AttributeKind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Mode::Required, description)
}

/// An attribute that the user may give.
pub fn optional(
    name: &'static str,
    kind: AttributeKind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Mode::Optional, description)
}

/// An attribute that only the provider gives.
pub fn computed(
    name: &'static str,
    kind: AttributeKind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Mode::Computed, description)
}

/// An attribute that the user may give and the provider gives otherwise.
pub fn optional_computed(
    name: &'static str,
    kind: AttributeKind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Mode::OptionalComputed, description)
}

/// An attribute that the user may give and that has this value otherwise.
pub fn default(
    name: &'static str,
    kind: AttributeKind,
    value: impl Into<Value>,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    let mut attribute = Attribute::new(name, kind, Mode::OptionalComputed, description);
    attribute.default = Some(value.into());
    attribute
}

impl Attribute {
    fn new(
        name: &'static str,
        kind: AttributeKind,
        mode: Mode,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name,
            kind,
            mode,
            description: description.into(),
            default: None,
            checks: Vec::new(),
            open: false,
            sensitive: false,
            write_only: false,
            deprecated: None,
            replace: Replace::Never,
            keep: Keep::Never,
            same: Same::Exact,
            remote: Remote::Derived,
            cleared_by: None,
            word: None,
            only_where: None,
            create_only: false,
            kept_when_absent: false,
        }
    }

    /// Adds something a known value must satisfy.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// The service may know more words than the choices. Another one is refused only where it is to be set.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// A change needs a new object.
    #[must_use]
    pub fn replace_on_change(mut self) -> Self {
        self.replace = Replace::Always;
        self
    }

    /// A change from (prior) to (planned) needs a new object when `test` says so; `sentence` tells the manual when.
    #[must_use]
    pub fn replace_when(mut self, sentence: &'static str, test: fn(&Value, &Value) -> bool) -> Self {
        self.replace = Replace::When(sentence, test);
        self
    }

    /// The value never changes once the object exists, so plans show it (nothing, if there is none) instead of "known after
    /// apply".
    #[must_use]
    pub fn keep_prior(mut self) -> Self {
        self.keep = Keep::Always;
        self
    }

    /// The value changes only together with one of these top-level attributes.
    #[must_use]
    pub fn keep_unless(mut self, attributes: &'static [&'static str]) -> Self {
        self.keep = Keep::Unless(attributes);
        self
    }

    /// Text, or a list or set of text, that means the same in any case.
    #[must_use]
    pub fn ignore_case(mut self) -> Self {
        self.same = Same::IgnoreCase;
        self
    }

    /// Two values mean the same when the function says so.
    #[must_use]
    pub fn same_when(mut self, same: fn(&Value, &Value) -> bool) -> Self {
        self.same = Same::When(same);
        self
    }

    /// Hides the value in Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The value is given to the provider and stored nowhere.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Marks the attribute as deprecated and says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// Names the remote property; a slash leads into a nested object.
    #[must_use]
    pub fn remote(mut self, name: &'static str) -> Self {
        self.remote = Remote::Named(name);
        self
    }

    /// Names the remote property that has the opposite meaning.
    #[must_use]
    pub fn remote_inverted(mut self, name: &'static str) -> Self {
        self.remote = Remote::Inverted(name);
        self
    }

    /// The value has no place in the remote object; the resource handles it itself.
    #[must_use]
    pub fn local(mut self) -> Self {
        self.remote = Remote::Nowhere;
        self
    }

    /// The remote side clears the value by this text.
    #[must_use]
    pub fn cleared_by(mut self, text: &'static str) -> Self {
        self.cleared_by = Some(text);
        self
    }

    /// The remote side writes this word otherwise.
    #[must_use]
    pub fn word(mut self, here: &'static str, there: &'static str) -> Self {
        self.word = Some((here, there));
        self
    }

    /// The remote side takes the value only while a top-level attribute has this value.
    #[must_use]
    pub fn only_where(mut self, attribute: &'static str, value: &'static str) -> Self {
        self.only_where = Some((attribute, value));
        self
    }

    /// The remote side takes the value at creation only.
    #[must_use]
    pub fn create_only(mut self) -> Self {
        self.create_only = true;
        self
    }

    /// What the remote side does not show is as it was, or the default.
    #[must_use]
    pub fn kept_when_absent(mut self) -> Self {
        self.kept_when_absent = true;
        self
    }

    /// The same attribute as a computed one, at every depth: what a data source shows of a resource.
    #[must_use]
    pub fn into_computed(mut self) -> Self {
        self.mode = Mode::Computed;
        self.default = None;
        self.checks.clear();
        self.replace = Replace::Never;
        self.kind = self.kind.into_computed();
        self
    }

    /// Whether the user may write it.
    pub fn is_configurable(&self) -> bool {
        self.mode != Mode::Computed
    }

    /// Whether the provider may give it.
    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// Whether two values mean the same: equal, or equal by the attribute's own measure. Empty text and an empty
    /// collection mean the same as nothing at all, because services give one for the other.
    pub fn same(&self, a: &Value, b: &Value) -> bool {
        if a == b || (is_blank(a) && is_blank(b)) {
            return true;
        }
        match self.same {
            Same::Exact => self.kind.id_form().is_some() && same_in_any_case(a, b),
            Same::IgnoreCase => same_in_any_case(a, b),
            Same::When(same) => a.is_wholly_known() && b.is_wholly_known() && same(a, b),
        }
    }
}

fn same_in_any_case(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.to_lowercase() == b.to_lowercase(),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_in_any_case(a, b))
        }
        (Value::Set(a), Value::Set(b)) => {
            let lower = |set: &Set| -> BTreeSet<Option<String>> {
                set.iter().map(|value| value.as_str().map(str::to_lowercase)).collect()
            };
            a.len() == b.len() && lower(a) == lower(b)
        }
        _ => false,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(_) | Value::Set(_) => value.elements().is_empty(),
        Value::Map(_) => value.entries().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{list_of, map_of, set_of, text};
    use super::*;

    #[test]
    fn nothing_and_an_empty_collection_mean_the_same_and_a_filled_one_does_not() {
        let one = Value::from("x");
        let table = [
            (text(), "".into(), one.clone()),
            (list_of(text()), Value::list([]), Value::list([one.clone()])),
            (set_of(text()), Value::set([]), Value::set([one.clone()])),
            (map_of(text()), Value::map::<&str>([]), Value::map([("k", one)])),
        ];
        for (kind, empty, filled) in table {
            let attribute = optional("a", kind, "A.");
            assert!(attribute.same(&empty, &Value::Null) && attribute.same(&Value::Null, &empty));
            assert!(!attribute.same(&filled, &Value::Null) && !attribute.same(&empty, &filled));
            assert!(!attribute.same(&empty, &Value::Unknown));
        }
    }

    #[test]
    fn case_is_ignored_where_it_is_declared_in_collections_too() {
        let set = |texts: [&str; 2]| Value::set(texts.map(Value::from));
        let attribute = optional("a", set_of(text()), "A.");
        assert!(!attribute.same(&set(["A", "b"]), &set(["a", "B"])));
        let attribute = attribute.ignore_case();
        assert!(attribute.same(&set(["A", "b"]), &set(["a", "B"])));
        assert!(!attribute.same(&set(["A", "b"]), &set(["a", "c"])));
        assert!(!attribute.same(&set(["A", "a"]), &set(["a", "b"])));
    }
}
