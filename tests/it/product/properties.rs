//! What holds of every resource.

#![expect(clippy::print_stdout, reason = "a property that fails shows how far it came")]

use std::collections::{BTreeMap, BTreeSet};

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::permission::Access;
use autopilot_provider::tf_provider::provider::Provider;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Entry, Outside, merged, place};
use super::stage::{Life, Stage, filled, restoring};
use crate::support::core::shape::{Attribute, Nesting};
use crate::support::core::{Action, without};

/// How a test describes its resource; the stage is there for what it refers to.
pub(crate) type Describe = fn(&Stage) -> Case;

pub(crate) async fn every_attribute_is_covered(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let life = Life::new(&case, &stage).await;
    let mut declared = Vec::new();
    configurable("", &life.instance.shape().block.attributes, &case.maximal, &mut declared);
    let covered: Vec<&str> = case.entries.iter().map(|entry| entry.path).collect();
    for path in &declared {
        assert!(
            covered.contains(&path.as_str()),
            "`{path}` of {} is not covered: add `entry(\"{path}\", ANOTHER VALUE).outside(WHAT THE PORTAL MIGHT \
             WRITE)` to its case, and the attribute to `maximal`",
            case.type_name
        );
    }
    for entry in &case.entries {
        assert!(
            declared.iter().any(|path| path == entry.path),
            "{} has no configurable attribute `{}`",
            case.type_name,
            entry.path
        );
        assert!(
            !matches!(entry.outside, Outside::Nothing("")),
            "say of `{}` what may happen to it outside, or why it cannot drift",
            entry.path
        );
    }
}

pub(crate) async fn is_made_and_destroyed(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let before = stage.objects();
    for config in [&case.minimal, &case.maximal] {
        let config = restoring(&case, config);
        let life = Life::made(&case, &stage, &config).await;
        assert!(case.belongs == Belongs::ToTenant || stage.objects() != before, "nothing was made");
        life.end(&before, "after its destruction").await;
    }
    if case.belongs == Belongs::ToTenant {
        let mut life = Life::made(&case, &stage, &case.maximal).await;
        let managed = stage.objects();
        life.next_command().await.destroy_alone().await;
        stage.becomes(&managed, "after the end of its management").await;
    }
}

pub(crate) async fn every_attribute_changes(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::new(&case, &stage).await;
    for entry in &case.entries {
        let path = entry.path;
        println!("changing {path}");
        life.apply(&entry.before(&case)).await;
        let before = at(life.instance.state(), path).clone();
        life.apply(&entry.after(&case)).await;
        assert_eq!(life.instance.last_action(), entry.action, "a change of `{path}`");
        let is_changed = at(life.instance.state(), path) != &before;
        assert_eq!(is_changed, entry.action != Action::NoOp, "whether `{path}` changed");
        if let Some(without) = entry.without(&case)
            && is_optional(&life, path)
        {
            println!("leaving out {path}");
            life.apply(&without).await;
        }
    }
}

/// A plan shows as changing what then changes, and nothing else: what a change cannot alter stays known.
pub(crate) async fn a_plan_names_what_changes(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::new(&case, &stage).await;
    for entry in case.entries.iter().filter(|entry| entry.action == Action::Update) {
        println!("changing {}", entry.path);
        life.apply(&entry.before(&case)).await;
        let after = entry.after(&case);
        let before = life.instance.state().clone();
        let planned = life.next_command().await.plan(&after).await;
        let mut named = BTreeSet::new();
        changed("", &before, &planned.planned, &mut named);
        life.instance.apply_planned(planned, &after).await.expect_no_errors(entry.path);
        let mut really = BTreeSet::new();
        changed("", &before, life.instance.state(), &mut really);
        let is_certain = |path: &String| !entry.may_change.iter().any(|open| path.starts_with(open));
        named.retain(is_certain);
        really.retain(is_certain);
        assert_eq!(named, really, "a change of `{}`: planned, and then", entry.path);
    }
}

