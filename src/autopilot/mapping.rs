//! Between Terraform values and Graph's JSON, by what the attributes say of themselves.
//!
//! Three shapes of a body are needed, and each is derived from the same declarations: everything (POST, PUT), only what
//! changed (PATCH), and back again (what Graph answers). Graph's several ways to say "nothing" all become null: an empty
//! text, the year-one date, the all-zero GUID.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::tf_provider::schema::{Attribute, AttributeKind, Choice, Mode, Remote};
use crate::tf_provider::value::{Number, Value};

/// Everything the attributes say, as Graph writes it. Unknown values and values without a remote place are left out;
/// what is none is left out too, since Graph's own default is meant.
pub(crate) fn whole(attributes: &[Attribute], object: &Value) -> Map<String, Json> {
    let mut body = Map::new();
    for attribute in attributes {
        let value = object.get(attribute.name);
        let is_given = !is_none(attribute, value) && !value.is_unknown();
        if attribute.is_configurable() && is_given && applies(attribute, object) {
            place(&mut body, attribute, remote_value(attribute, value));
        }
    }
    body
}

/// Everything the attributes say of what exists: the same with what is not given cleared, and without what only a creation
/// takes.
pub(crate) fn complete(attributes: &[Attribute], object: &Value) -> Map<String, Json> {
    let mut body = Map::new();
    for attribute in attributes {
        let value = object.get(attribute.name);
        let is_sent = attribute.is_configurable() && !attribute.create_only && !value.is_unknown();
        if is_sent && applies(attribute, object) {
            place(&mut body, attribute, remote_value(attribute, value));
        }
    }
    body
}

/// Only what differs between two states, as Graph writes it. What is no longer given becomes null, which clears it.
pub(crate) fn changed(attributes: &[Attribute], prior: &Value, planned: &Value) -> Map<String, Json> {
    let mut body = Map::new();
    for attribute in attributes {
        let (before, after) = (prior.get(attribute.name), planned.get(attribute.name));
        if attribute.is_configurable() && before != after && !after.is_unknown() {
            place(&mut body, attribute, remote_value(attribute, after));
        }
    }
    body
}

/// What Graph answered, as the attributes' values. An attribute without a remote place is not in the result.
pub(crate) fn values(attributes: &[Attribute], object: &Json) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    for attribute in attributes {
        let Some(name) = remote_name(attribute) else {
            continue;
        };
        let found = name.split('/').fold(object, |object, step| &object[step]);
        fields.insert(attribute.name.to_owned(), value_of(attribute, found));
    }
    fields
}

/// The same as a whole state: what Graph does not know is as it was known, or the default.
pub(crate) fn state(attributes: &[Attribute], object: &Json, known: &Value) -> Value {
    let mut fields = values(attributes, object);
    for attribute in attributes {
        if !fields.contains_key(attribute.name) {
            let value = match (known.get(attribute.name), &attribute.default) {
                (Value::Null, Some(default)) => default,
                (known, _) => known,
            };
            fields.insert(attribute.name.to_owned(), value.clone());
        }
    }
    Value::Object(fields)
}

/// What Graph answered of one attribute, as its value.
pub(crate) fn value_of(attribute: &Attribute, found: &Json) -> Value {
    let value = match (attribute.remote, found) {
        (Remote::Inverted(_), Json::Bool(value)) => Value::Bool(!value),
        (_, Json::String(text)) if attribute.word.is_some_and(|(_, there)| there == text) => {
            Value::from(attribute.word.map(|(here, _)| here))
        }
        _ => from_json(&attribute.kind, found),
    };
    match (&attribute.default, &attribute.kind, found) {
        // Where the declared default is itself an empty text or set, "nothing" is that default, not an absence.
        (Some(default), ..) if value.is_null() && attribute.same(default, &Value::Null) => default.clone(),
        // An empty collection is not its default, and a configuration can say so.
        (Some(_), AttributeKind::List(_), Json::Array(_)) if value.is_null() => Value::list([]),
        (Some(_), AttributeKind::Set(_), Json::Array(_)) if value.is_null() => Value::set([]),
        _ => value,
    }
}

/// Whether an object that Graph answered shows everything a body wrote. Nothing is nothing in every spelling, and the
/// order of a list does not matter; annotations are not compared.
pub(crate) fn shows(found: &Json, body: &Map<String, Json>) -> bool {
    body.iter().all(|(name, wanted)| name.contains('@') || is_shown(&found[name], wanted))
}

/// The text of an attribute at the top level; empty when it is not there.
pub(crate) fn text_of<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).as_str().unwrap_or_default()
}

