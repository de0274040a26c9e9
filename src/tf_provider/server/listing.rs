//! Lists, streamed object by object while they are read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tracing::Instrument as _;

use super::managed::Managed;
use super::{Inner, convert, identity, state};
use crate::tf_provider::context::Private;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{ListItem, Listed, Query, Results};
use crate::tf_provider::protocol::tfplugin6::{self as wire, list_resource::Event};
use crate::tf_provider::provider::{Client, Provider};
use crate::tf_provider::value::Value;

/// The events of a list. Ends what is still being read when it is dropped.
pub(super) struct Events {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
    _reading: DropGuard,
}

impl Stream for Events {
    type Item = Result<Event, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Poller<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_next_unpin(cx).map(|event| event.map(Ok))
    }
}

/// Begins a list.
pub(super) fn events<P: Provider>(inner: Arc<Inner<P>>, request: wire::list_resource::Request) -> Events {
    let cancel = inner.stop_token().child_token();
    let reading = cancel.clone().drop_guard();
    let (listener, items) = mpsc::channel(AHEAD);
    let wanted = usize::try_from(request.limit).ok().filter(|wanted| *wanted > 0).unwrap_or(USUAL_LIMIT);
    let (name, is_whole) = (request.type_name.clone(), request.include_resource_object);
    let tenant = inner.client.lock().as_ref().and_then(|client| client.tenant().map(str::to_owned));
    let results = Results::new(listener.clone(), wanted);
    let work = {
        let inner = inner.clone();
        async move {
            let said =
                begun(&inner, request, cancel, results).await.unwrap_or_else(Failure::into_diagnostics);
            if said.iter().next().is_some() {
                let _ = listener.send(ListItem::Said(said)).await;
            }
        }
    };
    tokio::spawn(work.in_current_span());
    let items = futures_util::stream::unfold(items, async |mut items| Some((items.recv().await?, items)));
    let events = items.map(move |items| match items {
        ListItem::Said(said) => Event { diagnostic: convert::diagnostics(said), ..Event::default() },
        ListItem::One(one) => {
            let event = inner.managed(&name).and_then(|m| event(m, one, is_whole, tenant.as_deref()));
            event.unwrap_or_else(|failure| Event {
                diagnostic: convert::diagnostics(failure.into_diagnostics()),
                ..Event::default()
            })
        }
    });
    Events { events: Box::pin(events), _reading: reading }
}

async fn begun<P: Provider>(
    inner: &Inner<P>,
    request: wire::list_resource::Request,
    cancel: CancellationToken,
    results: Results,
) -> Result<Diagnostics, Failure> {
    let list = inner.list(&request.type_name)?;
    let config = convert::value(request.config, &list.schema.ty())?;
    let query = Query { config, is_whole: request.include_resource_object };
    Ok(list.run(inner.call(cancel, Private::new())?, query, results).await)
}

fn event<C: Client>(
    managed: &Managed<C>,
    one: Listed,
    is_whole: bool,
    tenant: Option<&str>,
) -> Result<Event, Failure> {
    let state = state::shaped(&managed.schema, one.state, &Value::Null).unknown_to_null();
    let nameless =
        || Failure::bug(format!("`{}` listed an object without its identity", managed.resource.name()));
    let identity = managed.identity.as_ref().ok_or_else(nameless)?;
    let named = identity::data(identity, &identity.of(&state, tenant, &Value::Null))?;
    let object = is_whole.then(|| convert::dynamic(&state, &managed.schema.ty())).transpose()?;
    Ok(Event {
        identity: Some(named.ok_or_else(nameless)?),
        display_name: one.display_name,
        resource_object: object,
        diagnostic: Vec::new(),
    })
}

/// How many results may wait for a host that is slower than the service.
const AHEAD: usize = 16;
/// How many results are sent when nobody says how many.
const USUAL_LIMIT: usize = 100;