/// A collection that is left out stays as it is, which a plan says once: no difference, one warning, nothing removed.
pub(crate) async fn what_is_left_out_stays(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    for entry in case.entries.iter().filter(|entry| entry.to.is_array() && !entry.path.contains('.')) {
        let (mut life, config) = (Life::new(&case, &stage).await, entry.before(&case));
        let attribute = &life.instance.shape().block.attributes[entry.path];
        if !attribute.computed || entry.unwritten != Some(Action::NoOp) {
            continue;
        }
        println!("leaving out {}", entry.path);
        life.apply(&config).await;
        let (objects, state) = (stage.objects(), life.instance.state().clone());
        let mut without = config.clone();
        place(&mut without, entry.path).take();
        let planned = life.next_command().await.plan(&without).await;
        let warned = planned.warnings.warning("No longer managed");
        assert!(warned.summary.contains(entry.path) && warned.detail.contains("= []"), "{warned:?}");
        assert_eq!((planned.action, &planned.planned), (Action::NoOp, &state));
        life.apply(&merged(without.clone(), &json!({"adopt_existing": false}))).await;
        assert_eq!(at(life.instance.state(), entry.path), at(&state, entry.path));
        let again = life.next_command().await.plan(&without).await;
        assert_eq!(again.warnings.warnings().count(), 0, "it is reported once: {}", again.warnings);
        assert_eq!(stage.objects(), objects, "nothing is removed");
        life.destroy().await;
    }
}

/// The paths of values that differ.
fn changed(path: &str, before: &Value, after: &Value, into: &mut BTreeSet<String>) {
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    match (before, after) {
        _ if before == after => {}
        (Value::Object(_) | Value::Map(_), Value::Object(_) | Value::Map(_)) => {
            let steps: BTreeSet<&String> = before.entries().keys().chain(after.entries().keys()).collect();
            steps.into_iter().for_each(|step| changed(&below(step), before.get(step), after.get(step), into));
        }
        _ => drop(into.insert(path.to_owned())),
    }
}

/// Each permission in turn is taken away: the plan names it, before anything is asked of Graph or changed there.
pub(crate) async fn a_missing_permission_is_named_before_anything_is_asked(describe: Describe) {
    let type_name = describe(&Stage::quick().await).type_name;
    let resources = Autopilot.resources();
    let resource = resources.iter().find(|one| one.name() == type_name).expect("a resource");
    let needed = resource.permissions().into_iter().filter(|need| need.access != Access::Aside);
    let mut tried = 0;
    for need in needed {
        println!("without {:?}", need.one_of);
        let stage = Stage::without(need.one_of).await;
        let case = describe(&stage);
        let before = stage.objects();
        stage.control().clear_requests();
        let mut life = Life::new(&case, &stage).await;
        let said = match life.instance.try_plan(&case.maximal).await {
            Err(said) => said,
            Ok(_) => panic!("a plan without {:?}", need.one_of),
        };
        assert!(said.errors().any(|error| error.detail.contains(need.one_of[0])), "{said}");
        // The next object of the plan does not report the same again.
        let again = life.instance.fresh().try_plan(&case.minimal).await;
        assert!(again.is_ok(), "{:?}", again.err().map(|said| said.to_string()));
        // Should it come to an apply all the same, nothing is done by halves.
        let outcome = life.next_command().await.try_apply(&case.maximal).await;
        assert!(outcome.said.has_errors(), "an apply without {:?}", need.one_of);
        assert_eq!(stage.graph_requests(), Vec::<String>::new(), "nothing was asked");
        assert_eq!(stage.objects(), before, "nothing was changed");
        tried += 1;
    }
    assert!(tried >= 2, "reading and changing were tried");
}

pub(crate) async fn import_equals_state(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    // What belongs to the tenant is imported whole, and only the fullest configuration says all of it.
    let configs = match case.belongs {
        Belongs::ToConfiguration => vec![&case.minimal, &case.maximal],
        Belongs::ToTenant => vec![&case.maximal],
    };
    for config in configs {
        let mut life = Life::made(&case, &stage, config).await;
        for template in case.imports {
            let id = filled(template, life.instance.state());
            println!("importing {id}");
            let mut imported = Life::new(&case, &stage).await;
            imported.instance.import(&id).await;
            if config == &case.maximal {
                let [applied, found] = [life.instance.state(), imported.instance.state()]
                    .map(|state| without(state, case.not_imported));
                for (name, value) in applied.entries() {
                    let shown = found.get(name);
                    let (is, not) = (shown.reveal(), value.reveal());
                    assert!(shown == value, "`{name}` is imported as {is}, not {not}");
                }
            }
            let generated = imported.instance.generated_config().await;
            imported
                .next_command()
                .await
                .assert_empty_plan_of(generated, "the generated configuration")
                .await;
            // Arguments of the provider's own, which Graph does not know, may be written to the state.
            let local: Vec<&str> = case.not_imported.to_vec();
            imported.next_command().await.assert_plan_changes_only(config, &local).await;
        }
        let unknown = case.imports[0].replace("{id}", "00000000-1111-2222-3333-444444444444");
        if unknown != case.imports[0] {
            let said = life.next_command().await.fresh().try_import(&unknown).await;
            assert!(said.has_errors(), "an import of nothing found something");
        }
        life.destroy().await;
    }
}

