//! What the author of a list resource implements: how to find the objects that a resource could manage.

use std::ops::ControlFlow;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::failure::Failure;
use super::permission::Permission;
use super::schema::Schema;
use super::value::Value;

/// How objects of a resource are listed. The resource has an identity.
#[async_trait]
pub trait ListResource<C: Send + Sync>: Send + Sync {
    /// The resource's full name, which is the list's too.
    fn name(&self) -> &'static str;

    /// Arguments by which objects are picked.
    fn schema(&self) -> Schema;

    /// What the account needs.
    fn permissions(&self) -> Vec<Permission> {
        Vec::new()
    }

    /// Mistakes that the schema's checks and rules cannot tell. Pure; values may be unknown anywhere.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    /// Sends what it finds as it finds it, until that is everything or nobody wants more. Finding nothing is no failure.
    async fn list(&self, cx: &Context<C>, query: &Query, results: &mut Results) -> Result<(), Failure>;
}

/// What is asked for.
#[derive(Debug)]
pub struct Query {
    /// The arguments, wholly known.
    pub config: Value,
    /// Whether whole states are wanted; otherwise what the identity consists of is enough.
    pub is_whole: bool,
}

/// An object that was found.
#[derive(Debug)]
pub struct Listed {
    /// Its state, as an import would show it, or as much of it as was asked for.
    pub state: Value,
    /// What people know it by.
    pub display_name: String,
}

/// Where results go.
pub struct Results {
    listener: mpsc::Sender<ListItem>,
    left: usize,
}

/// What a list reports.
pub(crate) enum ListItem {
    One(Listed),
    Said(Diagnostics),
}

impl Results {
    /// For a listener who wants so many.
    pub(crate) fn new(listener: mpsc::Sender<ListItem>, wanted: usize) -> Self {
        Self { listener, left: wanted }
    }

    /// Tells of an object, as soon as the listener has room. A break means that nobody wants more: there are enough, or the
    /// listener is gone.
    pub async fn tell(&mut self, one: Listed) -> ControlFlow<()> {
        self.left = self.left.saturating_sub(1);
        let is_heard = self.listener.send(ListItem::One(one)).await.is_ok();
        if is_heard && self.left > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}
