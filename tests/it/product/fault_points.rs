//! A fault at every moment of a resource's life, one at a time.

#![expect(clippy::print_stdout, reason = "a property that fails shows how far it came")]

use std::fmt::Write as _;
use std::path::PathBuf;

use autopilot_provider::emulator::{Effect, Exchange, Fault};
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};

use super::case::Case;
use super::properties::Describe;
use super::stage::{Life, Stage, restoring};
use crate::support::core::Said;

/// The parts of a life in which Graph is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Create,
    Update,
    Destroy,
}

const PHASES: [Phase; 3] = [Phase::Create, Phase::Update, Phase::Destroy];

/// The reply to each write is lost once. The user notices nothing.
pub(crate) async fn lost_replies(describe: Describe) {
    each_write(describe, &Effect::LostReply).await;
}

/// Each write is answered once with "unavailable". The user notices nothing.
pub(crate) async fn short_outages(describe: Describe) {
    each_write(describe, &Effect::status(503)).await;
}

/// From each request on, every request is refused; then Graph is well again. The next apply puts everything right.
pub(crate) async fn failures(describe: Describe) {
    for phase in PHASES {
        let all = recorded(describe, phase).await.len();
        let runs = (1..=all).map(|nth| async move {
            let from = u32::try_from(nth).expect("few requests");
            let fault = Fault::always(GRAPH, Effect::status(403)).from(from);
            let when = format!("when everything is refused from request {nth} of {all} of {phase:?} on");
            faulty(describe, phase, fault, Demand::Recovery, &when).await;
        });
        join_all(runs).await;
    }
}

/// Each request is once answered with something that is no answer: "not found" from a replica that is behind; and, with the
/// work done, `null`, the page of a gateway, a refusal of the token, a conflict. Nothing is lost or doubled, and the next apply
/// puts everything right.
///
/// Each request meets one of these, in turn; with `EVERY_MOMENT` in the environment all of them; with `FAULT_SWEEP` everything
/// that can go wrong, and a table of it is left in the folder that the variable names.
pub(crate) async fn wrong_answers(describe: Describe) {
    let folder = std::env::var_os("FAULT_SWEEP").map(PathBuf::from);
    let every = folder.is_some() || std::env::var_os("EVERY_MOMENT").is_some();
    let effects = &if folder.is_some() { every_fault() } else { no_answers() };
    let mut table = String::from("| phase | request | fault | noticed |\n|---|---|---|---|\n");
    for phase in PHASES {
        let requests = recorded(describe, phase).await;
        let runs = requests.iter().zip(1_u32..).flat_map(|(request, nth)| {
            let when = format!("when {} {} (request {nth} of {phase:?})", request.method, request.path);
            let is_its_turn = move |place: usize| every || nth as usize % effects.len() == place;
            let met = effects.iter().enumerate().filter(move |(place, _)| is_its_turn(*place));
            met.map(move |(_, effect)| (nth, effect, format!("{when} meets {effect:?}")))
        });
        // Each has a tenant of its own; a hundred at a time are enough.
        let mut runs = futures_util::stream::iter(runs)
            .map(|(nth, effect, when)| async move {
                let fault = Fault::once(GRAPH, effect.clone()).from(nth);
                let said = faulty(describe, phase, fault, Demand::Recovery, &when).await;
                (
                    nth,
                    effect,
                    if said.has_errors() { "reported, and put right by the next apply" } else { "no" },
                )
            })
            .buffered(100);
        while let Some((nth, effect, noticed)) = runs.next().await {
            let request = &requests[nth as usize - 1];
            let (method, path) = (&request.method, &request.path);
            let fault = serde_json::to_string(effect).unwrap_or_default();
            let _ = writeln!(table, "| {phase:?} | {nth}. {method} {path} | `{fault}` | {noticed} |");
        }
    }
    if let Some(folder) = folder {
        let name = describe(&Stage::quick().await).type_name;
        std::fs::create_dir_all(&folder).expect("a folder for the tables");
        std::fs::write(folder.join(format!("{name}.md")), table).expect("a table");
    }
}

fn no_answers() -> Vec<Effect> {
    let instead = |status: u16, body: Json| Effect::Instead { status, body };
    vec![
        Effect::status(404),
        instead(200, Json::Null),
        instead(200, json!("<html><body>Sign in to the hotel's network</body></html>")),
        instead(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "expired"}})),
        instead(409, json!({"error": {"code": "Conflict", "message": "conflict"}})),
    ]
}

fn every_fault() -> Vec<Effect> {
    let statuses = [400, 403, 412, 423, 429, 500, 502, 503, 504].map(Effect::status);
    let rest = [
        Effect::Instead { status: 200, body: json!({}) },
        Effect::Instead { status: 200, body: json!([]) },
        Effect::Instead { status: 429, body: Json::Null },
        Effect::LostReply,
        Effect::Reset,
        Effect::Truncate { bytes: 20 },
        Effect::ExpiredToken,
    ];
    no_answers().into_iter().chain(statuses).chain(rest).collect()
}

