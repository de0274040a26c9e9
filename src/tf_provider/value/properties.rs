//! What holds for every type and every value of it.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::json::Surplus;
use super::*;
use crate::tf_provider::path::Path;

/// A type and a value of it, with every content shown when a property fails.
#[derive(Clone)]
struct Case {
    ty: Type,
    value: Value,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of type {}", self.value.reveal(), self.ty)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Unknowns {
    Some,
    None,
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            btree_map("[a-c]{1,2}", inner.clone(), 0..4).prop_map(Type::Object),
            vec(inner, 0..3).prop_map(Type::Tuple),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    let parsed = |text: String| text.parse().expect("a decimal number");
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("not a number", Number::from_f64),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(parsed),
        "-?[0-9]{1,20}e-?[0-9]{1,4}".prop_map(parsed),
    ]
}

fn values(ty: &Type, unknowns: Unknowns, depth: usize) -> BoxedStrategy<Value> {
    let of = |ty: &Type| values(ty, unknowns, depth);
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::String => prop_oneof![any::<String>(), "a{0,40}"].prop_map(Value::String).boxed(),
        Type::List(element) => vec(of(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(of(element), 0..5).prop_map(Value::set).boxed(),
        Type::Map(element) => btree_map(any::<String>(), of(element), 0..4).prop_map(Value::Map).boxed(),
        Type::Tuple(types) => types.iter().map(of).collect::<Vec<_>>().prop_map(Value::Tuple).boxed(),
        Type::Object(attributes) => {
            let names: Vec<_> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(of).collect();
            values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
        Type::Dynamic if depth == 0 => Just(Value::Null).boxed(),
        Type::Dynamic => types()
            .prop_flat_map(move |ty| {
                let value = values(&ty, unknowns, depth - 1);
                value.prop_map(move |value| Value::dynamic(ty.clone(), value))
            })
            .boxed(),
    };
    let unknown = if unknowns == Unknowns::Some { Value::Unknown } else { Value::Null };
    prop_oneof![6 => known, 1 => Just(Value::Null), 1 => Just(unknown)].boxed()
}

fn cases(unknowns: Unknowns) -> impl Strategy<Value = Case> {
    types().prop_flat_map(move |ty| {
        values(&ty, unknowns, 2).prop_map(move |value| Case { ty: ty.clone(), value })
    })
}

fn finite(value: &Value) -> bool {
    let mut finite = true;
    value.walk(|_, part| finite &= part.as_number().is_none_or(Number::is_finite));
    finite
}

/// What an independent reader of MessagePack sees, said in the words of this module.
fn agrees(seen: &rmpv::Value, value: &Value) -> bool {
    use rmpv::Value as Seen;
    let all = |seen: &[Seen], values: &[Value]| {
        seen.len() == values.len() && seen.iter().zip(values).all(|(seen, value)| agrees(seen, value))
    };
    match (seen, value) {
        (Seen::Nil, Value::Null) => true,
        (Seen::Ext(0, payload), Value::Unknown) => payload == &[0],
        (Seen::Boolean(seen), Value::Bool(value)) => seen == value,
        (Seen::Integer(seen), Value::Number(number)) => seen.as_i64() == number.as_i64(),
        (Seen::F64(seen), Value::Number(number)) => Number::from_f64(*seen).as_ref() == Some(number),
        (Seen::String(seen), Value::Number(number)) => seen.as_str() == Some(&number.to_string()),
        (Seen::String(seen), Value::String(text)) => seen.as_str() == Some(text),
        (Seen::Array(seen), Value::List(values) | Value::Tuple(values)) => all(seen, values),
        (Seen::Array(seen), Value::Set(values)) => all(seen, values),
        (Seen::Map(seen), Value::Map(values) | Value::Object(values)) => {
            let seen: BTreeMap<_, _> = seen.iter().map(|(name, seen)| (name.as_str(), seen)).collect();
            let names = values.keys().map(|name| Some(name.as_str()));
            seen.keys().copied().eq(names)
                && seen.values().zip(values.values()).all(|(seen, value)| agrees(seen, value))
        }
        (Seen::Array(seen), Value::Dynamic(typed)) => {
            seen[0] == Seen::Binary(typed.0.to_json()) && agrees(&seen[1], &typed.1)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn types_round_trip_through_json(ty in types()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
    }

    #[test]
    fn values_round_trip_through_msgpack(case in cases(Unknowns::Some)) {
        let bytes = msgpack::encode(&case.value, &case.ty).unwrap();
        let back = msgpack::decode(&bytes, &case.ty).unwrap();
        prop_assert!(back == case.value, "came back as {}", back.reveal());
    }

    #[test]
    fn another_reader_of_msgpack_sees_the_same(case in cases(Unknowns::Some)) {
        let bytes = msgpack::encode(&case.value, &case.ty).unwrap();
        let mut rest = &bytes[..];
        let seen = rmpv::decode::read_value(&mut rest).unwrap();
        prop_assert!(rest.is_empty() && agrees(&seen, &case.value), "it saw {seen}");
    }

    #[test]
    fn another_writer_of_msgpack_is_understood(case in cases(Unknowns::Some)) {
        let bytes = msgpack::encode(&case.value, &case.ty).unwrap();
        let seen = rmpv::decode::read_value(&mut &bytes[..]).unwrap();
        let mut rewritten = Vec::new();
        rmpv::encode::write_value(&mut rewritten, &seen).unwrap();
        prop_assert!(msgpack::decode(&rewritten, &case.ty).unwrap() == case.value);
    }

    #[test]
    fn known_finite_values_round_trip_through_json(case in cases(Unknowns::None)) {
        prop_assume!(finite(&case.value));
        let text = json::encode(&case.value, &case.ty).unwrap();
        let back = json::decode(&text, &case.ty, Surplus::Refuse).unwrap();
        prop_assert!(back == case.value, "{} came back as {}", String::from_utf8_lossy(&text), back.reveal());
    }

    #[test]
    fn a_damaged_message_is_read_or_refused(case in cases(Unknowns::Some), at: prop::sample::Index, byte: u8) {
        let mut bytes = msgpack::encode(&case.value, &case.ty).unwrap();
        let at = at.index(bytes.len());
        let _ = msgpack::decode(&bytes[..at], &case.ty).expect_err("cut short");
        bytes[at] = byte;
        if let Ok(value) = msgpack::decode(&bytes, &case.ty) {
            prop_assert!(value.conform(&case.ty).unwrap() == value);
        }
    }

    #[test]
    fn no_bytes_at_all_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200), ty in types()) {
        let _ = msgpack::decode(&bytes, &ty);
        let _ = json::decode(&bytes, &ty, Surplus::Ignore);
        let _ = Type::from_json(&bytes);
    }

    #[test]
    fn whatever_has_a_type_conforms_to_it(case in cases(Unknowns::Some)) {
        prop_assert!(case.value.conform(&case.ty).unwrap() == case.value);
    }

    #[test]
    fn every_part_that_is_visited_is_found_by_its_path(case in cases(Unknowns::Some)) {
        let mut lost = None;
        case.value.walk(|path, part| {
            if case.value.at(path) != part {
                lost = Some(path.clone());
            }
        });
        prop_assert_eq!(lost, None::<Path>);
    }

    #[test]
    fn nothing_is_unknown_once_unknown_is_null(case in cases(Unknowns::Some)) {
        prop_assert!(case.value.clone().unknown_to_null().is_wholly_known());
        prop_assert!(!case.value.is_wholly_known() || case.value.clone().unknown_to_null() == case.value);
    }

    #[test]
    fn numbers_read_back_from_their_text(number in numbers()) {
        prop_assert!(!number.is_finite() || number.to_string().parse() == Ok(number));
    }

    #[test]
    fn numbers_sort_as_floats_do(one in numbers(), other in numbers()) {
        let floats = one.as_f64().partial_cmp(&other.as_f64()).expect("no NaN");
        prop_assert!(floats.is_eq() || floats == one.cmp(&other));
        prop_assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
        prop_assert_eq!(one == other, one.cmp(&other).is_eq());
    }

    #[test]
    fn debug_shows_no_content(text in "[A-Z]{8,12}", number in 100_000_000_i64..) {
        let value = Value::list([text.clone().into(), number.into(), Value::set([text.clone().into()])]);
        let shown = format!("{value:?} {:?}", Path::root().set_element(value.clone()).steps());
        prop_assert!(!shown.contains(&text) && !shown.contains(&number.to_string()));
    }
}
