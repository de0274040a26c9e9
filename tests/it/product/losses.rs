//! What is never lost, whatever people, colleagues and the service do beside a configuration. What is lost to faults is in
//! `moments`.

#![expect(clippy::print_stdout, reason = "a property that fails shows how far it came")]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::case::{Belongs, Entry, Outside, merged, place};
use super::properties::{Describe, drifts};
use super::stage::{Life, Stage, assert_same_objects, restoring};
use crate::support::core::{Action, Planned, Said};

/// A renamed address, `create_before_destroy`, and two addresses of one object: refused while planning; and where an apply
/// comes upon it all the same, nothing is lost.
pub(crate) async fn one_object_has_one_address(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let restored = restoring(&case, &case.maximal);
    let life = Life::made(&case, &stage, &restored).await;
    let objects = stage.objects();
    let adopting = match life.instance.shape().block.attributes.get("adopt_existing") {
        Some(_) => merged(restored.clone(), &json!({"adopt_existing": true})),
        None => restored.clone(),
    };
    let refused = |said: Result<Planned, Said>, what: &str| {
        let said = said.err().unwrap_or_else(|| panic!("{what} was planned"));
        said.error("One object at two addresses");
    };
    println!("two resources for one object");
    let core = stage.provider(case.signed_in).await.one_command();
    life.instance.moved_to(&core).plan(&restored).await;
    refused(life.instance.moved_to(&core).try_plan(&restored).await, "a second resource for it");
    for is_destroyed_first in [true, false] {
        println!("a renamed address, whose destruction is planned first: {is_destroyed_first}");
        let core = stage.provider(case.signed_in).await.one_command();
        let (old, new) = (life.instance.moved_to(&core), core.resource(case.type_name));
        if is_destroyed_first {
            old.plan_destroy().await.expect("a plan");
            refused(new.try_plan(&adopting).await, "its adoption");
        } else {
            new.plan(&adopting).await;
            refused(old.plan_destroy().await, "its destruction");
        }
    }
    if life.instance.shape().block.attributes.contains_key("adopt_existing") {
        println!("created before the old one is destroyed, without taking over");
        let core = stage.provider(case.signed_in).await.one_command();
        life.instance.moved_to(&core).refresh().await;
        let plain = merged(restored.clone(), &json!({"adopt_existing": false}));
        let mut second = core.resource(case.type_name);
        let said = match second.try_plan(&plain).await {
            Ok(planned) => {
                let core = stage.provider(case.signed_in).await.one_command();
                life.instance.moved_to(&core).refresh().await;
                second.continue_with(core);
                second.apply_planned(planned, &plain).await
            }
            Err(said) => said,
        };
        match said.errors().next() {
            // Whatever has an id of its own cannot tell before it is created that it is the same.
            Some(error) => {
                let is_reported =
                    error.detail.contains("This state holds") || error.summary.starts_with("One object");
                assert!(is_reported && !error.detail.contains("adopt_existing"), "{said}");
            }
            None => assert_eq!(stage.objects(), objects, "a second one was made"),
        }
    }
    println!("applied all the same");
    let core = stage.provider(case.signed_in).await;
    let mut new = core.resource(case.type_name);
    let outcome = new.try_apply(&adopting).await;
    outcome.said.expect_no_errors("taking it over");
    let mut old = life.instance.moved_to(&core);
    let said = old.carry_out_destroy().await;
    said.expect_no_errors("ending the old address");
    assert!(
        said.warnings().any(|warning| warning.summary.contains("another resource manages it now")),
        "{said}"
    );
    assert!(old.state().is_null());
    assert_eq!(stage.objects(), objects, "nothing is lost");
    let core = stage.provider(case.signed_in).await;
    new.continue_with(core);
    new.assert_empty_plan(&adopting).await;
}

