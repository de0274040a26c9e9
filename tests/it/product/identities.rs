//! What is claimed of identities. That one is there as soon as its object is, that no part of it ever changes and that it goes
//! with its object is held against every reply of every test (`support/core/identity.rs`).

#![expect(clippy::print_stdout, reason = "a property that fails shows how far it came")]

use autopilot_provider::tf_provider::value::Value;

use serde_json::json;

use super::case::Belongs;
use super::properties::Describe;
use super::stage::{Life, Stage, filled};
use crate::support::core::listing::Found;
use crate::support::core::without;

/// A type without an identity has none to lose.
const WITHOUT: [&str; 1] = ["autopilot_device_fleet"];

/// An identity is enough to import by, in any spelling, and the spelling stays; what it names is what an import id names, and
/// what a list shows.
pub(crate) async fn an_identity_is_as_good_as_an_id(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let life = Life::made(&case, &stage, &case.maximal).await;
    let Some(shape) = life.instance.identity_shape() else {
        assert!(WITHOUT.contains(&case.type_name), "{} has no identity", case.type_name);
        return;
    };
    let identity = life.instance.identity().clone();
    assert!(identity.entries().values().all(|part| !part.is_null()), "{}", identity.reveal());
    let core = stage.provider(case.signed_in).await;
    let mut by_id = Life::new(&case, &stage).await;
    by_id.instance.import(&filled(case.imports[0], life.instance.state())).await;
    assert_eq!(by_id.instance.identity(), &identity);
    for given in shape.enough(&identity).iter().flat_map(|enough| [enough.clone(), in_capitals(enough)]) {
        println!("importing {}", given.reveal());
        let mut imported = Life::new(&case, &stage).await;
        imported.instance.import_identified(&given).await;
        assert_eq!(imported.instance.state(), by_id.instance.state());
        for (name, part) in imported.instance.identity().entries() {
            let given = given.get(name);
            assert_eq!(part, if given.is_null() { identity.get(name) } else { given }, "`{name}`");
        }
        let generated = imported.instance.generated_config().await;
        imported.next_command().await.assert_empty_plan_of(generated, "what was imported").await;
    }
    if core.lists().any(|name| name == case.type_name) {
        println!("listing");
        let all = match case.type_name {
            "autopilot_device_group" => json!({"all_groups": true}),
            _ => json!({}),
        };
        let found = core.listed(case.type_name, all, 1_000).await;
        let is_it = |one: &&Found| one.identity == identity;
        let listed = found.iter().find(is_it).expect("it is listed");
        // Only a look for each device tells it, which a list has no time for.
        let [listed, imported] =
            [&listed.state, by_id.instance.state()].map(|state| without(state, &["entra_object_id"]));
        assert_eq!(listed, imported);
    }
    println!("importing nothing, and what is not there");
    let nothing = Value::object(shape.names().map(|name| (name.to_owned(), Value::Null)));
    let elsewhere = Value::object(shape.names().map(|name| (name.to_owned(), Value::from(NOBODY))));
    for given in [nothing, elsewhere] {
        let said = life.instance.fresh().try_import_identified(&given).await;
        assert!(said.has_errors(), "an import of {} found something", given.reveal());
    }
    let first = shape.names().next().expect("a part");
    if shape.names().count() > 1 {
        let two = identity.clone().with(first, NOBODY);
        let said = life.instance.fresh().try_import_identified(&two).await;
        assert!(said.has_errors(), "an import of two objects found one");
    }
}

/// A state that an older release wrote, or that a Terraform below 1.12 keeps, has no identity: nothing is planned because of
/// it, and the next read brings it. An object that went in the meantime is gone all the same.
pub(crate) async fn a_state_without_an_identity_gets_one(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    if life.instance.identity_shape().is_none() {
        return;
    }
    let (identity, state) = (life.instance.identity().clone(), life.instance.state().clone());
    println!("planning, refreshing and changing nothing");
    life.instance.set_identity(Value::Null);
    life.next_command().await.plan(&case.maximal).await;
    life.next_command().await.refresh().await;
    assert_eq!((life.instance.identity(), life.instance.state()), (&identity, &state));
    println!("in capitals");
    life.instance.set_identity(in_capitals(&identity));
    life.next_command().await.assert_empty_plan(&case.maximal).await;
    assert_eq!(life.instance.identity(), &in_capitals(&identity));
    println!("gone");
    if case.belongs == Belongs::ToConfiguration {
        life.destroy().await;
        let mut life = Life::made(&case, &stage, &case.minimal).await;
        life.instance.set_identity(Value::Null);
        life.ended_outside().await;
        life.next_command().await.refresh().await;
        assert_eq!((life.instance.identity(), life.instance.state()), (&Value::Null, &Value::Null));
    }
}

fn in_capitals(identity: &Value) -> Value {
    let parts = identity.entries().iter().map(|(name, part)| {
        let part = part.as_str().map(str::to_uppercase);
        (name.clone(), part.map_or(Value::Null, Value::from))
    });
    Value::object(parts)
}

const NOBODY: &str = "00000000-1111-2222-3333-444444444444";
