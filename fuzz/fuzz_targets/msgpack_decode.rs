//! Any bytes: a value or a refusal. A value that was read is written, and then read as the same.
#![no_main]

use autopilot_provider::tf_provider::value::{Type, Value, msgpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for ty in types() {
        if let Ok(value) = msgpack::decode(bytes, &ty) {
            let written = msgpack::encode(&value, &ty).expect("what was read fits its type");
            let back: Value = msgpack::decode(&written, &ty).expect("what was written is read");
            assert!(back == value);
        }
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
            ("pair", Type::Tuple(vec![Type::Bool, Type::Dynamic])),
        ]),
    ]
}
