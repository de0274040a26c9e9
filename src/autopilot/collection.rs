//! A Graph collection whose members have names: the steps of creating, reading, changing, deleting and finding one. What
//! they make together is the engine's (`engine/collection_member.rs`); resources that differ call the steps themselves.

use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::autopilot::mapping::shows;
use crate::autopilot::session::Session;
use crate::graph::{self, Collection, Endpoint, ErrorKind, Poll, Schedule, Search, literal};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::{Attribute, IdForm, boolean, default};

/// A collection whose members have display names that administrators know them by.
pub(crate) struct NamedCollection {
    /// What a member is called in messages: `deployment profile`.
    pub(crate) noun: &'static str,
    /// The resource's type, for the import command.
    pub(crate) type_name: &'static str,
    /// The collection's address.
    pub(crate) endpoint: fn() -> Endpoint,
    /// Permissions of which reading needs one, least first.
    pub(crate) reads: &'static [&'static str],
    /// Permissions of which writing needs one, least first.
    pub(crate) writes: &'static [&'static str],
    /// What the ids of its members look like.
    pub(crate) ids: &'static IdForm,
    /// Whether a member of the collection is of the resource's kind, in collections that hold several.
    pub(crate) is_ours: fn(&Json) -> bool,
    /// A `$filter` by name that the service understands; without one the list is read.
    pub(crate) by_name: Option<fn(&str) -> String>,
    /// What reading a member expands.
    pub(crate) expand: Option<&'static str>,
    /// Whether replicas learn of a new member, and of a deleted one, one after the other.
    pub(crate) is_replicated: bool,
}

/// An object of which nothing but the id is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: String,
}

/// A member that now exists.
pub(crate) struct Created {
    /// As Graph answered.
    pub(crate) object: Json,
    /// Whether it existed before and was taken over.
    pub(crate) adopted: bool,
}

/// The argument by which a user allows taking over what already exists.
pub(crate) fn adopt_existing() -> Attribute {
    default(
        "adopt_existing",
        boolean(),
        false,
        "Whether an object with the same name that already exists is taken over (and changed to this configuration) \
         instead of being an error.",
    )
    .local()
}

impl NamedCollection {
    /// Creates a member, or takes over the one that has its name if `adopt` allows it. A creation without an answer is
    /// recognised by what is `kept` of its body. `is_in_state` tells whether the state holds an id.
    pub(crate) async fn create(
        &self,
        session: &Session,
        body: Map<String, Json>,
        kept: &Map<String, Json>,
        adopt: bool,
        is_in_state: impl Fn(&str) -> bool,
    ) -> Result<Created, Failure> {
        let name = body.get(NAME).and_then(Json::as_str).unwrap_or_default().to_owned();
        let namesakes = self.namesakes(session, &name).await?;
        match namesakes.as_slice() {
            [] => {
                // A colleague may make one of the same name in this moment; ours shows what was sent.
                let look_up = || async {
                    let found = self.namesakes(session, &name).await?;
                    Ok(found.into_iter().find(|found| shows(found, kept)))
                };
                let endpoint = self.write_to();
                let object =
                    session.graph().create(session.scope(), &endpoint, Json::Object(body), look_up).await?;
                Ok(Created { object, adopted: false })
            }
            [one] if adopt => {
                tracing::info!(id = id(one), "taking over an existing {}", self.noun);
                Ok(Created { object: one.clone(), adopted: true })
            }
            several => Err(self.exists(&name, several, adopt, is_in_state)),
        }
    }

    /// Reads a member; nothing if there certainly is none with this id, or it is of another kind.
    pub(crate) async fn read(&self, session: &Session, id: &str) -> Result<Option<Json>, graph::Error> {
        match session.graph().read_one(session.scope(), &self.collection(), id).await? {
            Some(found) => Ok(Some(found).filter(self.is_ours)),
            None => self.look_again(session, id).await,
        }
    }

    /// Reads a member that is to be changed. One that is gone is an error: waiting for it would not bring it back.
    pub(crate) async fn still_there(&self, session: &Session, id: &str) -> Result<Json, Failure> {
        self.read(session, id).await?.ok_or_else(|| {
            Failure::new(
                format!("The {} is gone", self.noun),
                format!(
                    "The {} {id} was deleted outside since this was planned. Plan again: it will be created anew.",
                    self.noun
                ),
            )
        })
    }

    /// Reads a member that is awaited; nothing if it is not shown just now.
    async fn peek(&self, session: &Session, id: &str) -> Result<Option<Json>, graph::Error> {
        let found = session.graph().read_one(session.scope(), &self.collection(), id).await?;
        Ok(found.filter(self.is_ours))
    }

