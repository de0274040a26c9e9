//! How members are assigned to groups and to everybody, and how assignments are brought to what is wanted.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::member::{Assigned, Member};
use crate::autopilot::assignment::{self, Target, is_all_devices};
use crate::autopilot::collection::{id, outlast};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Endpoint, ErrorKind, Poll, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// The assignments that Graph answered with a member.
pub(super) fn assignments_in<M: Member>(found: &Json) -> Result<Value, graph::Error> {
    Ok(Value::set(assigned_in::<M>(found)?.into_iter().map(|(_, assignment)| assignment)))
}

/// Brings the assignments to what is wanted; null removes them all.
pub(super) async fn assign<M: Member>(
    cx: &Cx,
    session: &Session,
    member: &str,
    wanted: &Value,
) -> Result<(), Failure> {
    if let Assigned::AllAtOnce(parameter) = M::ASSIGNED {
        let all: Vec<Json> =
            wanted.elements().iter().map(|one| json!({"target": assignment::target(one, true)})).collect();
        let _turn = M::lease(cx, session).await?;
        session.post(&M::COLLECTION.member(member).then("assign"), json!({parameter: all})).await?;
        return Ok(());
    }
    let address = M::COLLECTION.member(member);
    let now = async || -> Result<Vec<(String, Value)>, Failure> {
        let found = session.get_opt(&address.clone().expand(ASSIGNMENTS)).await?;
        Ok(found.map(|found| assigned_in::<M>(&found)).transpose()?.unwrap_or_default())
    };
    let only = |assigned: &[(String, Value)]| Value::set(assigned.iter().map(|(_, one)| one.clone()));
    let before = now().await?;
    let (additions, removals) = assignment::difference(&only(&before), wanted);
    let collection = address.clone().then(ASSIGNMENTS);
    // Additions first, so that no device is without a profile in between.
    for addition in additions {
        let is_there = async || -> Result<bool, Failure> {
            let (missing, _) = assignment::difference(&only(&now().await?), &Value::set([addition.clone()]));
            Ok(missing.is_empty())
        };
        let body = json!({"target": assignment::target(&addition, false)});
        match session.post(&collection, body.clone()).await {
            // What was sent before, and its answer lost, is refused the second time.
            Err(error) if error.kind() == ErrorKind::Refused => {
                if is_there().await? {
                    continue;
                }
                if !is_all_devices(&addition) {
                    return Err(error.into());
                }
                take_all_devices::<M>(session, member, &collection, &body).await?;
            }
            outcome => drop(outcome?),
        }
    }
    for (id, _) in before.iter().filter(|(_, assignment)| removals.contains(assignment)) {
        session.delete(&collection.clone().key(id)).await?;
    }
    Ok(())
}

/// The other member that is assigned to all devices, if there is one.
pub(crate) async fn holder_of_all_devices<M: Member>(
    session: &Session,
    member: &str,
) -> Result<Option<Json>, graph::Error> {
    for other in M::COLLECTION.all(session).await? {
        let holds = || Ok(assigned_in::<M>(&other)?.iter().any(|(_, one)| is_all_devices(one)));
        if !id(&other).eq_ignore_ascii_case(member) && holds()? {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Only one member of a collection can be assigned to all devices: whoever is to be takes it from its holder. In one run
/// the holder may give it up at the same time, so that it is found without it; and the service may believe a while longer
/// in what was just removed.
async fn take_all_devices<M: Member>(
    session: &Session,
    member: &str,
    collection: &Endpoint,
    body: &Json,
) -> Result<(), graph::Error> {
    outlast(session, "the assignment to all devices to be free", true, || async {
        if let Some(holder) = holder_of_all_devices::<M>(session, member).await? {
            let its = assigned_in::<M>(&holder)?.into_iter().filter(|(_, one)| is_all_devices(one));
            for (assignment, _) in its {
                let address = M::COLLECTION.member_now(id(&holder)).then(ASSIGNMENTS).key(&assignment);
                session.delete(&address).await?;
            }
        }
        session.post(collection, body.clone()).await?;
        Ok(Poll::Ready(()))
    })
    .await
}

/// The assignments made directly, with their ids; those of policy sets are not ours to show or remove.
fn assigned_in<M: Member>(found: &Json) -> Result<Vec<(String, Value)>, graph::Error> {
    let filters = matches!(M::ASSIGNED, Assigned::AllAtOnce(_));
    let all = decode::<Assignable>(found)?.assignments.unwrap_or_default().into_iter();
    let direct = all.filter(|one| one.source.as_deref().is_none_or(|source| source == "direct"));
    Ok(direct.map(|one| (one.id, assignment::from_target(&one.target, filters))).collect())
}

#[derive(Deserialize)]
struct Assignable {
    assignments: Option<Vec<Assignment>>,
}

#[derive(Deserialize)]
struct Assignment {
    id: String,
    source: Option<String>,
    target: Target,
}

/// The attribute and the navigation property.
pub(super) const ASSIGNMENTS: &str = "assignments";