pub(crate) async fn drift_is_seen_and_repaired(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::new(&case, &stage).await;
    for entry in case.entries.iter().filter(|entry| drifts(entry)) {
        let path = entry.path;
        println!("drift of {path}");
        let config = entry.before(&case);
        life.apply(&config).await;
        let before = at(life.instance.state(), path).clone();
        life.happen(&entry.outside).await;
        life.next_command().await.refresh().await;
        assert_ne!(at(life.instance.state(), path), &before, "drift of `{path}` is not seen");
        life.apply(&config).await;
        assert_eq!(life.instance.last_action(), Action::Update, "drift of `{path}`");
        assert_eq!(at(life.instance.state(), path), &before, "drift of `{path}` is not repaired");
    }
}

pub(crate) async fn unwritten_is_judged_as_declared(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    for entry in case.entries.iter().filter(|entry| drifts(entry)) {
        let path = entry.path;
        if !place(&mut case.minimal.clone(), path).is_null() {
            continue;
        }
        println!("unwritten {path}");
        let mut life = Life::made(&case, &stage, &case.minimal).await;
        life.happen(&entry.outside).await;
        life.next_command().await.refresh().await;
        let planned = life.instance.plan(&case.minimal).await;
        let wanted = entry.unwritten.unwrap_or(match case.belongs {
            Belongs::ToTenant => Action::NoOp,
            Belongs::ToConfiguration => Action::Update,
        });
        assert_eq!(planned.action, wanted, "after a change outside of `{path}`, which is not written");
        life.apply(&case.minimal).await;
        if case.belongs == Belongs::ToConfiguration {
            life.destroy().await;
        }
    }
}

pub(crate) async fn deletion_outside_is_seen(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    if case.belongs == Belongs::ToTenant {
        return;
    }
    let mut life = Life::made(&case, &stage, &case.minimal).await;
    life.ended_outside().await;
    life.next_command().await.refresh().await;
    assert!(life.instance.state().is_null(), "a deletion outside is not seen");
    life.apply(&case.minimal).await;
    assert_eq!(life.instance.last_action(), Action::Create);
    // Gone before Terraform deletes it: that is success.
    life.ended_outside().await;
    life.next_command().await.destroy_alone().await;
}

pub(crate) async fn lives_in_a_slow_tenant(describe: Describe) {
    let stage = Stage::slow().await;
    let case = describe(&stage);
    let before = stage.objects();
    let minimal = restoring(&case, &case.minimal);
    let maximal = restoring(&case, &case.maximal);
    let mut life = Life::made(&case, &stage, &minimal).await;
    life.apply(&maximal).await;
    life.apply(&minimal).await;
    life.destroy().await;
    let life = Life::made(&case, &stage, &maximal).await;
    life.end(&before, "after its destruction").await;
}

/// The value at a dotted path.
fn at<'a>(state: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(state, |object, step| object.get(step))
}

/// Whether something may happen to the attribute outside.
pub(crate) fn drifts(entry: &Entry) -> bool {
    !matches!(entry.outside, Outside::Nothing(_))
}

/// Paths of what a user may write: into single objects, and into the first element of a map that `written` has, but not into
/// other collections.
fn configurable(
    prefix: &str,
    attributes: &BTreeMap<String, Attribute>,
    written: &Json,
    into: &mut Vec<String>,
) {
    for (name, attribute) in attributes.iter().filter(|(_, a)| a.required || a.optional) {
        let path = format!("{prefix}{name}");
        let nested = attribute.nested.as_ref();
        if nested.is_none_or(|nested| nested.nesting != Nesting::Single) {
            into.push(path.clone());
        }
        let key = written[name].as_object().and_then(|elements| elements.keys().next());
        match (nested.map(|nested| (nested.nesting, nested)), key) {
            (Some((Nesting::Single, nested)), _) => {
                configurable(&format!("{path}."), &nested.attributes, &written[name], into);
            }
            (Some((Nesting::Map, nested)), Some(key)) => {
                configurable(&format!("{path}.{key}."), &nested.attributes, &written[name][key], into);
            }
            _ => {}
        }
    }
}

fn is_optional(life: &Life<'_>, path: &str) -> bool {
    let mut attributes = &life.instance.shape().block.attributes;
    let mut found = false;
    let mut is_key = false;
    for step in path.split('.') {
        if std::mem::take(&mut is_key) {
            continue;
        }
        let Some(attribute) = attributes.get(step) else {
            return false;
        };
        found = attribute.optional;
        if let Some(nested) = &attribute.nested {
            attributes = &nested.attributes;
            is_key = nested.nesting == Nesting::Map;
        }
    }
    found
}
