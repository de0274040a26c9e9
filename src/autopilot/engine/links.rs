//! What a member holds besides its properties (a group's members and owners), changed by difference.

use serde_json::json;

use crate::autopilot::collection::{Identified, NamedCollection};
use crate::autopilot::entra_object;
use crate::autopilot::membership;
use crate::autopilot::session::Session;
use crate::graph::{self, Endpoint, ErrorKind, decode_all};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// The object ids of what is linked.
pub(crate) async fn links(
    session: &Session,
    collection: &NamedCollection,
    member: &str,
    link: &str,
) -> Result<Vec<String>, graph::Error> {
    linked(session, &collection.member(member), link).await
}

async fn linked(session: &Session, member: &Endpoint, link: &str) -> Result<Vec<String>, graph::Error> {
    let found = session.list(&member.clone().then(link).select("id").top(999)).await?;
    Ok(decode_all::<Identified>(&found)?.into_iter().map(|object| object.id).collect())
}

/// Brings the links to what is wanted: additions first. Nothing wanted means that they are no longer managed.
pub(super) async fn relink(
    session: &Session,
    collection: &NamedCollection,
    member: &str,
    link: &str,
    wanted: &Value,
) -> Result<(), Failure> {
    if wanted.is_null() {
        return Ok(());
    }
    let now = Value::set(links(session, collection, member, link).await?.into_iter().map(Value::from));
    let (additions, removals) = membership::difference(&now, wanted);
    for several in additions.chunks(MOST_AT_ONCE) {
        match add(session, &collection.member_now(member), link, several).await {
            Err(error) if error.is_not_found() => {
                refuse_device_ids(session, link, several).await?;
                // A replica may not know the group, or a member, yet.
                match add(session, &collection.member(member), link, several).await {
                    Err(error) if error.is_not_found() => {
                        return Err(unknown(session, collection, member, link, &additions, error).await);
                    }
                    outcome => outcome?,
                }
            }
            outcome => outcome?,
        }
    }
    for gone in removals {
        // Without the `$ref` this would delete the device or user itself.
        session.delete(&collection.member(member).then(link).key(gone).then("$ref")).await?;
    }
    Ok(())
}

/// Tells which of many are not there, by adding them one by one until ten are found that cannot be added. What can be is
/// added meanwhile; it was asked for.
async fn unknown(
    session: &Session,
    collection: &NamedCollection,
    member: &str,
    link: &str,
    wanted: &[&str],
    error: graph::Error,
) -> Failure {
    let mut unknown = Vec::new();
    for one in wanted {
        match add(session, &collection.member_now(member), link, &[*one]).await {
            Err(error) if error.is_not_found() => unknown.push(*one),
            Err(error) => return error.into(),
            Ok(()) => {}
        }
        if unknown.len() == MOST_REPORTED {
            break;
        }
    }
    if unknown.is_empty() {
        return error.into();
    }
    let rest = match unknown.len() {
        MOST_REPORTED => " There may be more: nothing was tried after the tenth.",
        _ => "",
    };
    Failure::at(
        link,
        "Objects that the directory does not know",
        format!(
            "{} of the {} object ids that were to be added to the `{link}` of the {} {member} are unknown to Microsoft Entra: {}.{rest} \
             Correct them, or remove them. What is known was added, and the next apply goes on from there.\n\n{error}.",
            unknown.len(),
            wanted.len(),
            collection.noun,
            unknown.join(", ")
        ),
    )
}

/// Adds several at once. The service takes all or none, and none if one of them is there already, which only a look tells
/// from other reasons to refuse.
async fn add(session: &Session, member: &Endpoint, link: &str, ids: &[&str]) -> Result<(), graph::Error> {
    let reference = |id: &str| Endpoint::v1("directoryObjects").key(id).reference(session.graph().root());
    let bind = |ids: &[&str]| {
        let several: Vec<String> = ids.iter().map(|id| reference(id)).collect();
        json!({format!("{link}@odata.bind"): several})
    };
    let refusal = match session.patch(member, bind(ids)).await {
        Err(error) if error.kind() == ErrorKind::Refused => error,
        other => return other.map(drop),
    };
    let there = linked(session, member, link).await?;
    let is_there = |wanted: &&str| there.iter().any(|id| id.eq_ignore_ascii_case(wanted));
    let missing: Vec<&str> = ids.iter().copied().filter(|id| !is_there(id)).collect();
    match missing.as_slice() {
        [] => Ok(()),
        missing if missing.len() < ids.len() => session.patch(member, bind(missing)).await.map(drop),
        _ => Err(refusal),
    }
}

/// An error if one of the members that Graph does not know is the device id of a device: the usual mistake, since both are
/// GUIDs and members are named by the other one. Without the permission to look, nothing.
async fn refuse_device_ids(session: &Session, link: &str, ids: &[&str]) -> Result<(), Failure> {
    for id in ids {
        let Ok(Some(device)) = entra_object::find(session, id).await else { continue };
        return Err(Failure::at(
            link,
            "A device id instead of an object id",
            format!(
                "`{id}` is the device id of `{}`, and groups take object ids: use `{}`, which is the `entra_object_id` of \
                 `autopilot_device_identity` and of `data.autopilot_device`.",
                device.display_name.unwrap_or_default(),
                device.id
            ),
        ));
    }
    Ok(())
}

/// Most references the service takes in one request.
const MOST_AT_ONCE: usize = 20;
/// How many of many are named.
const MOST_REPORTED: usize = 10;
