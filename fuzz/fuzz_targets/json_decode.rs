//! Any text: a value or a refusal. A value that was read is written, and then read as the same.
#![no_main]

use autopilot_provider::tf_provider::value::json::{self, Surplus};
use autopilot_provider::tf_provider::value::{Type, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for ty in types() {
        let strict = json::decode(text, &ty, Surplus::Refuse);
        let Ok(value) = json::decode(text, &ty, Surplus::Ignore) else {
            assert!(strict.is_err());
            continue;
        };
        let written = json::encode(&value, &ty).expect("what was read fits its type");
        let back: Value = json::decode(&written, &ty, Surplus::Refuse).expect("what was written is read");
        assert!(back == value);
    }
});

fn types() -> [Type; 3] {
    let nested = Type::object([("a", Type::Number), ("b", Type::set(Type::String))]);
    [
        Type::Dynamic,
        Type::list(Type::Number),
        Type::object([
            ("id", Type::String),
            ("on", Type::Bool),
            ("rules", Type::list(nested.clone())),
            ("tags", Type::map(nested)),
        ]),
    ]
}
