//! A covered resource, as data.

use serde_json::{Value as Json, json};

use crate::support::core::Action;

/// What is known of a resource.
pub(crate) struct Case {
    pub(crate) type_name: &'static str,
    /// The least that can be written.
    pub(crate) minimal: Json,
    /// Everything that can be written together.
    pub(crate) maximal: Json,
    /// One for each attribute, by its path: `mdm.scope`.
    pub(crate) entries: Vec<Entry>,
    /// Import ids; `{name}` stands for an attribute of the state.
    pub(crate) imports: &'static [&'static str],
    /// Attributes that an import cannot tell, or tells in another way.
    pub(crate) not_imported: &'static [&'static str],
    /// Where Graph keeps the object; `{id}` stands for its id.
    pub(crate) address: &'static str,
    /// How an administrator changes it there.
    pub(crate) changed_by: Method,
    /// How an administrator ends it: the method, and a path below the address.
    pub(crate) ended_by: (&'static str, &'static str),
    pub(crate) belongs: Belongs,
    /// Whether a creation that fails between two writes loses what the tenant had before. Terraform replaces what is
    /// half-made, and hands the destruction in a replacement nothing of what the provider stored beside the state.
    pub(crate) forgets_when_half_made: bool,
    pub(crate) signed_in: SignedIn,
}

/// How Graph takes changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// In parts.
    Patch,
    /// Whole only.
    Put,
}

/// Whose the object is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// The configuration's: it is created and deleted, and what is not written has its default.
    ToConfiguration,
    /// The tenant's: it is always there, and what is not written stays as it is.
    ToTenant,
}

/// As whom the provider acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignedIn {
    Application,
    Administrator,
}

/// One covered attribute.
pub(crate) struct Entry {
    pub(crate) path: &'static str,
    /// What else the configuration needs for it, beside everything in the fullest one.
    pub(crate) base: Json,
    /// Another value than the one in the fullest configuration.
    pub(crate) to: Json,
    /// What has to change with it.
    pub(crate) with: Json,
    /// What the plan for the change is to be.
    pub(crate) action: Action,
    /// Whether the value may be taken out of the configuration again.
    pub(crate) can_be_left_out: bool,
    pub(crate) outside: Outside,
    /// What is planned after a change outside while nobody wrote the attribute, if it is not what the object's owner
    /// suggests.
    pub(crate) unwritten: Option<Action>,
    /// What else a plan cannot tell yet, because the change may alter it.
    pub(crate) may_change: &'static [&'static str],
}

/// What an administrator might do to an attribute.
pub(crate) enum Outside {
    /// Nothing: why not.
    Nothing(&'static str),
    /// Write this into the object.
    Write(Json),
    /// Give the property at this place (a slash leads into an object) the first of these values that it does not have.
    Other(&'static str, Vec<Json>),
    /// Make these requests below the object.
    Requests(Vec<(&'static str, String, Json)>),
}

/// An attribute, and the value to change it to. Say what may happen to it outside with [`Entry::outside`].
pub(crate) fn entry(path: &'static str, to: impl Into<Json>) -> Entry {
    Entry {
        path,
        base: json!({}),
        to: to.into(),
        with: json!({}),
        action: Action::Update,
        can_be_left_out: true,
        outside: Outside::Nothing(""),
        unwritten: None,
        may_change: &[],
    }
}

impl Entry {
    /// Changes the fullest configuration before the attribute is tried; null takes something out.
    pub(crate) fn based_on(mut self, base: Json) -> Self {
        self.base = base;
        self
    }

    /// Changes something else together with the attribute.
    pub(crate) fn with(mut self, with: Json) -> Self {
        self.with = with;
        self
    }

    /// The change needs a new object.
    pub(crate) fn replaces(mut self) -> Self {
        self.action = Action::Replace;
        self
    }

    /// A change means nothing, and plans nothing.
    pub(crate) fn changes_nothing(mut self) -> Self {
        self.action = Action::NoOp;
        self
    }

    /// The value may change, but not be taken out.
    pub(crate) fn stays(mut self) -> Self {
        self.can_be_left_out = false;
        self
    }

    /// What an administrator might write into the object.
    pub(crate) fn outside(mut self, body: Json) -> Self {
        self.outside = Outside::Write(body);
        self
    }

    /// An administrator might give the property one of these values, whichever it does not have.
    pub(crate) fn outside_one_of<const N: usize>(
        mut self,
        property: &'static str,
        values: [&str; N],
    ) -> Self {
        self.outside = Outside::Other(property, values.map(Json::from).to_vec());
        self
    }

    /// An administrator might turn the property over.
    pub(crate) fn outside_flipped(mut self, property: &'static str) -> Self {
        self.outside = Outside::Other(property, vec![Json::from(true), Json::from(false)]);
        self
    }

    /// What an administrator might ask for below the object.
    pub(crate) fn outside_by(mut self, method: &'static str, below: impl Into<String>, body: Json) -> Self {
        let request = (method, below.into(), body);
        match &mut self.outside {
            Outside::Requests(requests) => requests.push(request),
            other => *other = Outside::Requests(vec![request]),
        }
        self
    }

    /// Nothing can happen to it outside, because of this.
    pub(crate) fn cannot_drift(mut self, why: &'static str) -> Self {
        self.outside = Outside::Nothing(why);
        self
    }

    /// It is managed only while it is written.
    pub(crate) fn unmanaged_unless_written(mut self) -> Self {
        self.unwritten = Some(Action::NoOp);
        self
    }

    /// The change may alter these too.
    pub(crate) fn may_change(mut self, paths: &'static [&'static str]) -> Self {
        self.may_change = paths;
        self
    }

    /// The configuration before the change.
    pub(crate) fn before(&self, case: &Case) -> Json {
        merged(case.maximal.clone(), &self.base)
    }

    /// The configuration after it.
    pub(crate) fn after(&self, case: &Case) -> Json {
        let mut config = merged(self.before(case), &self.with);
        *place(&mut config, self.path) = self.to.clone();
        config
    }

    /// The configuration without the attribute; nothing if it was not in it.
    pub(crate) fn without(&self, case: &Case) -> Option<Json> {
        let mut config = self.before(case);
        let value = place(&mut config, self.path).take();
        (self.can_be_left_out && !value.is_null()).then_some(config)
    }
}

/// Puts `patch` over `config`, object by object. A null takes something out.
pub(crate) fn merged(mut config: Json, patch: &Json) -> Json {
    match (&mut config, patch) {
        (Json::Object(into), Json::Object(patch)) => {
            for (name, value) in patch {
                let merged = merged(into.remove(name).unwrap_or_default(), value);
                into.insert(name.clone(), merged);
            }
            config
        }
        _ => patch.clone(),
    }
}

/// The place of a dotted path.
pub(crate) fn place<'a>(config: &'a mut Json, path: &str) -> &'a mut Json {
    path.split('.').fold(config, |object, step| &mut object[step])
}
