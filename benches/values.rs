//! What values cost on the wire: a large state, and one resource.

use autopilot_provider::tf_provider::value::json::{self, Surplus};
use autopilot_provider::tf_provider::value::{Type, Value, msgpack};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const STATE_BYTES: usize = 10 << 20;

/// A resource of 40 attributes: text, numbers, bools and a few collections.
fn resource() -> (Value, Type) {
    let mut ty = Vec::new();
    let mut attributes = Vec::new();
    for position in 0..40_i64 {
        let name = format!("attribute_{position:02}");
        let (attribute, value) = match position % 8 {
            0 => (Type::Number, (position * 1_000).into()),
            1 => (Type::Bool, true.into()),
            2 => (Type::set(Type::String), Value::set((0..4_i64).map(|n| Value::from(format!("group-{n}"))))),
            3 => {
                (Type::map(Type::String), Value::map([("owner", "intune".into()), ("ring", "pilot".into())]))
            }
            4 => (Type::String, Value::Null),
            _ => (Type::String, format!("0a1b2c3d-0000-4000-8000-{position:012}").into()),
        };
        ty.push((name.clone(), attribute));
        attributes.push((name, value));
    }
    (Value::object(attributes), Type::object(ty))
}

/// As many such resources as fill the size.
fn state() -> (Value, Type) {
    let (resource, ty) = resource();
    let count = STATE_BYTES / msgpack::encode(&resource, &ty).expect("it fits its type").len();
    (Value::list(vec![resource; count]), Type::list(ty))
}

#[divan::bench]
fn encode_a_resource(bencher: Bencher<'_, '_>) {
    let (value, ty) = resource();
    bencher.bench(|| msgpack::encode(black_box(&value), &ty));
}

#[divan::bench]
fn decode_a_resource(bencher: Bencher<'_, '_>) {
    let (value, ty) = resource();
    let bytes = msgpack::encode(&value, &ty).expect("it fits its type");
    bencher.bench(|| msgpack::decode(black_box(&bytes), &ty));
}

#[divan::bench]
fn clone_a_resource(bencher: Bencher<'_, '_>) {
    let (value, _) = resource();
    bencher.bench(|| black_box(&value).clone());
}

#[divan::bench(sample_count = 10)]
fn encode_10_mib_of_state(bencher: Bencher<'_, '_>) {
    let (value, ty) = state();
    bencher.counter(BytesCount::new(STATE_BYTES)).bench(|| msgpack::encode(black_box(&value), &ty));
}

#[divan::bench(sample_count = 10)]
fn decode_10_mib_of_state(bencher: Bencher<'_, '_>) {
    let (value, ty) = state();
    let bytes = msgpack::encode(&value, &ty).expect("it fits its type");
    bencher.counter(BytesCount::new(bytes.len())).bench(|| msgpack::decode(black_box(&bytes), &ty));
}

#[divan::bench(sample_count = 10)]
fn decode_the_same_state_as_json(bencher: Bencher<'_, '_>) {
    let (value, ty) = state();
    let text = json::encode(&value, &ty).expect("it fits its type");
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| json::decode(black_box(&text), &ty, Surplus::Refuse));
}