/// The switch of an attribute at the top level; off when it is not there.
pub(crate) fn flag_of(object: &Value, name: &str) -> bool {
    object.get(name).as_bool() == Some(true)
}

/// The name of an attribute's remote property; a slash leads into a nested object.
pub(crate) fn remote_name(attribute: &Attribute) -> Option<String> {
    match attribute.remote {
        Remote::Nowhere => None,
        Remote::Named(name) | Remote::Inverted(name) => Some(name.to_owned()),
        Remote::Derived => Some(camel_case(attribute.name)),
    }
}

/// The remote word of a choice; a word nobody knew when this was written stays as it is.
pub(crate) fn remote_word<'a>(choices: &'a [Choice], word: &'a str) -> &'a str {
    choices.iter().find(|choice| choice.name == word).map_or(word, |choice| choice.remote)
}

/// The local word for a remote one; a word nobody knew when this was written stays as it is.
pub(crate) fn local_word<'a>(choices: &'a [Choice], word: &'a str) -> &'a str {
    choices.iter().find(|choice| choice.remote == word).map_or(word, |choice| choice.name)
}

/// Whether a value is none: left out, or an empty text that no default is behind. Graph refuses some of those.
fn is_none(attribute: &Attribute, value: &Value) -> bool {
    value.is_null() || (attribute.mode == Mode::Optional && value.as_str() == Some(""))
}

/// Whether the remote side takes the attribute beside the others.
fn applies(attribute: &Attribute, object: &Value) -> bool {
    attribute.only_where.is_none_or(|(other, value)| object.get(other).as_str() == Some(value))
}

fn place(body: &mut Map<String, Json>, attribute: &Attribute, value: Json) {
    let Some(name) = remote_name(attribute) else {
        return;
    };
    let mut steps: Vec<&str> = name.split('/').collect();
    let Some(last) = steps.pop() else { return };
    let mut target = body;
    for step in steps {
        let next = target.entry(step).or_insert_with(|| Json::Object(Map::new()));
        let Json::Object(next) = next else { return };
        target = next;
    }
    target.insert(last.to_owned(), value);
}

fn remote_value(attribute: &Attribute, value: &Value) -> Json {
    match (attribute.remote, value) {
        (Remote::Inverted(_), Value::Bool(value)) => json!(!value),
        (_, value) if is_none(attribute, value) => {
            attribute.cleared_by.map_or_else(|| to_json(&attribute.kind, &Value::Null), |text| json!(text))
        }
        (_, Value::String(text)) if attribute.word.is_some_and(|(here, _)| here == text) => {
            json!(attribute.word.map(|(_, there)| there))
        }
        _ => to_json(&attribute.kind, value),
    }
}

fn to_json(kind: &AttributeKind, value: &Value) -> Json {
    match (kind, value) {
        (_, Value::Null | Value::Unknown) => match kind {
            AttributeKind::List(_) | AttributeKind::Set(_) => json!([]),
            _ => Json::Null,
        },
        (AttributeKind::Choice(choices), Value::String(word)) => json!(remote_word(choices, word)),
        (AttributeKind::List(element) | AttributeKind::Set(element), value) => {
            value.elements().iter().map(|value| to_json(element, value)).collect()
        }
        (AttributeKind::Map(element), value) => {
            let entries = value.entries().iter().map(|(key, value)| (key.clone(), to_json(element, value)));
            Json::Object(entries.collect())
        }
        (AttributeKind::Object(attributes), value) => Json::Object(whole(attributes, value)),
        (_, Value::String(text)) => json!(text),
        (_, Value::Bool(value)) => json!(value),
        (_, Value::Number(number)) => number.as_i64().map_or_else(|| json!(number.as_f64()), |n| json!(n)),
        _ => Json::Null,
    }
}

fn from_json(kind: &AttributeKind, json: &Json) -> Value {
    match (kind, json) {
        (AttributeKind::Text | AttributeKind::Id(_) | AttributeKind::Choice(_), Json::String(text))
            if is_nothing(text) =>
        {
            Value::Null
        }
        (AttributeKind::Choice(choices), Json::String(word)) => Value::from(local_word(choices, word)),
        (AttributeKind::Text | AttributeKind::Id(_), Json::String(text)) => Value::from(text.as_str()),
        (AttributeKind::Text, Json::Number(number)) => Value::from(number.to_string()),
        (AttributeKind::Number | AttributeKind::Integer, Json::Number(number)) => {
            number.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
        }
        (AttributeKind::Boolean, Json::Bool(value)) => Value::Bool(*value),
        (AttributeKind::List(_) | AttributeKind::Set(_), Json::Array(items)) if items.is_empty() => {
            Value::Null
        }
        (AttributeKind::List(element), Json::Array(items)) => {
            Value::list(items.iter().map(|item| from_json(element, item)))
        }
        (AttributeKind::Set(element), Json::Array(items)) => {
            Value::set(items.iter().map(|item| from_json(element, item)))
        }
        (AttributeKind::Map(element), Json::Object(entries)) => {
            Value::map(entries.iter().map(|(key, item)| (key.as_str(), from_json(element, item))))
        }
        (AttributeKind::Object(attributes), Json::Object(_)) => Value::Object(values(attributes, json)),
        _ => Value::Null,
    }
}