/// Between plan and apply a colleague changes something else: the apply does what was planned, and the next plan shows the
/// colleague's change.
pub(crate) async fn a_colleague_is_no_fault(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let is_plain =
        |entry: &&Entry| entry.action == Action::Update && !matches!(entry.outside, Outside::Nothing(_));
    let plain: Vec<&Entry> = case.entries.iter().filter(is_plain).collect();
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    for (index, entry) in plain.iter().enumerate() {
        // What happens outside has to be possible in the same base.
        let others = plain.iter().cycle().skip(index + 1).take(plain.len() - 1);
        let Some(colleague) = others.into_iter().find(|other| other.base == entry.base) else { continue };
        println!("{} changes, and a colleague changes {}", entry.path, colleague.path);
        life.apply(&entry.before(&case)).await;
        let after = entry.after(&case);
        let planned = life.next_command().await.plan(&after).await;
        life.happen(&colleague.outside).await;
        let said = life.instance.apply_planned(planned, &after).await;
        said.expect_no_errors(&format!("a change of {}", entry.path));
        life.apply(&after).await;
    }
}

/// What an apply writes over for the first time is kept before, and put back by one command.
pub(crate) async fn what_is_written_over_can_be_put_back(describe: Describe) {
    let case = describe(&Stage::quick().await);
    for entry in case.entries.iter().filter(|entry| entry.action == Action::Update && drifts(entry)) {
        if entry.path == "display_name"
            && case.belongs == Belongs::ToConfiguration
            && case.type_name != DEVICE
        {
            // What is taken over is found by it.
            continue;
        }
        println!("writing over {}", entry.path);
        let stage = Stage::quick().await;
        describe(&stage);
        // Somebody else's, with the name or the key of ours.
        let theirs = entry.after(&case);
        let mut others = Life::made(&case, &stage, &theirs).await;
        let before = without_nothing(stage.objects());
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("made by the provider");
        let core = stage.unconfigured().await;
        core.configure(merged(stage.provider_block(case.signed_in), &json!({"backup_path": folder}))).await;
        let mut ours = core.resource(case.type_name);
        let adopting = match ours.shape().block.attributes.get("adopt_existing") {
            Some(_) => json!({"adopt_existing": true}),
            None => json!({}),
        };
        ours.apply(&merged(entry.before(&case), &adopting)).await;
        let mut looking = others.instance.moved_to(&stage.provider(case.signed_in).await);
        looking.refresh().await;
        let planned = looking.plan(&theirs).await;
        assert_eq!(planned.action, Action::Update, "`{}` is written over", entry.path);
        let kept = std::fs::read_dir(folder).expect("backups");
        let mut kept: Vec<_> = kept.map(|file| file.expect("a file").path()).collect();
        kept.sort();
        // A setting may be written part by part; what it was at first is in the first file.
        for file in kept.iter().rev() {
            let restored = stage.program(case.signed_in, &["restore".as_ref(), file.as_os_str()]).await;
            assert!(restored.contains("Put back."), "{restored}");
        }
        let now = without_nothing(stage.objects());
        assert_same_objects(&before, &now, &format!("after `{}` is put back", entry.path));
        others.next_command().await.assert_empty_plan(&theirs).await;
        let again = stage.program(case.signed_in, &["restore".as_ref(), kept[0].as_os_str()]).await;
        assert!(again.contains("everything is as it was"), "{again}");
    }
}

/// Without what is nothing, in whatever spelling, and without the service's own notes.
fn without_nothing(objects: Json) -> Json {
    match objects {
        Json::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !name.starts_with('_') && name != "lastMembershipUpdated")
            .filter(|(_, value)| !value.is_null() && *value != json!(""))
            .map(|(name, value)| (name, without_nothing(value)))
            .collect(),
        Json::Array(items) => items.into_iter().map(without_nothing).collect(),
        other => other,
    }
}

