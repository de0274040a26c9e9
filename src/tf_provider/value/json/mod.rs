//! Values as JSON along a type: how Terraform stores state. Null stands for what is not set; there are no unknowns.

mod read;
mod write;

pub use self::read::Surplus;

use super::{DecodeError, EncodeError, Type, Value};

/// Reads one value of the type `ty`. Attributes that are missing are null. Numbers are exact, and may be written as
/// text as well.
///
/// # Errors
/// When the text is not JSON or does not fit the type. Nesting is limited to [`MAX_DEPTH`](super::MAX_DEPTH).
pub fn decode(json: &[u8], ty: &Type, surplus: Surplus) -> Result<Value, DecodeError> {
    read::whole(json, ty, surplus)
}

/// Writes `value` in the exact shape of `ty` (see [`Value::conform`]), compact.
///
/// # Errors
/// When the value does not fit the type, or holds an unknown or infinity, for which JSON has no form.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    write::write(&value.conform(ty)?, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::value::MAX_DEPTH;

    #[track_caller]
    fn read(ty: &Type, json: &str) -> Value {
        decode(json.as_bytes(), ty, Surplus::Refuse).unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    fn refused(ty: &Type, json: &str) -> String {
        decode(json.as_bytes(), ty, Surplus::Refuse).expect_err("refused").to_string()
    }

    fn written(value: &Value, ty: &Type) -> String {
        String::from_utf8(encode(value, ty).unwrap()).unwrap()
    }

    #[test]
    fn numbers_survive_digit_by_digit() {
        for number in ["0.1", "9223372036854775808", "123456789012345678901234567890.5", "1e400", "-7"] {
            assert_eq!(written(&read(&Type::Number, number), &Type::Number), number);
        }
        assert_eq!(read(&Type::Number, " 1.50 ").reveal(), "1.5");
        assert_eq!(read(&Type::Number, r#""12""#).as_i64(), Some(12));
        assert_eq!(refused(&Type::Number, r#""twelve""#), "text that is not a number");
    }

    #[test]
    fn missing_attributes_are_null_and_surplus_ones_are_as_the_caller_says() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::String)]);
        assert_eq!(read(&ty, r#"{"a":true}"#).reveal(), "{a = true, b = null}");
        let more = r#"{"b":"x","gone":{"deep":[1]}}"#;
        assert_eq!(refused(&ty, more), "an attribute `gone` that the type has not");
        assert_eq!(decode(more.as_bytes(), &ty, Surplus::Ignore).unwrap().reveal(), r#"{a = null, b = "x"}"#);
        assert_eq!(written(&Value::object([("a", true.into())]), &ty), r#"{"a":true,"b":null}"#);
    }

    #[test]
    fn every_type_round_trips() {
        for (ty, json) in [
            (Type::String, r#""a\n\"é\"""#),
            (Type::set(Type::Number), "[1,2.5]"),
            (Type::map(Type::list(Type::Bool)), r#"{"":[],"k":[true,null]}"#),
            (Type::Tuple(vec![Type::Bool, Type::String]), r#"[false,"x"]"#),
            (Type::Dynamic, "null"),
            (Type::Dynamic, r#"{"type":["list","dynamic"],"value":[{"type":"bool","value":true},null]}"#),
        ] {
            assert_eq!(written(&read(&ty, json), &ty), json);
        }
        let value_first = r#"{"value":1e2, "type":"number"}"#;
        assert_eq!(read(&Type::Dynamic, value_first).reveal(), "<number> 100");
    }

    #[test]
    fn what_has_no_form_is_refused_with_its_place() {
        let ty = Type::object([("a", Type::map(Type::list(Type::Number)))]);
        let holding = |value| Value::object([("a", Value::map([("k", Value::list([value]))]))]);
        let unknown = encode(&holding(Value::Unknown), &ty).unwrap_err();
        assert_eq!(unknown.to_string(), r#"a["k"][0]: an unknown value, for which JSON has no form"#);
        let infinity = crate::tf_provider::value::Number::from_f64(f64::INFINITY).unwrap();
        assert!(encode(&holding(infinity.into()), &ty).is_err());
    }

    #[test]
    fn errors_name_the_place_but_never_the_content() {
        let ty = Type::object([
            ("a", Type::list(Type::Bool)),
            ("s", Type::set(Type::object([("n", Type::Bool)]))),
        ]);
        assert_eq!(refused(&ty, r#"{"a":[true,"hunter2"]}"#), "a[1]: expected bool, found a string");
        assert_eq!(refused(&ty, r#"{"s":[{"n":"hunter2"}]}"#), "s: expected bool, found a string");
        for json in [r#"{"a":hunter2}"#, r#"{"a":"\ud800hunter2"}"#, r#""hunter2"#, r#"{"a":[]} hunter2"#] {
            assert!(!refused(&ty, json).contains("hunter2"), "{json}");
        }
        assert!(!refused(&Type::Dynamic, r#"{"type":"hunter2","value":1}"#).contains("hunter2"));
        assert!(!refused(&Type::Dynamic, r#"{"value":"hunter2"}"#).contains("hunter2"));
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| (0..depth).fold(Type::Bool, |ty, _| Type::list(ty));
        let arrays = |depth: usize| format!("{}true{}", "[".repeat(depth), "]".repeat(depth));
        assert!(decode(arrays(MAX_DEPTH - 1).as_bytes(), &nested(MAX_DEPTH - 1), Surplus::Refuse).is_ok());
        assert!(refused(&nested(MAX_DEPTH), &arrays(MAX_DEPTH)).ends_with("nested deeper than 128 levels"));
        let dynamic = r#"{"type":"dynamic","value":"#.repeat(1000) + "null" + &"}".repeat(1000);
        assert!(refused(&Type::Dynamic, &dynamic).ends_with("nested deeper than 128 levels"));
        assert!(decode("[".repeat(1_000_000).as_bytes(), &Type::Bool, Surplus::Refuse).is_err());
    }
}
