//! The wire form of values: MessagePack along a type.
//!
//! An ext element, whatever its code, is an unknown value; what it says about the value to come (its refinements) is
//! not needed here and dropped. Terraform sends numbers as integers where they fit 64 bits, as floats where those are
//! exact, and otherwise as decimal text; all of these are read for every number.

mod read;
mod write;

use super::{DecodeError, EncodeError, Type, Value};

/// Writes `value` in the exact shape of `ty` (see [`Value::conform`]).
///
/// # Errors
/// When the value does not fit the type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    write::write(&value.conform(ty)?, &mut out)?;
    Ok(out)
}

/// Reads one value of the type `ty`. Never panics, and needs memory in proportion to the input.
///
/// # Errors
/// When the bytes are not exactly one such value. Objects must be complete: null stands for what is not set. Nesting
/// is limited to [`MAX_DEPTH`](super::MAX_DEPTH).
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    read::whole(bytes, ty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::value::MAX_DEPTH;

    #[track_caller]
    fn read(ty: Type, bytes: &[u8]) -> Value {
        decode(bytes, &ty).unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    fn refused(ty: Type, bytes: &[u8]) -> String {
        decode(bytes, &ty).expect_err("refused").to_string()
    }

    #[track_caller]
    fn number_from(bytes: &[u8]) -> String {
        read(Type::Number, bytes).reveal()
    }

    fn text(text: &str) -> Vec<u8> {
        encode(&text.into(), &Type::String).unwrap()
    }

    #[test]
    fn reads_every_form_of_a_number_exactly() {
        assert_eq!(number_from(&[0x07]), "7");
        assert_eq!(number_from(&[0xff]), "-1");
        assert_eq!(number_from(&[0xcc, 0xff]), "255");
        assert_eq!(number_from(&[0xcd, 0x01, 0x00]), "256");
        assert_eq!(number_from(&[0xce, 0xff, 0xff, 0xff, 0xff]), "4294967295");
        assert_eq!(number_from(&[&[0xcf][..], &[0xff; 8]].concat()), "18446744073709551615");
        assert_eq!(number_from(&[0xd0, 0x80]), "-128");
        assert_eq!(number_from(&[0xd1, 0x80, 0x00]), "-32768");
        assert_eq!(number_from(&[0xd2, 0x80, 0, 0, 0]), "-2147483648");
        assert_eq!(number_from(&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]), "-9223372036854775808");
        assert_eq!(number_from(&[&[0xca][..], &1.5_f32.to_be_bytes()].concat()), "1.5");
        assert_eq!(number_from(&[&[0xcb][..], &0.1_f64.to_be_bytes()].concat()), "0.1");
        assert_eq!(number_from(&[&[0xcb][..], &(-0.0_f64).to_be_bytes()].concat()), "0");
        assert_eq!(number_from(&[&[0xcb][..], &f64::INFINITY.to_be_bytes()].concat()), "inf");
        for digits in ["0.1", "9223372036854775808", "123456789012345678901234567890", "1e400"] {
            assert_eq!(number_from(&text(digits)), digits);
        }
        assert_eq!(number_from(&text("3.0")), "3");
    }

    #[test]
    fn writes_numbers_without_loss() {
        let write = |number: &str| {
            let number: crate::tf_provider::value::Number = number.parse().unwrap();
            encode(&number.into(), &Type::Number).unwrap()
        };
        assert_eq!(write("1.0"), [0x01]);
        assert_eq!(write("-32"), [0xe0]);
        assert_eq!(write("-33"), [0xd0, 0xdf]);
        assert_eq!(write("128"), [0xcc, 0x80]);
        assert_eq!(write("65536"), [0xce, 0, 1, 0, 0]);
        assert_eq!(write("0.1"), text("0.1"));
        assert_eq!(write("9223372036854775808"), text("9223372036854775808"));
        assert_eq!(write("1e400"), text("1e400"));
        let third = [&[0xcb][..], &(1.0_f64 / 3.0).to_be_bytes()].concat();
        assert_eq!(encode(&read(Type::Number, &third), &Type::Number).unwrap(), third);
        let infinity = [&[0xcb][..], &f64::NEG_INFINITY.to_be_bytes()].concat();
        assert_eq!(encode(&read(Type::Number, &infinity), &Type::Number).unwrap(), infinity);
    }

    #[test]
    fn every_length_has_its_header() {
        for length in [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
            let text = Value::from("a".repeat(length));
            let list = Value::list(vec![Value::Null; length]);
            let map = Value::map((0..length).map(|key| (key.to_string(), Value::Null)));
            let wide = Value::dynamic(Type::object([("a".repeat(length), Type::Bool)]), Value::Null);
            for (value, ty) in [
                (text, Type::String),
                (list, Type::list(Type::Bool)),
                (map, Type::map(Type::Bool)),
                (wide, Type::Dynamic),
            ] {
                let bytes = encode(&value, &ty).unwrap();
                assert!(decode(&bytes, &ty).unwrap() == value, "{length} in {ty:.20}");
                let seen = rmpv::decode::read_value(&mut &bytes[..]).unwrap();
                let mut rewritten = Vec::new();
                rmpv::encode::write_value(&mut rewritten, &seen).unwrap();
                assert!(bytes == rewritten, "{length} in {ty:.20}: not the shortest form");
            }
        }
    }

    #[test]
    fn every_ext_code_is_an_unknown_value() {
        let refined_text = b"\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-";
        for bytes in [&[0xd4, 0, 0][..], &[0xc7, 0, 0], refined_text, &[0xd5, 5, 1, 2], &[0xc8, 0, 1, 99, 7]]
        {
            for ty in [Type::String, Type::list(Type::Bool), Type::Dynamic, Type::object([("a", Type::Bool)])]
            {
                assert!(read(ty, bytes) == Value::Unknown, "{bytes:x?}");
            }
        }
        assert_eq!(encode(&Value::Unknown, &Type::String).unwrap(), [0xd4, 0, 0]);
    }

    #[test]
    fn dynamic_values_bring_their_type() {
        let typed = b"\x92\xc4\x08\"string\"\xa1a";
        let value = read(Type::Dynamic, typed);
        assert_eq!(value.reveal(), r#"<string> "a""#);
        assert_eq!(encode(&value, &Type::Dynamic).unwrap(), typed);
        assert_eq!(read(Type::Dynamic, b"\x92\xc4\x08\"string\"\xc0").reveal(), "<string> null");
        assert_eq!(read(Type::Dynamic, b"\x92\xc4\x08\"string\"\xd4\0\0").reveal(), "<string> unknown");
        assert!(read(Type::Dynamic, &[0xc0]) == Value::Null);
        let nested = b"\x92\xc4\x12[\"list\",\"dynamic\"]\x91\x92\xc4\x06\"bool\"\xc3";
        assert_eq!(read(Type::Dynamic, nested).reveal(), "<list(any)> [<bool> true]");
        assert_eq!(encode(&read(Type::Dynamic, nested), &Type::Dynamic).unwrap(), nested);
    }

    #[test]
    fn objects_must_be_complete_and_may_be_in_any_order() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::Bool)]);
        assert_eq!(read(ty.clone(), b"\x82\xa1b\xc3\xa1a\xc0").reveal(), "{a = null, b = true}");
        assert_eq!(refused(ty.clone(), b"\x81\xa1a\xc3"), "no attribute `b`, which the type has");
        assert_eq!(
            refused(ty.clone(), b"\x83\xa1a\xc3\xa1b\xc3\xa1c\xc3"),
            "an attribute `c` that the type has not"
        );
        assert_eq!(refused(ty.clone(), b"\x82\xa1a\xc3\xa1a\xc3"), "`a` twice");
        assert_eq!(encode(&Value::object([("b", true.into())]), &ty).unwrap(), b"\x82\xa1a\xc0\xa1b\xc3");
    }

    #[test]
    fn says_where_something_does_not_fit() {
        let rule = Type::object([("port", Type::Number)]);
        let ty = Type::object([("rules", Type::map(Type::list(rule.clone()))), ("sets", Type::set(rule))]);
        let wrong_port = b"\x82\xa5rules\x81\xa1k\x91\x81\xa4port\xc3\xa4sets\xc0";
        assert_eq!(refused(ty.clone(), wrong_port), r#"rules["k"][0].port: expected number, found a bool"#);
        let in_set = b"\x82\xa5rules\xc0\xa4sets\x91\x81\xa4port\xa1x";
        assert_eq!(refused(ty, in_set), "sets: text that is not a number");
    }

    #[test]
    fn refuses_what_is_not_exactly_one_value() {
        assert_eq!(refused(Type::Bool, &[]), "the bytes end within the value");
        assert_eq!(refused(Type::Bool, &[0xc3, 0xc3]), "a byte more than one value");
        assert_eq!(refused(Type::Bool, &[0xc1]), "a byte that MessagePack does not use");
        assert_eq!(refused(Type::String, &[0xa1, 0xff]), "text that is not UTF-8");
        let nan = [&[0xcb][..], &f64::NAN.to_be_bytes()].concat();
        assert_eq!(refused(Type::Number, &nan), "a float that is not a number");
        assert_eq!(refused(Type::Tuple(vec![Type::Bool]), &[0x90]), "expected 1 elements, found 0");
        assert_eq!(refused(Type::Dynamic, &[0x92, 0xc4, 1, b'1', 0xc0]), "JSON that is not a type");
    }

    #[test]
    fn does_not_trust_announced_lengths() {
        for marker in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
            let bytes = [marker, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
            for ty in [Type::list(Type::Bool), Type::map(Type::Bool), Type::String, Type::Dynamic] {
                assert!(decode(&bytes, &ty).is_err(), "{marker:x}");
            }
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested_lists = |depth: usize| (0..depth).fold(Type::Bool, |ty, _| Type::list(ty));
        let arrays = |depth: usize| [vec![0x91; depth], vec![0xc3]].concat();
        assert!(decode(&arrays(MAX_DEPTH - 1), &nested_lists(MAX_DEPTH - 1)).is_ok());
        assert!(
            refused(nested_lists(MAX_DEPTH), &arrays(MAX_DEPTH)).ends_with("nested deeper than 128 levels")
        );
        let dynamics = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
        assert!(refused(Type::Dynamic, &dynamics).ends_with("nested deeper than 128 levels"));
    }
}
