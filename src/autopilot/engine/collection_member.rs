//! The engine behind members of a collection: created, found by name, adopted, changed in parts, assigned, linked, deleted,
//! imported; and after each write awaited until a read shows it, so that the next plan is empty.

use std::marker::PhantomData;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::assigning::{ASSIGNMENTS, assign, assignments_in};
use super::links::{links, relink};
use super::member::{Assigned, Member, ReadFor, When};
use crate::autopilot::assignment;
use crate::autopilot::collection::{NamedCollection, id};
use crate::autopilot::left_out;
use crate::autopilot::mapping::{complete, flag_of, shows, text_of, values, whole};
use crate::autopilot::page_order::patience;
use crate::autopilot::session::Session;
use crate::autopilot::taken_names;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Poll};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::Identity;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Move, Resource};
use crate::tf_provider::schema::{Replace, Schema};
use crate::tf_provider::value::Value;

/// The resource that manages members.
pub(crate) struct CollectionMember<M> {
    schema: Schema,
    member: PhantomData<M>,
}

impl<M: Member> CollectionMember<M> {
    pub(crate) fn new() -> Self {
        const {
            let is_assigned = !matches!(M::ASSIGNED, Assigned::Never);
            assert!(is_assigned == M::COLLECTION.expand.is_some(), "assignments are read with their member");
        }
        Self { schema: M::schema(), member: PhantomData }
    }

    /// A member as Graph answered it, with everything that is known of it.
    pub(crate) fn read(&self, found: &Json) -> Result<Value, graph::Error> {
        let state = self.state(found, &Value::Null, ReadFor::Import)?;
        Ok(match M::ASSIGNED {
            Assigned::Never => state,
            _ => state.with(ASSIGNMENTS, assignments_in::<M>(found)?),
        })
    }
}

impl<M: Member> CollectionMember<M> {
    /// A member as Graph answered it, as an import shows it.
    pub(crate) async fn imported(&self, session: &Session, found: &Json) -> Result<Value, Failure> {
        let known = Value::object([("id", Value::from(id(found))), ("adopt_existing", Value::from(false))]);
        self.refreshed(session, found, &known, ReadFor::Import).await
    }

    /// The state of a member that is known as this, links included.
    async fn refreshed(
        &self,
        session: &Session,
        found: &Json,
        known: &Value,
        when: ReadFor,
    ) -> Result<Value, Failure> {
        let mut state = self.state(found, known, when)?;
        for link in M::LINKS {
            let before = known.get(link);
            let managed = !before.is_null() || (when == ReadFor::Import && M::is_picked(&state, link));
            let linked =
                if managed { links(session, &M::COLLECTION, id(found), link).await? } else { Vec::new() };
            let none = if before.is_null() { Value::Null } else { Value::set([]) };
            let linked =
                if linked.is_empty() { none } else { Value::set(linked.into_iter().map(Value::from)) };
            state = state.with(*link, linked);
        }
        Ok(M::refreshed(session, state, known).await?)
    }
}

