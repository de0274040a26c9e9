//! What a member holds besides its properties (a group's members and owners), changed by difference.

use serde_json::json;

use crate::autopilot::collection::{Named, id};
use crate::autopilot::entra_object;
use crate::autopilot::session::Session;
use crate::graph::{self, Endpoint, Kind as ErrorKind};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// The object ids of what is linked.
pub(super) async fn links(
    session: &Session,
    collection: &Named,
    member: &str,
    link: &str,
) -> Result<Vec<String>, graph::Error> {
    let address = collection.member(member).then(link).select("id").top(999);
    let found = session.list(&address).await?;
    Ok(found.iter().map(|object| id(object).to_owned()).collect())
}

/// Brings the links to what is wanted: additions first. Nothing wanted means that they are no longer managed.
pub(super) async fn relink(
    session: &Session,
    collection: &Named,
    member: &str,
    link: &str,
    wanted: &Value,
) -> Result<(), Failure> {
    if wanted.is_null() {
        return Ok(());
    }
    let now = links(session, collection, member, link).await?;
    let wanted: Vec<&str> = wanted.elements().iter().filter_map(Value::as_str).collect();
    let is_wanted = |id: &String| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(id));
    let additions: Vec<&str> =
        wanted.iter().copied().filter(|id| !now.iter().any(|now| now.eq_ignore_ascii_case(id))).collect();
    for several in additions.chunks(MOST_AT_ONCE) {
        match add(session, &collection.member_now(member), link, several).await {
            Err(error) if error.is_not_found() => {
                refuse_device_ids(session, link, several).await?;
                // A replica may not know the group, or a member, yet.
                add(session, &collection.member(member), link, several).await?;
            }
            outcome => outcome?,
        }
    }
    for gone in now.iter().filter(|id| !is_wanted(id)) {
        // Without the `$ref` this would delete the device or user itself.
        session.delete(&collection.member(member).then(link).key(gone).then("$ref")).await?;
    }
    Ok(())
}

/// Adds several at once, or one by one if one of them is there already: the service takes all or none.
async fn add(session: &Session, group: &Endpoint, link: &str, ids: &[&str]) -> Result<(), graph::Error> {
    let reference = |id: &str| Endpoint::v1("directoryObjects").key(id).reference(session.graph().root());
    let is_there =
        |error: &graph::Error| error.kind() == ErrorKind::Refused && error.what().contains("already exist");
    let several: Vec<String> = ids.iter().map(|id| reference(id)).collect();
    match session.patch(group, json!({format!("{link}@odata.bind"): several})).await {
        Err(error) if is_there(&error) => {}
        other => return other.map(drop),
    }
    for id in ids {
        match session.post(&group.clone().then(link).then("$ref"), json!({"@odata.id": reference(id)})).await
        {
            Err(error) if is_there(&error) => {}
            other => drop(other?),
        }
    }
    Ok(())
}

/// An error if one of the members that Graph does not know is the device id of a device: the usual mistake, since both are
/// GUIDs and members are named by the other one. Without the permission to look, nothing.
async fn refuse_device_ids(session: &Session, link: &str, ids: &[&str]) -> Result<(), Failure> {
    for id in ids {
        let Ok(Some(device)) = entra_object::find(session, id).await else { continue };
        let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
        return Err(Failure::at(
            link,
            "A device id instead of an object id",
            format!(
                "`{id}` is the device id of `{}`, and groups take object ids: use `{}`, which is the `entra_object_id` of \
                 `autopilot_device_identity` and of `data.autopilot_device`.",
                text("displayName"),
                text("id")
            ),
        ));
    }
    Ok(())
}

/// Most references the service takes in one request.
const MOST_AT_ONCE: usize = 20;