fn is_shown(found: &Json, wanted: &Json) -> bool {
    match (found, wanted) {
        (Json::Object(_), Json::Object(wanted)) => shows(found, wanted),
        (Json::Array(found), Json::Array(wanted)) => {
            found.len() == wanted.len()
                && wanted.iter().all(|wanted| found.iter().any(|f| is_shown(f, wanted)))
        }
        (Json::String(found), Json::String(wanted)) if uuid::Uuid::try_parse(wanted).is_ok() => {
            found.eq_ignore_ascii_case(wanted)
        }
        (found, wanted) => found == wanted || (is_json_nothing(found) && is_json_nothing(wanted)),
    }
}

fn is_json_nothing(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(text) => is_nothing(text),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The id that says "none".
pub(crate) const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Graph's ways to say that there is no value.
fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.starts_with("0001-01-01T00:00:00") || text == NO_ID
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut result = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut characters = word.chars();
        result.extend(characters.next().map(|c| c.to_ascii_uppercase()));
        result.push_str(characters.as_str());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::schema::*;

    const USAGE: &[Choice] = &[pick("user_driven", "singleUser", ""), pick("self_deploying", "shared", "")];

    fn attributes() -> Vec<Attribute> {
        vec![
            computed("id", text(), "Id."),
            required("display_name", text(), "Name."),
            optional("usage", choice(USAGE), "Usage.").remote("outOfBox/deviceUsageType"),
            default("blocks_use", boolean(), true, "Blocks.").remote_inverted("blockDeviceSetupRetryByUser"),
            optional("apps", set_of(text()), "Apps.").remote("selectedMobileAppIds"),
            optional("minutes", integer(), "Minutes."),
            optional("adopt", boolean(), "Adopt.").local(),
        ]
    }

    fn state() -> Value {
        Value::object([
            ("id", Value::from("1")),
            ("display_name", Value::from("A")),
            ("usage", Value::from("user_driven")),
            ("blocks_use", Value::from(true)),
            ("apps", Value::set([Value::from("b"), Value::from("a")])),
            ("minutes", Value::from(60_i64)),
            ("adopt", Value::from(true)),
        ])
    }

    #[test]
    fn a_whole_body_has_every_given_value_in_its_remote_place() {
        let body = Json::Object(whole(&attributes(), &state()));
        let expected = json!({
            "displayName": "A", "outOfBox": {"deviceUsageType": "singleUser"}, "blockDeviceSetupRetryByUser": false,
            "selectedMobileAppIds": ["a", "b"], "minutes": 60,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_patch_has_only_what_changed_and_clears_what_is_gone() {
        let planned =
            state().with("display_name", "B").with("apps", Value::Null).with("minutes", Value::Unknown);
        let body = Json::Object(changed(&attributes(), &state(), &planned));
        assert_eq!(body, json!({"displayName": "B", "selectedMobileAppIds": []}));
    }

    #[test]
    fn what_graph_answers_comes_back_as_it_was_written() {
        let attributes = attributes();
        let mut answer = Json::Object(whole(&attributes, &state()));
        answer["id"] = json!("1");
        let mut expected = state();
        expected = expected.with("adopt", Value::Null);
        let mut back = values(&attributes, &answer);
        back.insert("adopt".to_owned(), Value::Null);
        assert_eq!(Value::Object(back), expected);
    }

    #[test]
    fn nothing_has_one_spelling_and_unknown_words_survive() {
        for nothing in ["", "0001-01-01T00:00:00Z", NO_ID] {
            assert_eq!(from_json(&text(), &json!(nothing)), Value::Null);
        }
        assert_eq!(
            from_json(&choice(USAGE), &json!("unknownFutureValue")),
            Value::from("unknownFutureValue")
        );
        assert_eq!(from_json(&choice(USAGE), &json!("shared")), Value::from("self_deploying"));
    }
}
