//! The face of this room: what can be done to an address.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::Notify;
use tracing::info;

use super::Json;
use super::batch::MOST_ITEMS;
use super::coalesce::Coalescer;
use super::collection::{Collection, Search, Want};
use super::error::Error;
use super::error_kind::ErrorKind;
use super::pacer::Pacer;
use super::page::Root;
use super::pages::Pages;
use super::request::{Endpoint, Request};
use super::run_id::run_id;
use super::scope::Scope;
use super::send::{Sender, Sent, Tries, document};
use super::signin::{Claims, TokenSource};
use super::wire::{Http, HttpSettings, http_client};

/// Where Graph is and how this program presents itself.
#[derive(Debug, Clone)]
pub struct GraphSettings {
    /// Scheme and host, `https://graph.microsoft.com`; plain http only on this machine.
    pub root: String,
    /// `User-Agent`, with the program's version.
    pub user_agent: String,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether every request that would change something is refused before it is sent.
    pub read_only: bool,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            root: "https://graph.microsoft.com".to_owned(),
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            ca_file: None,
            read_only: false,
        }
    }
}

/// Microsoft Graph for one tenant and one identity. Cheap to clone; all clones share connections, token and budgets.
#[derive(Clone)]
pub struct Graph {
    sender: Arc<Sender>,
    coalescer: Arc<Coalescer>,
}

impl Graph {
    /// Sets up the client; nothing is sent yet.
    ///
    /// # Errors
    /// The root is no usable address, or the file of certificate authorities cannot be read.
    pub fn new(settings: &GraphSettings, tokens: TokenSource) -> Result<Self, Error> {
        let root = Root::parse(&settings.root)?;
        let http = http_client(&HttpSettings {
            user_agent: settings.user_agent.clone(),
            ca_file: settings.ca_file.clone(),
            no_proxy: root.is_loopback(),
            is_plain: root.is_plain(),
        })?;
        Ok(Self::through(http, root, tokens, settings.read_only))
    }

    pub(super) fn through(http: reqwest::Client, root: Root, tokens: TokenSource, read_only: bool) -> Self {
        let wire = Arc::new(Http(http));
        let sender = Sender { tokens, wire, root, pacer: Pacer::new(), read_only, given_up: Notify::new() };
        info!(run = run_id(), graph = sender.root.as_str(), "Requests to Microsoft Graph carry the run's id");
        Self::over(Arc::new(sender))
    }

    pub(crate) fn over(sender: Arc<Sender>) -> Self {
        Self { sender, coalescer: Arc::default() }
    }

    /// Scheme and host, without a slash at the end, as `@odata.id` references begin.
    pub fn root(&self) -> &str {
        self.sender.root.as_str()
    }

    /// Whether every request that would change something is refused.
    pub fn is_read_only(&self) -> bool {
        self.sender.read_only
    }

    /// Whether Graph is on this machine: an emulated tenant, which needs no patience.
    pub fn is_local(&self) -> bool {
        self.sender.root.is_loopback()
    }

    /// What the token says about its holder. Signs in when that has not happened yet.
    ///
    /// # Errors
    /// Signing in failed.
    pub async fn claims(&self, scope: &Scope) -> Result<Claims, Error> {
        let claims =
            scope.run(self.sender.tokens.claims()).await.map_err(|ended| Error::ended(ended, "a token"))?;
        claims.map_err(|error| Error::sign_in(&error))
    }

    /// Reads one object.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not there; any other kind as the name says.
    pub async fn get(&self, scope: &Scope, endpoint: &Endpoint) -> Result<Json, Error> {
        let request = Request::get(endpoint);
        match self.sender.read(scope, &request).await? {
            Json::Object(object) if !object.is_empty() => Ok(Json::Object(object)),
            _ => {
                let what = "Microsoft Graph answered without the object that was asked for";
                Err(Error::new(ErrorKind::UnexpectedAnswer, what).during(&request))
            }
        }
    }

    /// Reads one object; `None` when the answer is 404.
    pub async fn get_opt(&self, scope: &Scope, endpoint: &Endpoint) -> Result<Option<Json>, Error> {
        found(self.get(scope, endpoint).await)
    }

    /// Reads a list, all its pages. Only what Graph calls a list can be asked for.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedAnswer`] when a next page lies on another host or the list does not end.
    pub async fn list(&self, scope: &Scope, endpoint: &Endpoint) -> Result<Vec<Json>, Error> {
        self.sender.list(scope, &Request::get(endpoint)).await
    }

    /// Reads a list page by page, for whoever may have enough before its end.
    pub fn pages(&self, endpoint: &Endpoint) -> Pages {
        Pages::new(Arc::clone(&self.sender), Request::get(endpoint))
    }

