//! Putting right, in batches, what registered devices do not show: tag, name and user.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::roll::{Roll, Sought};
use super::trouble::Trouble;
use crate::autopilot::collection::id;
use crate::autopilot::devices::DEVICES;
use crate::autopilot::mapping::shows;
use crate::autopilot::session::Session;
use crate::graph::{self, Endpoint, ErrorKind};
use crate::tf_provider::failure::Failure;

/// What a registered device is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) id: String,
    pub(crate) group_tag: String,
    pub(crate) display_name: String,
    /// None where the user is not managed; empty where there is to be none.
    pub(crate) user: Option<String>,
    /// None where it is left to the service.
    pub(crate) greeting: Option<String>,
}

impl Wish {
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

    /// The service is told both of them together, because it has been seen to forget one when only the other was sent.
    fn properties(&self) -> Map<String, Json> {
        let pairs = [("groupTag", &self.group_tag), ("displayName", &self.display_name)];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn user_properties(&self) -> Map<String, Json> {
        let user = self.user.as_deref().unwrap_or_default();
        let greeting = self.greeting.as_deref().unwrap_or_default();
        let pairs = [("userPrincipalName", user), ("addressableUserName", greeting)];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn posts(&self, device: &Json) -> Vec<(Endpoint, Json)> {
        let member = || DEVICES.member(&self.id);
        let mut posts = Vec::new();
        if !shows(device, &self.properties()) {
            posts.push((member().then(UPDATE), Json::Object(self.properties())));
        }
        if !self.has_its_user(device) {
            posts.push(match self.user.as_deref() {
                Some("") => (member().then("unassignUserFromDevice"), Json::Null),
                _ => (member().then("assignUserToDevice"), Json::Object(self.user_properties())),
            });
        }
        posts
    }
}

/// Brings devices to what they are to show, and waits until they show it. Answers the devices as they are then, and what
/// was refused, by id.
pub(crate) async fn put_right(
    session: &Session,
    wishes: &[Wish],
    mut roll: Roll,
) -> Result<(Roll, HashMap<String, Trouble>), Failure> {
    let mut posts = Vec::new();
    for (place, wish) in wishes.iter().enumerate() {
        let wanted = roll.get(&wish.id).map(|device| wish.posts(device)).unwrap_or_default();
        posts.extend(wanted.into_iter().map(|(endpoint, body)| (place, endpoint, body)));
    }
    if posts.is_empty() {
        return Ok((roll, HashMap::new()));
    }
    tracing::info!(
        devices = wishes.len(),
        writes = posts.len(),
        "bringing tags, names and users of devices up to date"
    );
    let sent = posts.iter().map(|(_, endpoint, body)| (endpoint.clone(), body.clone())).collect();
    let answers = session.graph().post_all(session.scope(), sent).await;
    let mut troubles = HashMap::new();
    let mut stopped = None;
    let mut retried = Vec::new();
    for ((place, endpoint, _), answer) in posts.iter().zip(answers) {
        match answer {
            Ok(_) => {}
            // The action made for users refuses valid requests now and then, and the general one does the same.
            Err(error)
                if error.kind() == ErrorKind::Refused && endpoint.path().ends_with("/assignUserToDevice") =>
            {
                retried.push(*place);
            }
            Err(error) => note(&wishes[*place], error, &mut troubles, &mut stopped),
        }
    }
    let mut again = Vec::new();
    for place in &retried {
        let wish = &wishes[*place];
        again.push((DEVICES.member(&wish.id).then(UPDATE), Json::Object(wish.user_properties())));
    }
    for (place, answer) in retried.iter().zip(session.graph().post_all(session.scope(), again).await) {
        if let Err(error) = answer {
            note(&wishes[*place], error, &mut troubles, &mut stopped);
        }
    }
    let changed: HashMap<String, &Wish> = posts
        .iter()
        .map(|(place, ..)| &wishes[*place])
        .filter(|wish| !troubles.contains_key(&wish.id))
        .map(|wish| (wish.id.to_lowercase(), wish))
        .collect();
    let sought = Sought::ids(changed.keys().map(String::as_str));
    let is_right =
        |device: &Json| changed.get(&id(device).to_lowercase()).is_some_and(|wish| wish.is_shown_by(device));
    let shown = sought.until(session, "tags, names and users of devices to show", is_right).await;
    match (shown, stopped) {
        (Ok(shown), None) => roll.extend(shown),
        (_, Some(error)) => return Err(error.into()),
        (Err(failure), None) => return Err(failure),
    }
    Ok((roll, troubles))
}

fn note(
    wish: &Wish,
    error: graph::Error,
    troubles: &mut HashMap<String, Trouble>,
    stopped: &mut Option<graph::Error>,
) {
    if matches!(error.kind(), ErrorKind::Refused | ErrorKind::Conflict | ErrorKind::NotFound) {
        troubles.insert(wish.id.clone(), Trouble::met(&error));
    } else {
        stopped.get_or_insert(error);
    }
}

const UPDATE: &str = "updateDeviceProperties";