/// What is deleted between plan and apply is reported at once, and the next apply makes it anew.
pub(crate) async fn what_is_deleted_meanwhile_is_reported_at_once(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    if case.belongs == Belongs::ToTenant {
        return;
    }
    let mut life = Life::made(&case, &stage, &case.minimal).await;
    let planned = life.next_command().await.plan(&case.maximal).await;
    assert_eq!(planned.action, Action::Update);
    life.ended_outside().await;
    let started = Instant::now();
    let said = life.next_command().await.apply_planned(planned, &case.maximal).await;
    assert!(started.elapsed() < Duration::from_secs(15), "it took {:?}: {said}", started.elapsed());
    // An assignment to a user whose device is still there is simply made; one device of a fleet is a warning.
    let is_reported = said.has_errors() || said.warnings().next().is_some();
    assert!(is_reported || !case.ended_by.1.is_empty(), "a change of nothing");
    life.apply(&case.maximal).await;
}

/// Left out, empty, one and many: each collection may go from each to each, and what cannot be is refused while planning.
pub(crate) async fn collections_of_every_size_converge(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    for entry in &case.entries {
        let mut config = entry.before(&case);
        let all = match (place(&mut config, entry.path).clone(), &entry.to) {
            (Json::Array(before), Json::Array(to)) if before.len() < 2 => {
                before.iter().chain(to.iter().filter(|one| !before.contains(one))).cloned().collect()
            }
            (Json::Array(before), _) => before,
            (_, Json::Array(to)) => to.clone(),
            _ => continue,
        };
        let sizes = [Json::Null, json!([]), json!([all[0]]), json!(all)];
        for step in [0, 1, 2, 3, 0, 2, 0, 3, 1, 3, 2, 1, 0] {
            *place(&mut config, entry.path) = sizes[step].clone();
            println!("{} = {}", entry.path, sizes[step]);
            if let Err(said) = life.next_command().await.try_plan(&config).await {
                assert!(said.errors().all(|error| !error.path.is_empty()), "refused without a place: {said}");
                continue;
            }
            life.apply(&config).await;
        }
    }
}

/// What a release stored is read by every later one: its fixture is kept for ever, and is the same object.
pub(crate) async fn states_of_every_release_are_read(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    let of_release = |release: &Path| release.join(format!("{}.json", case.type_name));
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states");
    let own = of_release(&releases.join(env!("CARGO_PKG_VERSION")));
    if std::env::var_os("UPDATE").is_some() && !own.exists() {
        let fixture = json!({
            "schema_version": life.instance.shape().version,
            "attributes": serde_json::from_slice::<Json>(&life.instance.stored()).expect("JSON"),
        });
        std::fs::create_dir_all(own.parent().expect("a folder")).expect("a folder");
        std::fs::write(&own, format!("{fixture:#}\n")).expect("a fixture");
    }
    assert!(own.exists(), "{} is missing; UPDATE=1 writes it", own.display());
    let releases =
        std::fs::read_dir(releases).expect("fixtures").map(|folder| folder.expect("a folder").path());
    for file in releases.map(|release| of_release(&release)).filter(|file| file.exists()) {
        println!("reading {}", file.display());
        let fixture: Json = serde_json::from_slice(&std::fs::read(&file).expect("a fixture")).expect("JSON");
        let version = fixture["schema_version"].as_i64().expect("a version");
        let attributes = fixture["attributes"].to_string();
        let state = life.instance.upgrade(version, attributes.as_bytes()).await;
        let state = state.unwrap_or_else(|said| panic!("{} is not read: {said}", file.display()));
        assert!(state.get("id").as_str().is_some(), "an object without its id is lost");
        // A tenant gives the same ids each time, so it is the same object.
        life.next_command().await.set_state(state);
        life.instance.assert_empty_plan(&case.maximal).await;
    }
}