    /// Reads one member of a collection, together with whoever else reads there now; `None` when the answer is 404.
    ///
    /// The answer is never older than the last write of this program to the collection. The first read of a member may
    /// be answered from a list read a moment ago, a second one never is: it is how changes are awaited.
    pub async fn read_one(
        &self,
        scope: &Scope,
        collection: &Collection,
        id: &str,
    ) -> Result<Option<Json>, Error> {
        let rows = self.coalescer.read(&self.sender, scope, collection, Want::One(id.to_owned())).await?;
        Ok(rows.into_iter().next())
    }

    /// Reads a collection whole, now, together with whoever else does.
    pub async fn read_all(&self, scope: &Scope, collection: &Collection) -> Result<Vec<Json>, Error> {
        self.coalescer.read(&self.sender, scope, collection, Want::All).await
    }

    /// Finds members by what they hold; searches of the same moment share their requests.
    pub async fn find(
        &self,
        scope: &Scope,
        collection: &Collection,
        search: Search,
    ) -> Result<Vec<Json>, Error> {
        self.coalescer.read(&self.sender, scope, collection, Want::Search(search)).await
    }

    /// Reads the list that a member of a collection has, all its pages, together with whoever else reads such lists now.
    /// Empty, too, if there is no such member.
    pub async fn list_below(
        &self,
        scope: &Scope,
        collection: &Collection,
        id: &str,
    ) -> Result<Vec<Json>, Error> {
        self.coalescer.read(&self.sender, scope, collection, Want::Below(id.to_owned())).await
    }

    /// How many writes of this program are over: what was read when there were as many is still valid.
    pub fn writes(&self) -> u64 {
        self.coalescer.writes()
    }

    /// Says that the service has changed a collection by itself: what was read of it before is not used any more.
    pub fn outdated(&self, collection: &Endpoint) {
        self.coalescer.changed(collection.bare_path());
    }

    /// Changes properties of an object: what is absent stays, `null` clears. `Null` when the answer has no body.
    pub async fn patch(&self, scope: &Scope, endpoint: &Endpoint, body: Json) -> Result<Json, Error> {
        self.write(scope, &Request::patch(endpoint, body)).await
    }

    /// Replaces an object whole. `Null` when the answer has no body.
    pub async fn put(&self, scope: &Scope, endpoint: &Endpoint, body: Json) -> Result<Json, Error> {
        self.write(scope, &Request::put(endpoint, body)).await
    }

    /// Deletes an object; false if there is none at this address. Mind the `$ref` when only a reference is meant.
    pub async fn delete(&self, scope: &Scope, endpoint: &Endpoint) -> Result<bool, Error> {
        let request = Request::delete(endpoint);
        if found(self.write(scope, &request).await)?.is_some() {
            return Ok(true);
        }
        // One "not found" may come from a replica that is behind.
        if !self.is_local() {
            let ended = |ended| Error::ended(ended, "a second try to delete");
            scope.sleep(LOOK_AGAIN).await.map_err(ended)?;
        }
        Ok(found(self.write(scope, &request).await)?.is_some())
    }

    /// Posts something that may safely be posted twice: an action that sets, a `$ref`. `Null` as body sends none.
    pub async fn post(&self, scope: &Scope, endpoint: &Endpoint, body: Json) -> Result<Json, Error> {
        self.write(scope, &Request::action(endpoint, body)).await
    }

    /// Posts what is never to be carried out twice, `Null` as body sends none. When it is not known whether it was carried out,
    /// nothing is sent again, and `is_done` is asked, more than once, because what was just done is seen late.
    pub async fn post_once<F, Fut>(
        &self,
        scope: &Scope,
        endpoint: &Endpoint,
        body: Json,
        is_done: F,
    ) -> Result<Done, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<bool, Error>>,
    {
        let error = match self.write(scope, &Request::once(endpoint, body)).await {
            Ok(_) => return Ok(Done::Yes),
            Err(error) if error.kind().is_plain_refusal() || error.kind().is_put_off() => return Err(error),
            Err(error) => error,
        };
        self.coalescer.changed(endpoint.bare_path());
        info!(path = endpoint.path(), reason = ?error.kind(), "Looking whether it was carried out all the same");
        for share in [1, 2, 4] {
            let wait = if self.is_local() { LOOK_AGAIN / 20 } else { LOOK_AGAIN };
            if scope.sleep(wait.saturating_mul(share)).await.is_err() {
                break;
            }
            if let Ok(true) = is_done().await {
                return Ok(Done::Yes);
            }
        }
        Ok(Done::NobodyKnows(error))
    }

