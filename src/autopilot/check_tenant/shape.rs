//! Comparing an object of a tenant with the properties known of its type, and noting its shape without its values. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A type of the service's metadata.
pub(super) struct Type {
    /// Its name, without namespace.
    pub(super) name: &'static str,
    subtypes: &'static [&'static str],
    properties: &'static [&'static [Property]],
}

/// What is known of a property. Any property may be null: the metadata says so of nearly all, and live answers do it.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) form: Form,
}

/// What a property holds.
pub(super) enum Form {
    Text,
    Date,
    Flag,
    Number,
    List,
    /// A member of an enumeration.
    Word(&'static [&'static str]),
    /// An object of this shape; an empty one is not looked into.
    Object(&'static [Property]),
}

/// The forms in which properties were seen, by type and property. Holds names and kinds, and of enumerations their
/// words; no other value of the tenant.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Survey(BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Type {
    pub(super) const fn new(name: &'static str, properties: &'static [&'static [Property]]) -> Self {
        Self { name, subtypes: &[], properties }
    }

    /// Subtypes that add nothing to it.
    pub(super) const fn with_subtypes(mut self, names: &'static [&'static str]) -> Self {
        self.subtypes = names;
        self
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.subtypes.contains(&name)
    }
}

/// Notes an object's shape and tells what about it is not known. Lists with one possible type need no `@odata.type`.
pub(super) fn compare(object: &Json, types: &'static [Type], survey: &mut Survey) -> BTreeSet<String> {
    let mut news = BTreeSet::new();
    let Json::Object(fields) = object else {
        news.insert(format!("{} stands where an object is due", kind_of(object)));
        return news;
    };
    let declared = fields.get("@odata.type").and_then(Json::as_str);
    let named = declared.map(|name| name.trim_start_matches("#microsoft.graph."));
    let found = match (named, types) {
        (Some(name), _) => types.iter().find(|one| one.is_called(name)),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(found) = found else {
        let what = named.map_or("an object does not say its type".to_owned(), |name| {
            format!("type `{}` is not known", public(name))
        });
        news.insert(what);
        return news;
    };
    properties(found.name, fields, found.properties, survey, &mut news);
    news
}

fn properties(
    place: &str,
    fields: &Map<String, Json>,
    known: &[&'static [Property]],
    survey: &mut Survey,
    news: &mut BTreeSet<String>,
) {
    for (name, value) in fields.iter().filter(|(name, _)| !name.contains('@')) {
        let property = known.iter().copied().flatten().find(|property| property.name == name);
        survey.note(place, name, seen(property, value));
        let Some(property) = property else {
            news.insert(format!("`{place}`: property `{}` ({}) is not known", public(name), kind_of(value)));
            continue;
        };
        match (&property.form, value) {
            (_, Json::Null)
            | (Form::Text | Form::Date, Json::String(_))
            | (Form::Flag, Json::Bool(_))
            | (Form::Number, Json::Number(_))
            | (Form::List, Json::Array(_)) => {}
            (Form::Word(words), Json::String(word)) => {
                if !words.contains(&word.as_str()) {
                    news.insert(format!(
                        "`{place}`: `{name}` holds a word that is not known: `{}`",
                        public(word)
                    ));
                }
            }
            (Form::Object(shape), Json::Object(inner)) => {
                if !shape.is_empty() {
                    properties(&format!("{place}/{name}"), inner, &[shape], survey, news);
                }
            }
            (_, other) => {
                news.insert(format!("`{place}`: `{name}` holds {}, which it should not", kind_of(other)));
            }
        }
    }
}

impl Survey {
    fn note(&mut self, place: &str, name: &str, seen: String) {
        let properties = self.0.entry(place.to_owned()).or_default();
        properties.entry(public(name)).or_default().insert(seen);
    }
}

/// How a value looks, without what it says.
fn seen(property: Option<&Property>, value: &Json) -> String {
    match (property.map(|property| &property.form), value) {
        (Some(Form::Word(_)), Json::String(word)) => format!("word {}", public(word)),
        (_, Json::String(text)) if text.is_empty() => "empty text".to_owned(),
        (_, Json::String(text)) if text.starts_with("0001-01-01T00:00:00") => "the year one".to_owned(),
        (_, Json::Array(items)) if items.is_empty() => "empty list".to_owned(),
        (_, other) => kind_of(other).to_owned(),
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// A name as it may leave the tenant: what is no plain identifier could be somebody's data.
fn public(name: &str) -> String {
    let plain = name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if plain { name.to_owned() } else { "(not a plain name)".to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static PLAIN: &[Type] = &[Type::new(
        "thing",
        &[&[
            Property { name: "name", form: Form::Text },
            Property { name: "state", form: Form::Word(&["on", "off"]) },
            Property {
                name: "inside",
                form: Form::Object(&[Property { name: "count", form: Form::Number }]),
            },
        ]],
    )];
    static TWO: &[Type] = &[Type::new("thing", &[]), Type::new("other", &[])];

    fn news(object: Json, types: &'static [Type]) -> Vec<String> {
        compare(&object, types, &mut Survey::default()).into_iter().collect()
    }

    #[test]
    fn what_is_known_is_no_news() {
        for object in [
            json!({"name": "n", "state": "on", "inside": {"count": 1}}),
            json!({"@odata.type": "#microsoft.graph.thing", "name": null, "state": null, "inside": null}),
            json!({"name@odata.context": 1, "name": ""}),
        ] {
            assert_eq!(news(object.clone(), PLAIN), Vec::<String>::new(), "{object}");
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (object, expected) in [
            (json!({"fresh": true}), "`thing`: property `fresh` (true or false) is not known"),
            (json!({"state": "dimmed"}), "`thing`: `state` holds a word that is not known: `dimmed`"),
            (json!({"name": 3}), "`thing`: `name` holds a number, which it should not"),
            (json!({"inside": {"more": []}}), "`thing/inside`: property `more` (a list) is not known"),
            (json!({"inside": []}), "`thing`: `inside` holds a list, which it should not"),
            (json!({"@odata.type": "#microsoft.graph.gadget"}), "type `gadget` is not known"),
            (json!([]), "a list stands where an object is due"),
        ] {
            assert_eq!(news(object, PLAIN), [expected]);
        }
        assert_eq!(news(json!({"name": 1}), TWO), ["an object does not say its type"]);
    }

    proptest::proptest! {
        #[test]
        fn no_value_of_the_tenant_leaves_it(secret in "[ -~äöü]{0,60}§", key in "[a-z]{0,5}ß[a-z]{0,5}") {
            let mut survey = Survey::default();
            let object = json!({
                "name": secret, "state": secret, "fresh": secret, "inside": {"count": secret, key.clone(): secret},
            });
            let said = compare(&object, PLAIN, &mut survey).into_iter().collect::<Vec<_>>().join("\n");
            let noted = serde_json::to_string(&survey).unwrap();
            for private in [&secret, &key] {
                proptest::prop_assert!(!said.contains(private.as_str()), "{said}");
                proptest::prop_assert!(!noted.contains(private.as_str()), "{noted}");
            }
        }
    }
}