/// While an object is only looked at, each request is once answered with "not found": the object stays in the state, whether
/// it is so young that replicas may not know it, or old.
pub(crate) async fn doubt_is_no_absence(describe: Describe) {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = Life::made(&case, &stage, &case.maximal).await;
    for is_old in [false, true] {
        for nth in 1.. {
            let is_known = life.instance.state().get(CREATED).as_str().is_some();
            if is_old && is_known {
                let old = life.instance.state().clone().with(CREATED, "2020-01-01T00:00:00Z");
                life.instance.set_state(old);
            }
            life.next_command().await;
            stage.control().clear_requests();
            stage.control().add_fault(Fault::once(GRAPH, Effect::status(404)).from(nth));
            let said = life.instance.try_refresh().await;
            stage.control().clear_faults();
            assert!(!life.instance.state().is_null(), "gone after one 404 at request {nth}: {said}");
            let asked = stage.control().requests().into_iter().filter(|request| !request.version.is_empty());
            if asked.count() < nth as usize {
                break;
            }
            life.next_command().await.assert_empty_plan(&case.maximal).await;
        }
    }
}

async fn each_write(describe: Describe, effect: &Effect) {
    for phase in PHASES {
        let requests = recorded(describe, phase).await;
        let writes: Vec<&Exchange> = requests.iter().filter(|request| is_write(request)).collect();
        let runs = writes.iter().enumerate().map(|(index, write)| {
            let earlier = writes[..index].iter().filter(|other| other.method == write.method);
            let nth = u32::try_from(earlier.count() + 1).expect("few requests");
            let fault = Fault::once(WRITTEN, effect.clone()).on(&write.method).from(nth);
            let when = format!(
                "when {} {} (request {nth} of its kind in {phase:?}) meets {effect:?}",
                write.method, write.path
            );
            async move { faulty(describe, phase, fault, Demand::Success, &when).await }
        });
        join_all(runs).await;
    }
}

/// What a run with a fault must come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// The fault is not noticed.
    Success,
    /// The next run puts everything right.
    Recovery,
}

async fn faulty(describe: Describe, phase: Phase, fault: Fault, demand: Demand, when: &str) -> Said {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let before = stage.objects();
    let mut life = begun(&case, &stage, phase).await;
    stage.control().add_fault(fault);
    let said = carried_out(&mut life, phase).await;
    stage.control().clear_faults();
    if demand == Demand::Success {
        said.expect_no_errors(when);
    }
    let there = !life.instance.state().is_null();
    println!("{when}: state {}, said {said}", if there { "kept" } else { "none" });
    if phase != Phase::Destroy {
        let config = restoring(&case, &case.maximal);
        let outcome = life.next_command().await.try_apply(&config).await;
        outcome.said.expect_no_errors(&format!("applying again {when}"));
        life.apply(&config).await;
    }
    if case.forgets_when_half_made && demand == Demand::Recovery && phase == Phase::Create {
        life.destroy().await;
    } else {
        life.end(&before, when).await;
    }
    said
}

/// The requests to Graph of a phase in which nothing goes wrong.
async fn recorded(describe: Describe, phase: Phase) -> Vec<Exchange> {
    let stage = Stage::quick().await;
    let case = describe(&stage);
    let mut life = begun(&case, &stage, phase).await;
    stage.control().clear_requests();
    carried_out(&mut life, phase).await.expect_no_errors("a run without faults");
    let mut requests = stage.control().requests();
    requests.retain(|request| !request.version.is_empty());
    requests
}

/// The resource as it is before the phase, in a new process.
async fn begun<'a>(case: &'a Case, stage: &'a Stage, phase: Phase) -> Life<'a> {
    let mut life = Life::new(case, stage).await;
    let config: Option<&Json> = match phase {
        Phase::Create => None,
        Phase::Update => Some(&case.minimal),
        Phase::Destroy => Some(&case.maximal),
    };
    if let Some(config) = config {
        life.apply(&restoring(case, config)).await;
        life.next_command().await;
    }
    life
}

async fn carried_out(life: &mut Life<'_>, phase: Phase) -> Said {
    let outcome = match phase {
        Phase::Create | Phase::Update => {
            let config = restoring(life.case, &life.case.maximal);
            life.instance.try_apply(&config).await
        }
        Phase::Destroy => life.instance.try_destroy().await,
    };
    outcome.said
}

fn is_write(request: &Exchange) -> bool {
    request.method != "GET" && !request.path.contains("$batch")
}

/// The attribute that tells an object's age, where one does.
const CREATED: &str = "created_date_time";
/// Any request to Graph.
const GRAPH: &str = r"^/(v1\.0|beta)/";
/// Any but a batch of reads.
const WRITTEN: &str = r"^/(v1\.0|beta)/[^$]";