    /// One "not found" may come from a replica that is behind. A member is gone when the list, asked a moment later, does
    /// not have it either; if it has, the list is right.
    async fn look_again(&self, session: &Session, wanted: &str) -> Result<Option<Json>, graph::Error> {
        if !session.graph().is_local() {
            let ended =
                |ended| graph::Error::ended(ended, format_args!("a second look for the {}", self.noun));
            session.scope().sleep(REPLICATED_WITHIN).await.map_err(ended)?;
        }
        let (is_ours, name) = (self.is_ours, wanted.to_owned());
        let mut search = Search::new(&format!("{} with the id {wanted}", self.noun), move |object: &Json| {
            is_ours(object) && id(object).eq_ignore_ascii_case(&name)
        });
        if self.is_replicated {
            search = search.filter(format!("id eq {}", literal(wanted)));
        }
        Ok(session.graph().find(session.scope(), &self.collection(), search).await?.into_iter().next())
    }

    /// Waits until a new member is known: to several replicas in a row, where there are some.
    pub(crate) async fn known(&self, session: &Session, id: &str) -> Result<Json, Failure> {
        let what = format!("the new {} {id} to be known everywhere", self.noun);
        let looks = if self.is_replicated { 3 } else { 1 };
        graph::wait(&what, session.scope(), self.schedule().in_a_row(looks), || async {
            let found = match self.is_replicated {
                true => session.get_opt(&self.write_to().key(id)).await?,
                false => self.peek(session, id).await?,
            };
            Ok(found.map_or_else(|| Poll::Pending("a replica does not know it yet".to_owned()), Poll::Ready))
        })
        .await
    }

    /// Reads a member that is known to exist since `created`. One that a replica does not know may be young: taking it for
    /// gone would create it a second time. Among the deleted objects it is certainly gone.
    pub(crate) async fn read_known(
        &self,
        session: &Session,
        id: &str,
        created: &str,
    ) -> Result<Option<Json>, graph::Error> {
        let found = self.read(session, id).await?;
        if found.is_some() || !self.is_replicated || !is_young(created) {
            return Ok(found);
        }
        if self.is_deleted(session, id).await? {
            return Ok(None);
        }
        session.get_opt(&self.member(id)).await
    }

    /// Whether a member of the directory is among what was deleted lately: then no replica will know it again.
    async fn is_deleted(&self, session: &Session, id: &str) -> Result<bool, graph::Error> {
        let deleted = Endpoint::v1("directory/deletedItems").key(id).needs(self.reads);
        Ok(session.get_opt(&deleted).await?.is_some())
    }

