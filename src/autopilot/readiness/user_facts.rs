//! What is read of a user, once for all the devices that are theirs.

use std::sync::Arc;

use futures_util::try_join;
use serde_json::Value as Json;

use super::facts::UserFacts;
use super::known::{OWNED_DEVICES, PEOPLE, known};
use super::objects::Person;
use super::reader::{PAGE, Reader};
use crate::autopilot::session::Session;
use crate::graph::{self, Collection, Endpoint, Search, decode, literal};

impl Reader<'_> {
    /// What there is to know of a user. Whoever asks for the same one waits for the same answer.
    pub(super) async fn user(&self, name: Option<&str>) -> Result<Arc<UserFacts>, graph::Error> {
        let Some(name) = name else { return Ok(Arc::new(UserFacts::nobody())) };
        let user = self.tenant.users.of(name);
        let read = async { self.read_user(name).await.map(Arc::new) };
        user.get_or_try_init(|| read).await.cloned()
    }

    async fn read_user(&self, name: &str) -> Result<UserFacts, graph::Error> {
        let person = known(self.claims, PEOPLE, person(self.session, name)).await?;
        let id = match &person {
            Ok(Some(person)) => person.id.clone(),
            Ok(None) => return Ok(UserFacts::nobody()),
            Err(lacks) => {
                let groups = Err(*lacks);
                return Ok(UserFacts { person, groups, owned_devices: Err(OWNED_DEVICES) });
            }
        };
        let (groups, owned_devices) = try_join!(
            known(self.claims, PEOPLE, self.groups(users(), &id)),
            known(self.claims, OWNED_DEVICES, self.below(users(), "ownedDevices", &id)),
        )?;
        Ok(UserFacts { person, groups, owned_devices })
    }
}

async fn person(session: &Session, name: &str) -> Result<Option<Person>, graph::Error> {
    let wanted = name.to_lowercase();
    let search = Search::new(&format!("user {wanted}"), move |row: &Json| {
        row["userPrincipalName"].as_str().is_some_and(|name| name.to_lowercase() == wanted)
    });
    let search = search.filter(format!("userPrincipalName eq {}", literal(name)));
    let all = Collection::new(users().select("id,userPrincipalName,accountEnabled,userType,assignedPlans"));
    let found = session.graph().find(session.scope(), &all, search).await?;
    found.first().map(decode).transpose()
}

fn users() -> Endpoint {
    Endpoint::v1("users").top(PAGE).needs(PEOPLE.one_of)
}