/// A state of another tenant is refused by every operation, and nothing is asked or changed.
pub(crate) async fn another_tenants_state_is_refused(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    let mut private: Json = serde_json::from_slice(life.instance.private()).expect("JSON beside the state");
    let remembered = private[".tenant"].as_str().expect("the tenant is remembered").to_owned();
    assert!(uuid::Uuid::try_parse(&remembered).is_ok(), "{remembered}");
    private[".tenant"] = json!("0f0f0f0f-0000-4000-8000-00000000000f");
    life.instance.set_private(private.to_string());
    let (objects, state) = (stage.objects(), life.instance.state().clone());
    let refused = |said: Said| said.error("belongs to another tenant").detail.contains(&remembered);
    life.next_command().await;
    stage.control().clear_requests();
    assert!(refused(life.instance.try_refresh().await));
    assert!(refused(life.instance.try_plan(&case.minimal).await.expect_err("a plan")));
    assert!(refused(life.instance.plan_destroy().await.expect_err("a plan")));
    assert!(refused(life.instance.carry_out_destroy().await));
    assert_eq!(life.instance.state(), &state, "the state stays");
    assert_eq!(stage.graph_requests(), Vec::<String>::new(), "nothing was asked");
    assert_eq!(stage.objects(), objects, "nothing was changed");
}

/// The same ids in other letters are the same ids: they plan nothing, and a change beside them changes nothing of theirs.
pub(crate) async fn ids_in_capitals_change_nothing(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &shouted(&case.maximal)).await;
    life.apply(&case.maximal).await;
    assert_eq!(life.instance.last_action(), Action::NoOp, "small letters after capitals");
    for entry in &case.entries {
        let (before, after) = (entry.before(&case), entry.after(&case));
        if shouted(&before) == before && shouted(&after) == after {
            continue;
        }
        println!("capitals beside {}", entry.path);
        life.apply(&before).await;
        let objects = stage.objects();
        life.apply(&shouted(&before)).await;
        assert_eq!(life.instance.last_action(), Action::NoOp, "capitals after small letters");
        assert_eq!(stage.objects(), objects, "capitals in {}", entry.path);
        life.apply(&shouted(&after)).await;
        assert_eq!(life.instance.last_action(), entry.action, "a change beside capitals");
        life.apply(&after).await;
        assert_eq!(life.instance.last_action(), Action::NoOp, "small letters after capitals");
    }
}

/// A configuration with its ids in capitals.
fn shouted(config: &Json) -> Json {
    match config {
        Json::String(text) if uuid::Uuid::try_parse(text).is_ok() => Json::from(text.to_uppercase()),
        Json::Array(items) => items.iter().map(shouted).collect(),
        Json::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shouted(value))).collect(),
        other => other.clone(),
    }
}

/// The one that has a display name and is found by another attribute.
const DEVICE: &str = "autopilot_device_identity";

/// Graph cannot be reached: the first object tells it, the others neither ask nor tell, and what was to be changed says in
/// one sentence that it was not.
pub(crate) async fn an_outage_is_reported_once(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    // Nobody waits for a service that is not there at all.
    let config =
        merged(restoring(&case, &case.maximal), &json!({"timeouts": {"read": "1s", "delete": "1s"}}));
    let life = Life::made(&case, &stage, &config).await;
    let objects = stage.objects();
    let core = stage.unconfigured().await;
    let nowhere = json!({"graph_endpoint": "http://127.0.0.1:9"});
    core.configure(merged(stage.provider_block(case.signed_in), &nowhere)).await;
    let core = core.one_command();
    let mut first = life.instance.moved_to(&core);
    first.try_refresh().await.error("Microsoft Graph cannot be reached");
    for _ in 0..3 {
        let mut other = life.instance.moved_to(&core);
        let said = other.try_refresh().await;
        assert!(!said.has_errors(), "reported again: {said}");
        assert_eq!(other.state(), life.instance.state(), "what was not read is what it was");
    }
    first.try_plan(&config).await.expect("a plan that adds nothing to what was reported");
    let said = life.instance.moved_to(&core).carry_out_destroy().await;
    assert!(said.error("Not tried").detail.contains("another error"), "{said}");
    assert_eq!(stage.objects(), objects);
}