    /// Reads a member that was just written.
    pub(crate) async fn read_written(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Option<Json>, graph::Error> {
        match self.is_replicated {
            true => session.get_opt(&self.member(id)).await,
            false => self.peek(session, id).await,
        }
    }

    /// How often to look for what was written.
    pub(crate) fn schedule(&self) -> Schedule {
        match self.is_replicated {
            true => Schedule::growing(Duration::from_millis(150), Duration::from_secs(5)),
            false => Schedule::growing(POLL_MIN, POLL_MAX),
        }
    }

    /// Changes a member. An empty body is no change.
    pub(crate) async fn patch(
        &self,
        session: &Session,
        id: &str,
        body: Map<String, Json>,
    ) -> Result<(), graph::Error> {
        if body.is_empty() {
            return Ok(());
        }
        let body = Json::Object(body);
        match session.patch(&self.member_now(id), body.clone()).await {
            Err(error) if error.is_not_found() && self.is_replicated => {
                if self.is_deleted(session, id).await? {
                    return Err(error);
                }
                session.patch(&self.member(id), body).await.map(drop)
            }
            outcome => outcome.map(drop),
        }
    }

    /// Waits until a read shows what was written, so that the next plan is empty.
    pub(crate) async fn wait_until_consistent(
        &self,
        session: &Session,
        id: &str,
        shows: impl Fn(&Json) -> Result<bool, graph::Error>,
    ) -> Result<Json, Failure> {
        let what = format!("the {} {id} to show what was written", self.noun);
        graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
            Ok(match self.peek(session, id).await? {
                Some(object) if shows(&object)? => Poll::Ready(object),
                Some(_) => Poll::Pending("it still shows older values".to_owned()),
                None => Poll::Pending("it cannot be read yet".to_owned()),
            })
        })
        .await
    }

    /// Deletes a member and waits until it is gone.
    pub(crate) async fn delete(&self, session: &Session, id: &str) -> Result<(), Failure> {
        let what = format!("Graph to accept the deletion of the {} {id}", self.noun);
        outlast(session, &what, !self.is_replicated, || async {
            // Not through an address that takes 404 for "not yet": here it is the answer that is hoped for.
            Ok(match session.delete(&self.write_to().key(id)).await? {
                true => Poll::Ready(()),
                false => match self.look_again(session, id).await? {
                    None => Poll::Ready(()),
                    Some(_) => Poll::Pending("it is said to be gone, and is still listed".to_owned()),
                },
            })
        })
        .await?;
        self.wait_deleted(session, id).await
    }

    /// Waits until a member can no longer be read.
    pub(crate) async fn wait_deleted(&self, session: &Session, id: &str) -> Result<(), Failure> {
        let what = format!("the {} {id} to be gone", self.noun);
        // A replica may still know it after another one has forgotten it.
        let looks = if self.is_replicated { 3 } else { 1 };
        graph::wait(&what, session.scope(), self.schedule().in_a_row(looks), || async {
            Ok(match session.get_opt(&self.read_from().key(id)).await? {
                None => Poll::Ready(()),
                Some(_) => Poll::Pending("it can still be read".to_owned()),
            })
        })
        .await
    }

    /// The id of the member an import names: by its id, or as `name:...` by its display name.
    pub(crate) async fn import(&self, session: &Session, text: &str) -> Result<String, Failure> {
        let Some(name) = text.strip_prefix("name:") else {
            self.check_id(text)?;
            return match self.read(session, text).await? {
                Some(object) => Ok(id(&object).to_owned()),
                None => Err(Failure::new(
                    format!("No such {}", self.noun),
                    format!(
                        "There is no {} with the id `{text}` in this tenant. Use its id, or `name:` followed by \
                             its display name, such as `name:Contoso laptops`.",
                        self.noun
                    ),
                )),
            };
        };
        self.find(session, name).await.map(|object| id(&object).to_owned())
    }

    /// Refuses a text that can be no member's id, before it becomes a part of an address.
    pub(crate) fn check_id(&self, text: &str) -> Result<(), Failure> {
        (self.ids.test)(text).map_err(|wrong| {
            Failure::new(
                format!("No id of {} {}", article(self.noun), self.noun),
                format!(
                    "The id of {} {} is {}: {wrong}. Use its id, or `name:` followed by its display name, such as \
                     `name:Contoso laptops`.",
                    article(self.noun), self.noun, self.ids.sentence
                ),
            )
        })
    }

    /// The one member with this display name.
    pub(crate) async fn find(&self, session: &Session, name: &str) -> Result<Json, Failure> {
        let mut namesakes = self.namesakes(session, name).await?;
        match namesakes.len() {
            1 => Ok(namesakes.remove(0)),
            0 => Err(Failure::new(
                format!("No such {}", self.noun),
                format!(
                    "There is no {} with the display name `{name}` in this tenant. Check the spelling; capital \
                         letters do not matter.",
                    self.noun
                ),
            )),
            count => Err(Failure::new(
                format!("Several {}s have this name", self.noun),
                format!(
                    "{count} {}s have the display name `{name}`: {}. Use the id of the one you mean.",
                    self.noun,
                    ids(&namesakes)
                ),
            )),
        }
    }

    /// All members of the resource's kind.
    pub(crate) async fn all(&self, session: &Session) -> Result<Vec<Json>, graph::Error> {
        let mut all = session.graph().read_all(session.scope(), &self.collection()).await?;
        all.retain(self.is_ours);
        Ok(all)
    }

    /// The address of a member, for writing. Where replicas may not all know it, 404 means "not yet" for a while.
    pub(crate) fn member(&self, id: &str) -> Endpoint {
        let member = self.write_to().key(id);
        if self.is_replicated { member.appears_within(REPLICATION) } else { member }
    }

    /// The same, where 404 is an answer.
    pub(crate) fn member_now(&self, id: &str) -> Endpoint {
        self.write_to().key(id)
    }

    fn write_to(&self) -> Endpoint {
        (self.endpoint)().needs(self.writes)
    }

    /// The address at which members are read, those of other kinds among them.
    pub(crate) fn read_from(&self) -> Endpoint {
        let endpoint = (self.endpoint)().needs(self.reads);
        match self.expand {
            Some(navigation) => endpoint.expand(navigation),
            None => endpoint,
        }
    }

    /// The collection, for reading.
    pub(crate) fn collection(&self) -> Collection {
        Collection::new(self.read_from())
    }

    /// Members of the resource's kind with this display name, whatever the case of its letters.
    pub(crate) async fn namesakes(&self, session: &Session, name: &str) -> Result<Vec<Json>, graph::Error> {
        let wanted = name.to_lowercase();
        let is_ours = self.is_ours;
        let mut search = Search::new(&format!("{} named {name}", self.noun), move |object: &Json| {
            is_ours(object) && object[NAME].as_str().is_some_and(|found| found.to_lowercase() == wanted)
        });
        if let Some(filter) = self.by_name {
            search = search.filter(filter(name));
        }
        session.graph().find(session.scope(), &self.collection(), search).await
    }

    /// Why a member cannot be created with a name that others have.
    pub(crate) fn exists(
        &self,
        name: &str,
        several: &[Json],
        adopt: bool,
        is_in_state: impl Fn(&str) -> bool,
    ) -> Failure {
        let Self { noun, type_name, .. } = self;
        if adopt {
            return Failure::at(
                "display_name",
                format!("Several {noun}s have this name"),
                format!(
                    "`adopt_existing` allows taking over an existing {noun}, but {} have the display name \
                         `{name}`: {}. Import the one you mean: `terraform import {type_name}.NAME ID`.",
                    several.len(),
                    ids(several)
                ),
            );
        }
        let first = several.first().map(id).unwrap_or_default();
        let a = article(noun);
        let title = format!("{} {noun} with this name already exists", if a == "an" { "An" } else { "A" });
        if is_in_state(first) {
            let what = format!("the {noun} named `{name}` ({first})");
            return held_already("display_name", title, &what, "choose another `display_name`");
        }
        Failure::at(
            "display_name",
            title,
            format!(
                "The tenant already has {a} {noun} named `{name}` ({}). To manage it here, import it with \
                     `terraform import {type_name}.NAME {first}` or set `adopt_existing = true`; to have another one \
                     beside it, choose another `display_name`.",
                ids(several)
            ),
        )
    }
}