#[async_trait]
impl<M: Member> Resource<Tenant> for CollectionMember<M> {
    fn name(&self) -> &'static str {
        M::COLLECTION.type_name
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    fn permissions(&self) -> Vec<Permission> {
        let needed = [to_read(M::COLLECTION.reads), to_change(M::COLLECTION.writes)];
        needed.into_iter().chain(M::asides()).collect()
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::ID)
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        M::plan(cx, plan).await?;
        for name in collections::<M>() {
            let is_offered = !M::LINKS.contains(&name) || M::is_picked(&plan.planned, name);
            left_out::plan(cx, plan, name, is_offered);
        }
        taken_names::plan(cx, &M::COLLECTION, plan).await
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let adopt = flag_of(&change.planned, "adopt_existing");
        let _turn = M::lease(cx, &session).await?;
        let body = self.body(&change.planned, When::Create);
        let kept = without_unkept::<M>(body.clone());
        let made = M::COLLECTION.create(&session, body, &kept, adopt, |id| cx.is_in_state(id)).await?;
        if made.adopted {
            self.refuse_another_kind(&made.object, &change.planned)?;
            let mut former = self.read(&made.object)?;
            for link in M::LINKS.iter().filter(|link| !change.planned.get(link).is_null()) {
                let linked = links(&session, &M::COLLECTION, id(&made.object), link).await?;
                former = former.with(*link, Value::set(linked.into_iter().map(Value::from)));
            }
            cx.back_up(&self.schema, &former, &made.object)?;
        }
        Ok(change.planned.clone().with("id", id(&made.object)))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let member = text_of(&created, "id");
        let found = M::COLLECTION.known(&session, member).await?;
        let wanted = self.body(&change.planned, When::Change);
        // An adopted member is not ours yet; and a new one may lack what the service only takes in a change.
        if !shows(&found, &wanted) {
            patch::<M>(cx, &session, member, wanted.clone()).await?;
        }
        self.complete(cx, &session, member, change, |name| !change.planned.get(name).is_null()).await?;
        self.final_state(cx, &session, member, wanted, &change.planned, &change.planned).await
    }

    async fn read(&self, cx: &Cx, known: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let member = text_of(&known, "id");
        let found = M::COLLECTION.read_known(&session, member, text_of(&known, CREATED)).await?;
        let Some(found) = found else { return Ok(None) };
        let when = if cx.is_import() { ReadFor::Import } else { ReadFor::Refresh };
        if cx.is_import() {
            left_out::note(cx, collections::<M>(), |_| false);
        }
        Ok(Some(self.refreshed(&session, &found, &known, when).await?))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let member = text_of(&change.prior, "id");
        let body = self.changes(change);
        patch::<M>(cx, &session, member, body.clone()).await?;
        self.complete(cx, &session, member, change, |attribute| change.changes(attribute)).await?;
        // Only what is written is awaited: a colleague may change the rest at the same time.
        let beside = M::LINKS.iter().copied().chain([ASSIGNMENTS]).filter(|name| !change.changes(name));
        let awaited = beside.fold(change.planned.clone(), |awaited, name| awaited.with(name, Value::Null));
        self.final_state(cx, &session, member, body, &awaited, &change.planned).await
    }

    async fn delete(&self, cx: &Cx, known: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let member = text_of(&known, "id");
        if M::ASSIGNED != Assigned::Never {
            let Some(found) = M::COLLECTION.read(&session, member).await? else { return Ok(()) };
            if !assignments_in::<M>(&found)?.elements().is_empty() {
                assign::<M>(cx, &session, member, &Value::Null).await?;
            }
        }
        let mut lease = M::lease(cx, &session).await?;
        M::leaving(lease.as_mut(), member);
        M::COLLECTION.delete(&session, member).await
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let id = M::COLLECTION.import(&cx.session()?, text).await?;
        Ok(Value::object([("id", Value::from(id)), ("adopt_existing", Value::from(false))]))
    }

    fn moves(&self) -> Vec<Move> {
        M::moves()
    }
}