    /// Posts to many addresses of one collection what may safely be posted twice, in batches: an answer for each, in order.
    pub async fn post_all(&self, scope: &Scope, posts: Vec<(Endpoint, Json)>) -> Vec<Result<Json, Error>> {
        let requests = posts.into_iter().map(|(endpoint, body)| Request::action(&endpoint, body));
        self.write_all(scope, requests.collect()).await
    }

    /// Deletes many members of one collection in batches: for each, in order, false if there was none at its address. One
    /// such answer may come from a replica that is behind, so look again.
    pub async fn delete_all(&self, scope: &Scope, endpoints: Vec<Endpoint>) -> Vec<Result<bool, Error>> {
        let requests = endpoints.iter().map(Request::delete).collect();
        let answers = self.write_all(scope, requests).await.into_iter();
        answers.map(|answer| found(answer).map(|answer| answer.is_some())).collect()
    }

    /// Creates an object, never two: when an answer is lost, `look_up` is asked for the object before it is posted
    /// again, more than once, because what was just created is seen late.
    pub async fn create<F, Fut>(
        &self,
        scope: &Scope,
        endpoint: &Endpoint,
        object: Json,
        look_up: F,
    ) -> Result<Json, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<Option<Json>, Error>>,
    {
        let request = Request::create(endpoint, object);
        let _writing = self.coalescer.writing(endpoint.bare_path());
        let url = endpoint.url(self.root());
        let mut tries = Tries::new();
        let mut unsure = false;
        loop {
            let sent = self.sender.drive(scope, &request, &url, &mut tries).await;
            // What was read before this attempt says nothing about what it did.
            self.coalescer.changed(endpoint.bare_path());
            let (error, wait, likely) = match sent {
                Ok(Sent::Done(reply)) => return document(&request, &reply),
                Ok(Sent::Unsure { error, wait, likely }) => (error, wait, likely),
                // Nothing more will be sent, but what was sent may have been carried out.
                Err(error) if unsure || !error.kind().is_plain_refusal() => {
                    return look_up().await.ok().flatten().ok_or(error);
                }
                Err(error) => return Err(error),
            };
            unsure |= likely;
            info!(path = endpoint.path(), reason = ?error.kind(), "Looking whether the object was created all the same");
            let again: &[Duration] = if likely { &[LOOK_AGAIN, LOOK_AGAIN.saturating_mul(2)] } else { &[] };
            for wait in std::iter::once(wait).chain(again.iter().copied()) {
                if let Err(ended) = scope.sleep(wait).await {
                    return Err(Error::ended(ended, "a sign of the object being created").because(error));
                }
                if let Some(object) = look_up().await? {
                    return Ok(object);
                }
            }
        }
    }

    async fn write_all(&self, scope: &Scope, mut requests: Vec<Request>) -> Vec<Result<Json, Error>> {
        let mut batches = Vec::new();
        while !requests.is_empty() {
            let items: Vec<Request> = requests.drain(..requests.len().min(MOST_ITEMS)).collect();
            batches.push(self.write_batch(scope, items));
        }
        futures_util::stream::iter(batches).buffered(BATCHES_AT_ONCE).concat().await
    }

    async fn write_batch(&self, scope: &Scope, items: Vec<Request>) -> Vec<Result<Json, Error>> {
        let path = items.first().map(|request| request.endpoint.bare_path());
        let _writing = path.map(|path| self.coalescer.writing(path));
        self.sender.send_together(scope, &items).await
    }

    async fn write(&self, scope: &Scope, request: &Request) -> Result<Json, Error> {
        let _writing = self.coalescer.writing(request.endpoint.bare_path());
        self.sender.read(scope, request).await
    }
}

/// Whether something was carried out.
#[derive(Debug)]
pub enum Done {
    /// It was.
    Yes,
    /// It may have been: there was no answer that tells.
    NobodyKnows(Error),
}

fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The pacer keeps the budget; this only keeps it busy.
const BATCHES_AT_ONCE: usize = 4;
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use serde_json::json;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::graph::mock_transport::MockTransport;
    use crate::graph::wire::Fault;

    const LOST: u16 = 0;

    /// Creates a group at a server that answers so; the object is seen at the look of this number. Gives the outcome,
    /// the posts and the looks.
    async fn create(answers: &[u16], seen_at: Option<u32>) -> (Result<Json, Error>, usize, u32) {
        let answers = Mutex::new(VecDeque::from(answers.to_vec()));
        let server = MockTransport::new(
            || Duration::from_millis(100),
            move |_| match answers.lock().unwrap().pop_front().unwrap() {
                LOST => Err(Fault::ReplyLost("reset".into())),
                201 => Ok((201, json!({"id": "posted"}))),
                status => Ok((status, json!({"error": {"code": "X", "message": "no"}}))),
            },
        );
        let scope = Scope::new(CancellationToken::new(), Duration::from_secs(600));
        let looks = Mutex::new(0);
        let look_up = async || {
            *looks.lock().unwrap() += 1;
            Ok((Some(*looks.lock().unwrap()) == seen_at).then(|| json!({"id": "found"})))
        };
        let outcome =
            Graph::over(server.sender()).create(&scope, &Endpoint::v1("groups"), json!({}), look_up).await;
        (outcome, server.count(), looks.into_inner().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_creation_is_posted_again_only_when_looks_have_found_nothing() {
        let table = [
            (vec![201], None, "posted", 1, 0),
            (vec![429, 201], None, "posted", 2, 1),
            (vec![LOST], Some(1), "found", 1, 1),
            (vec![504], Some(3), "found", 1, 3),
            (vec![LOST, 201], None, "posted", 2, 3),
            (vec![LOST, 500, 201], None, "posted", 3, 6),
            // The first one was carried out, and is seen only now that the second is refused for it.
            (vec![LOST, 409], Some(4), "found", 2, 4),
            (vec![LOST, 400], Some(4), "found", 2, 4),
        ];
        for (answers, seen_at, id, posts, looks) in table {
            let (outcome, posted, looked) = create(&answers, seen_at).await;
            assert_eq!(
                (outcome.unwrap()["id"].as_str(), posted, looked),
                (Some(id), posts, looks),
                "{answers:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_creation_that_fails_says_why_and_looks_only_where_something_may_be() {
        let table = [
            (vec![400], ErrorKind::Refused, 0),
            (vec![409], ErrorKind::Conflict, 1),
            (vec![LOST, 403], ErrorKind::PermissionMissing, 4),
            (vec![LOST; 6], ErrorKind::Unreachable, 16),
        ];
        for (answers, kind, looks) in table {
            let (outcome, _, looked) = create(&answers, None).await;
            assert_eq!((outcome.unwrap_err().kind(), looked), (kind, looks), "{answers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_up_is_never_answered_from_before_the_creation() {
        let rows = Mutex::new(Vec::<Json>::new());
        let server = MockTransport::new(
            || Duration::from_millis(100),
            move |asked| {
                if asked.method == "POST" {
                    rows.lock().unwrap().push(json!({"id": "1", "name": asked.body["name"]}));
                    return Err(Fault::ReplyLost("reset".into()));
                }
                Ok((200, json!({"value": *rows.lock().unwrap()})))
            },
        );
        let (graph, scope) = (Graph::over(server.sender()), Scope::until_cancelled(CancellationToken::new()));
        let (groups, graph) = (Collection::new(Endpoint::v1("groups")), &graph);
        let named = async |name: &'static str| {
            let found =
                graph.find(&scope, &groups, Search::new(name, move |row| row["name"] == name)).await?;
            Ok(found.into_iter().next())
        };
        // The list in memory is younger than the last search for x, and older than x.
        assert_eq!(named("x").await.unwrap(), None);
        graph.read_all(&scope, &groups).await.unwrap();
        let looks = Mutex::new(0);
        let look_up = || {
            *looks.lock().unwrap() += 1;
            named("x")
        };
        let created =
            graph.create(&scope, &Endpoint::v1("groups"), json!({"name": "x"}), look_up).await.unwrap();
        assert_eq!(looks.into_inner().unwrap(), 1, "the first look sees it");
        assert_eq!(created["id"], "1");
        assert_eq!(server.asked().iter().filter(|asked| asked.method == "POST").count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn looking_is_spread_over_the_time_in_which_new_objects_appear() {
        let started = Instant::now();
        create(&[LOST, 201], None).await.0.unwrap();
        assert!(started.elapsed() >= LOOK_AGAIN * 3);
    }

    /// However long each would have tried: who finds that nobody answers tells the others who read.
    #[tokio::test(start_paused = true)]
    async fn what_one_finds_out_of_reach_is_out_of_reach_for_all_who_read() {
        let server = MockTransport::new(|| Duration::ZERO, |_| Err(Fault::NotSent("refused".into())));
        let (graph, scope) = (Graph::over(server.sender()), Scope::until_cancelled(CancellationToken::new()));
        let (graph, scope) = (&graph, &scope);
        let started = Instant::now();
        let read = async |n: usize| {
            let endpoint = Endpoint::v1("groups").key(&n.to_string());
            (graph.get(scope, &endpoint).await.unwrap_err().kind(), started.elapsed())
        };
        let (kinds, ends): (Vec<_>, Vec<_>) =
            futures_util::future::join_all((0..50).map(read)).await.into_iter().unzip();
        assert_eq!(kinds, [ErrorKind::Unreachable; 50]);
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    }
}
