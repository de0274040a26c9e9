//! Bringing registered devices, in batches, to the tag, name and user that are written of them.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::roll::{Roll, Sought, once};
use super::settling::all_with_profiles;
use super::trouble::Trouble;
use crate::autopilot::collection::id;
use crate::autopilot::devices::DEVICES;
use crate::autopilot::mapping::{shows, text_of};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, ErrorKind};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// What a registered device is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Desired {
    pub(crate) group_tag: String,
    pub(crate) display_name: String,
    /// None where the user is not managed; empty where there is to be none.
    pub(crate) user: Option<String>,
    /// None where it is left to the service.
    pub(crate) greeting: Option<String>,
}

impl Desired {
    /// What the row of a fleet says.
    pub(crate) fn of(row: &Value) -> Self {
        Self {
            group_tag: text_of(row, "group_tag").to_owned(),
            display_name: text_of(row, "display_name").to_owned(),
            user: row.get("user_principal_name").as_str().map(str::to_owned),
            greeting: row.get("addressable_user_name").as_str().map(str::to_owned),
        }
    }

    /// Whether a device shows it.
    pub(crate) fn is_shown_by(&self, device: &Json) -> bool {
        shows(device, &self.properties()) && self.has_its_user(device)
    }

    fn has_its_user(&self, device: &Json) -> bool {
        let text = |name: &str| device[name].as_str().unwrap_or_default();
        let Some(user) = &self.user else { return true };
        text("userPrincipalName").to_lowercase() == user.to_lowercase()
            && (user.is_empty()
                || self.greeting.as_deref().is_none_or(|greeting| text("addressableUserName") == greeting))
    }

    /// Both of them are sent together, because it has been seen to forget one when only the other was sent.
    fn properties(&self) -> Map<String, Json> {
        let pairs = [("groupTag", &self.group_tag), ("displayName", &self.display_name)];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn user_properties(&self) -> Json {
        json!({
            "userPrincipalName": self.user.as_deref().unwrap_or_default(),
            "addressableUserName": self.greeting.as_deref().unwrap_or_default(),
        })
    }

    /// The actions that are missing on a device, each with its body.
    fn actions(&self, device: &Json) -> Vec<(&'static str, Json)> {
        let mut actions = Vec::new();
        if !shows(device, &self.properties()) {
            actions.push((UPDATE, Json::Object(self.properties())));
        }
        if !self.has_its_user(device) {
            actions.push(match self.user.as_deref() {
                Some("") => (UNASSIGN, Json::Null),
                _ => (ASSIGN, self.user_properties()),
            });
        }
        actions
    }
}

/// Brings registered devices to what is written of them now (`desired`, by id). Answers the devices as they are then, and what
/// was refused, by id.
pub(crate) async fn change(
    cx: &Cx,
    session: &Session,
    desired: &HashMap<String, Desired>,
    waits_for_profiles: bool,
) -> Result<(Roll, HashMap<String, Trouble>), Failure> {
    let sought = Sought::ids(desired.keys().map(String::as_str));
    let roll = sought.look(session, &once("devices to be changed")).await?;
    let (mut roll, refused) = reconcile(session, desired, roll).await?;
    if waits_for_profiles && !desired.is_empty() {
        roll.extend(all_with_profiles(cx, session, &sought).await?);
    }
    Ok((roll, refused))
}

/// Brings devices to what they are to show (`desired`, by id), and waits until they show it. Answers the devices as they are
/// then, and what was refused, by id.
pub(super) async fn reconcile(
    session: &Session,
    desired: &HashMap<String, Desired>,
    mut roll: Roll,
) -> Result<(Roll, HashMap<String, Trouble>), Failure> {
    let mut sent = Vec::new();
    for (id, one) in desired {
        let actions = roll.get(id).map(|device| one.actions(device)).unwrap_or_default();
        sent.extend(actions.into_iter().map(|(action, body)| (id.as_str(), action, body)));
    }
    let mut troubles = HashMap::new();
    if sent.is_empty() {
        return Ok((roll, troubles));
    }
    tracing::info!(writes = sent.len(), "bringing tags, names and users of devices up to date");
    // By their ids as they are compared.
    let mut changed: HashMap<String, &Desired> =
        sent.iter().filter_map(|(id, ..)| Some((id.to_lowercase(), desired.get(*id)?))).collect();
    let mut refused = post(session, sent).await?;
    // The action made for users refuses valid requests now and then, and the general one does the same.
    let is_for_users =
        |action: &str, error: &graph::Error| action == ASSIGN && error.kind() == ErrorKind::Refused;
    let retried: Vec<_> = refused
        .extract_if(.., |(_, action, error)| is_for_users(action, error))
        .filter_map(|(id, ..)| Some((id, UPDATE, desired.get(id)?.user_properties())))
        .collect();
    refused.extend(post(session, retried).await?);
    for (id, _, error) in refused {
        changed.remove(&id.to_lowercase());
        troubles.insert(id.to_owned(), Trouble::met(&error));
    }
    let sought = Sought::ids(changed.keys().map(String::as_str));
    let is_right =
        |device: &Json| changed.get(&id(device).to_lowercase()).is_some_and(|one| one.is_shown_by(device));
    roll.extend(sought.until(session, "tags, names and users of devices to show", is_right).await?);
    Ok((roll, troubles))
}

type Refused<'a> = (&'a str, &'static str, graph::Error);

/// Posts actions on devices, and answers those that were refused. What concerns more than one device is an error, after all of
/// them were sent.
async fn post<'a>(
    session: &Session,
    actions: Vec<(&'a str, &'static str, Json)>,
) -> Result<Vec<Refused<'a>>, graph::Error> {
    let (posted, bodies): (Vec<_>, Vec<_>) = actions
        .into_iter()
        .map(|(id, action, body)| ((id, action), (DEVICES.member(id).then(action), body)))
        .unzip();
    let answers = session.graph().post_all(session.scope(), bodies).await;
    let failed = posted.into_iter().zip(answers).filter_map(|(one, answer)| Some((one, answer.err()?)));
    let (refused, others): (Vec<_>, Vec<_>) =
        failed.map(|((id, action), error)| (id, action, error)).partition(|(.., error)| concerns_one(error));
    others.into_iter().next().map_or(Ok(refused), |(.., error)| Err(error))
}

fn concerns_one(error: &graph::Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::Conflict | ErrorKind::NotFound)
}

const UPDATE: &str = "updateDeviceProperties";
const ASSIGN: &str = "assignUserToDevice";
const UNASSIGN: &str = "unassignUserFromDevice";