/// Why what this state holds already cannot be made once more beside it. Taking it over, or importing it, would not help.
pub(crate) fn held_already(at: &'static str, title: impl Into<String>, what: &str, or: &str) -> Failure {
    Failure::at(
        at,
        title,
        format!(
            "This state holds {what} already, at another address or as the one that is being replaced. If the resource has a \
             new address, tell Terraform with a `moved` block. If the object is being replaced, take `create_before_destroy` out \
             of this resource and of those that depend on it, so that the old one goes first. Or {or}."
        ),
    )
}

/// Tries again for a while what Intune refuses with 400 as long as it believes in assignments that were just removed
/// (if `insists`; elsewhere a refusal is final).
pub(crate) async fn outlast<F>(
    session: &Session,
    what: &str,
    insists: bool,
    attempt: impl Fn() -> F,
) -> Result<(), graph::Error>
where
    F: Future<Output = Result<Poll<()>, graph::Error>>,
{
    let patience = session.narrowed(REFUSED_AT_MOST);
    let last = Mutex::new(None);
    let accepted = graph::wait(what, patience.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
        match attempt().await {
            Err(error) if error.kind() == ErrorKind::Refused && insists => {
                let seen = error.what().to_owned();
                *last.lock() = Some(error);
                Ok(Poll::Pending(seen))
            }
            outcome => outcome,
        }
    })
    .await;
    // When patience ends, the refusal says more than the fact that time ran out.
    let refusal = last.into_inner();
    accepted.map_err(
        |error: graph::Error| {
            if error.kind() == ErrorKind::TimedOut { refusal.unwrap_or(error) } else { error }
        },
    )
}

/// The article before a noun.
pub(crate) fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A']) { "an" } else { "a" }
}

/// Whether an object was created so recently that a replica may not know it.
fn is_young(created: &str) -> bool {
    let created = OffsetDateTime::parse(created, &Rfc3339).ok();
    created.is_none_or(|created| OffsetDateTime::now_utc() - created < time::Duration::minutes(15))
}

/// The id of an object.
pub(crate) fn id(object: &Json) -> &str {
    object["id"].as_str().unwrap_or_default()
}

/// The ids of objects, for a message.
pub(crate) fn ids(objects: &[Json]) -> String {
    objects.iter().map(|object| format!("`{}`", id(object))).collect::<Vec<_>>().join(", ")
}

const NAME: &str = "displayName";
/// After which time a second look is worth something. A guess: nobody says how far a replica of Intune may be behind.
const REPLICATED_WITHIN: Duration = Duration::from_secs(5);
/// How long a replica may take to learn of a new object.
const REPLICATION: Duration = Duration::from_secs(60);
/// First look after a write; most writes show at once.
pub(crate) const POLL_MIN: Duration = Duration::from_millis(300);
/// Pause between looks once a wait has become a long one.
pub(crate) const POLL_MAX: Duration = Duration::from_secs(10);
/// How long Intune may go on refusing what assignments stand against that were just removed (a guess).
const REFUSED_AT_MOST: Duration = Duration::from_secs(120);