impl<M: Member> CollectionMember<M> {
    /// Everything beside the properties: assignments, links, and what is the member's own.
    async fn complete(
        &self,
        cx: &Cx,
        session: &Session,
        member: &str,
        change: &Change,
        changes: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<(), Failure> {
        if M::ASSIGNED != Assigned::Never && changes(ASSIGNMENTS) {
            assign::<M>(cx, session, member, change.planned.get(ASSIGNMENTS)).await?;
        }
        for link in M::LINKS {
            if changes(link) && M::is_picked(&change.planned, link) {
                relink(session, &M::COLLECTION, member, link, change.planned.get(link)).await?;
            }
        }
        left_out::note(cx, collections::<M>(), |name| !change.config.get(name).is_null());
        M::written(cx, session, member, change).await
    }

    /// Everything that is written of a member.
    fn body(&self, planned: &Value, when: When) -> Map<String, Json> {
        let attributes = &self.schema.attributes;
        let mut body = match when {
            When::Create => whole(attributes, planned),
            When::Change => complete(attributes, planned),
        };
        M::finish(&mut body, planned, when);
        body
    }

    /// What changed, with what goes together. Without its type the service does not know what a body is about.
    fn changes(&self, change: &Change) -> Map<String, Json> {
        let [before, after] = [&change.prior, &change.planned].map(|values| self.body(values, When::Change));
        let differs = |name: &String| before.get(name) != after.get(name);
        let together = M::sent_together();
        let all = together.iter().any(differs);
        let mut changed: Map<String, Json> = Map::new();
        for (name, value) in &after {
            if differs(name) || (all && together.contains(name)) {
                changed.insert(name.clone(), value.clone());
            }
        }
        if let Some(kind) = after.get(TYPE).filter(|_| !changed.is_empty()) {
            changed.insert(TYPE.to_owned(), kind.clone());
        }
        changed
    }

    /// What Graph answered, as state. Assignments that nobody writes are not managed here, and so not shown.
    fn state(&self, found: &Json, known: &Value, when: ReadFor) -> Result<Value, graph::Error> {
        let attributes = &self.schema.attributes;
        let mut fields = values(attributes, found);
        for attribute in attributes {
            let before = known.get(attribute.name);
            let is_known = !before.is_null() && !before.is_unknown();
            let reported = fields.get(attribute.name);
            let keeps = reported.is_none_or(|reported| reported.is_null() && attribute.kept_when_absent);
            if keeps {
                let default = attribute.default.clone().unwrap_or_default();
                let value = if is_known { before.clone() } else { default };
                fields.insert(attribute.name.to_owned(), value);
            }
        }
        if M::ASSIGNED != Assigned::Never {
            let assignments = assignments_in::<M>(found)?;
            let hidden = match when {
                ReadFor::Import => assignments.elements().is_empty(),
                _ => known.get(ASSIGNMENTS).is_null(),
            };
            fields.insert(ASSIGNMENTS.to_owned(), if hidden { Value::Null } else { assignments });
        }
        M::adapt(Value::Object(fields), found, known, when)
    }

    /// Waits until a read shows the change, and returns the state it shows.
    async fn final_state(
        &self,
        cx: &Cx,
        session: &Session,
        member: &str,
        body: Map<String, Json>,
        awaited: &Value,
        planned: &Value,
    ) -> Result<Value, Failure> {
        let unkept = M::unkept().filter(|unkept| body.get(unkept.property) == Some(&json!(true)));
        let Some(unkept) = unkept else {
            return self.wait_until_consistent(session, member, &body, awaited, planned).await;
        };
        if let Ok(state) = self
            .wait_until_consistent(&session.narrowed(patience(session)), member, &body, awaited, planned)
            .await
        {
            return Ok(state);
        }
        let state =
            self.wait_until_consistent(session, member, &without_unkept::<M>(body), awaited, planned).await?;
        cx.warn(unkept.summary, unkept.detail);
        Ok(state.with(unkept.attribute, true))
    }

    async fn wait_until_consistent(
        &self,
        session: &Session,
        member: &str,
        body: &Map<String, Json>,
        awaited: &Value,
        planned: &Value,
    ) -> Result<Value, Failure> {
        let what = format!("the {} {member} to show what was written", M::COLLECTION.noun);
        let assignments = awaited.get(ASSIGNMENTS);
        graph::wait(&what, session.scope(), M::COLLECTION.schedule(), || async {
            let Some(found) = M::COLLECTION.read_written(session, member).await? else {
                return Ok(Poll::Pending("it cannot be read yet".to_owned()));
            };
            let is_assigned =
                assignments.is_null() || assignment::same(&assignments_in::<M>(&found)?, assignments);
            if !shows(&found, body) || !is_assigned {
                return Ok(Poll::Pending("it still shows older values".to_owned()));
            }
            for link in M::LINKS {
                let wanted = awaited.get(link);
                if wanted.is_null() {
                    continue;
                }
                let linked = links(session, &M::COLLECTION, member, link).await?.len();
                if linked != wanted.elements().len() {
                    return Ok(Poll::Pending(format!("it has {linked} {link}")));
                }
            }
            Ok(Poll::Ready(self.state(&found, planned, ReadFor::Written)?))
        })
        .await
    }

    /// What a change cannot turn an existing object into.
    fn refuse_another_kind(&self, found: &Json, planned: &Value) -> Result<(), Failure> {
        let NamedCollection { noun, .. } = M::COLLECTION;
        let name = text_of(planned, "display_name");
        let title = format!("The existing {noun} is of another kind");
        if let Some(reason) = M::cannot_be_adopted(found)? {
            let detail = format!(
                "The tenant already has a {noun} named `{name}` ({}), which {reason} and cannot become this one. Choose another \
             `display_name`.",
                id(found)
            );
            return Err(Failure::at("display_name", title, detail));
        }
        let existing = self.state(found, planned, ReadFor::Written)?;
        for attribute in self.schema.attributes.iter().filter(|one| matches!(one.replace, Replace::Always)) {
            let (is, shall) = (existing.get(attribute.name), planned.get(attribute.name));
            if is != shall && !shall.is_unknown() {
                let detail = format!(
                    "The tenant already has a {noun} named `{name}` ({}), but its `{}` is {} and cannot become {}. Delete that \
                 {noun}, or choose another `display_name`.",
                    id(found),
                    attribute.name,
                    is.reveal(),
                    shall.reveal()
                );
                return Err(Failure::at(attribute.name, title, detail));
            }
        }
        Ok(())
    }
}

/// What a member has beside its properties.
fn collections<M: Member>() -> impl Iterator<Item = &'static str> {
    let assignments = (M::ASSIGNED != Assigned::Never).then_some(ASSIGNMENTS);
    M::LINKS.iter().copied().chain(assignments)
}

async fn patch<M: Member>(
    cx: &Cx,
    session: &Session,
    member: &str,
    body: Map<String, Json>,
) -> Result<(), Failure> {
    if body.is_empty() {
        return Ok(());
    }
    let _turn = M::lease(cx, session).await?;
    Ok(M::COLLECTION.patch(session, member, body).await?)
}

/// What a read is sure to show.
fn without_unkept<M: Member>(mut body: Map<String, Json>) -> Map<String, Json> {
    if let Some(unkept) = M::unkept() {
        body.remove(unkept.property);
    }
    body
}

const CREATED: &str = "created_date_time";
const TYPE: &str = "@odata.type";
