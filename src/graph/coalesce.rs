//! Reads of one collection share their requests.
//!
//! Whoever reads joins the wave that is gathering. After a moment the wave goes: it is answered from what the list
//! knows, from pages worth reading (see [`Listing`]), and by `$batch` for the rest. Writes make void what was read
//! before they ended, so that nobody who comes after a write sees anything older.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use super::Json;
use super::batch::MOST_ITEMS;
use super::collection::Collection;
use super::error::{Error, Kind};
use super::listing::{Listing, Want};
use super::request::Request;
use super::scope::Scope;
use super::send::Sender;

/// The desks of all collections that were read so far.
#[derive(Default)]
pub(crate) struct Coalescer {
    desks: Mutex<HashMap<Collection, Arc<Desk>>>,
}

impl Coalescer {
    /// Reads from a collection, together with whoever else does.
    pub(crate) async fn read(
        &self,
        sender: &Arc<Sender>,
        scope: &Scope,
        collection: &Collection,
        want: Want,
    ) -> Result<Vec<Json>, Error> {
        let desk = Arc::clone(
            lock(&self.desks)
                .entry(collection.clone())
                .or_insert_with(|| Desk::new(collection)),
        );
        desk.ask(sender, scope, want).await
    }

    /// A write to this path, over when the guard is dropped: reads that begin later see nothing older.
    pub(crate) fn writing(self: &Arc<Self>, path: &str) -> Writing {
        Writing {
            desks: Arc::clone(self),
            path: path.to_owned(),
        }
    }
}

/// A write on its way.
pub(crate) struct Writing {
    desks: Arc<Coalescer>,
    path: String,
}

impl Drop for Writing {
    fn drop(&mut self) {
        for (collection, desk) in lock(&self.desks.desks).iter() {
            if collection.is_changed_by(&self.path) {
                desk.generation.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// Where reads of one collection meet.
struct Desk {
    collection: Collection,
    /// Counts writes that are over.
    generation: AtomicU64,
    queue: Mutex<Queue>,
    listing: tokio::sync::Mutex<Listing>,
    /// When each id and each search was last answered.
    told: Mutex<HashMap<String, Instant>>,
}

#[derive(Default)]
struct Queue {
    asks: Vec<Ask>,
    /// Alive while a wave is gathering and anybody waits for it.
    gathering: Weak<DropGuard>,
}

struct Ask {
    want: Want,
    asked_at: Instant,
    deadline: Option<Instant>,
    reply: oneshot::Sender<Result<Vec<Json>, Error>>,
}

impl Desk {
    fn new(collection: &Collection) -> Arc<Self> {
        Arc::new(Self {
            collection: collection.clone(),
            generation: AtomicU64::new(0),
            queue: Mutex::default(),
            listing: tokio::sync::Mutex::new(Listing::new(0)),
            told: Mutex::default(),
        })
    }

    async fn ask(
        self: Arc<Self>,
        sender: &Arc<Sender>,
        scope: &Scope,
        want: Want,
    ) -> Result<Vec<Json>, Error> {
        if let Some(answer) = self.recall(&want) {
            return Ok(answer);
        }
        let (reply, answer) = oneshot::channel();
        let ended = |ended| Error::ended(ended, format_args!("an answer about {}", self.collection.path()));
        // The wave lives as long as anybody waits for it.
        let _guard = {
            let mut queue = lock(&self.queue);
            queue.asks.push(Ask {
                want,
                asked_at: Instant::now(),
                deadline: scope.deadline(),
                reply,
            });
            match queue.gathering.upgrade() {
                Some(guard) => guard,
                None => {
                    let cancel = CancellationToken::new();
                    let guard = Arc::new(cancel.clone().drop_guard());
                    queue.gathering = Arc::downgrade(&guard);
                    tokio::spawn(
                        Arc::clone(&self)
                            .wave(Arc::clone(sender), cancel)
                            .in_current_span(),
                    );
                    guard
                }
            }
        };
        match scope.run(answer).await.map_err(ended)? {
            Ok(answer) => answer,
            Err(_) => Err(Error::new(
                Kind::UnexpectedAnswer,
                "A shared read ended without an answer",
            )),
        }
    }

    /// Answers everybody who gathered.
    async fn wave(self: Arc<Self>, sender: Arc<Sender>, cancel: CancellationToken) {
        tokio::time::sleep(GATHER).await;
        let asks = {
            let mut queue = lock(&self.queue);
            if cancel.is_cancelled() {
                return;
            }
            queue.gathering = Weak::new();
            std::mem::take(&mut queue.asks)
        };
        let asks: Vec<Ask> = asks.into_iter().filter(|ask| !ask.reply.is_closed()).collect();
        let scope = Scope::between(
            cancel,
            asks.iter()
                .map(|ask| ask.deadline)
                .max_by_key(|d| (d.is_none(), *d))
                .flatten(),
        );
        let asks = self.answer_from_list(&sender, &scope, asks).await;
        let refused = self.answer_by_batches(&sender, &scope, asks).await;
        if !refused.is_empty() {
            self.answer_from_list(&sender, &scope, refused).await;
        }
    }

    /// Answers whom the list can answer, reading on as far as it is worth it, and gives back the others.
    async fn answer_from_list(&self, sender: &Sender, scope: &Scope, asks: Vec<Ask>) -> Vec<Ask> {
        let (must, may): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(Ask::needs_list);
        if !must.is_empty() {
            self.answer_from_whole_list(sender, scope, must).await;
        }
        // Whoever reads the list now may need long for it, but what they read is likely to be our answer.
        let Ok(mut listing) = tokio::time::timeout(PATIENCE, self.listing.lock()).await else {
            return may;
        };
        self.renew(&mut listing);
        let mut open = self.tell(&listing, may);
        let batches = open.len().div_ceil(MOST_ITEMS);
        while !open.is_empty() && self.collection.is_listed() && listing.is_worth_reading(batches) {
            match self.read_page(sender, scope, &mut listing).await {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), Kind::Interrupted | Kind::TimedOut) => break,
                Err(_) => listing.give_up(Instant::now()),
            }
            open = self.tell(&listing, open);
        }
        listing.rent(open.len().div_ceil(MOST_ITEMS));
        open
    }

    /// Answers whom nothing but the whole list can answer.
    async fn answer_from_whole_list(&self, sender: &Sender, scope: &Scope, asks: Vec<Ask>) {
        let mut listing = self.listing.lock().await;
        self.renew(&mut listing);
        let asks = self.tell(&listing, asks);
        if asks.is_empty() {
            return;
        }
        *listing = Listing::new(self.generation.load(Ordering::SeqCst));
        let read = self.read_whole(sender, scope, &mut listing).await;
        for ask in self.tell(&listing, asks) {
            let error = read.as_ref().err().cloned().unwrap_or_else(unread);
            self.reply(ask, Err(error));
        }
    }

    /// Answers by `$batch`; gives back searches whose filter the service refuses.
    async fn answer_by_batches(&self, sender: &Sender, scope: &Scope, asks: Vec<Ask>) -> Vec<Ask> {
        let mut chunks = Vec::new();
        let mut asks = asks.into_iter();
        loop {
            let chunk: Vec<Ask> = asks.by_ref().take(MOST_ITEMS).collect();
            if chunk.is_empty() {
                break;
            }
            chunks.push(self.answer_by_batch(sender, scope, chunk));
        }
        iter(chunks).buffer_unordered(BATCHES_AT_ONCE).concat().await
    }

    async fn answer_by_batch(&self, sender: &Sender, scope: &Scope, asks: Vec<Ask>) -> Vec<Ask> {
        let requests: Vec<Request> = asks
            .iter()
            .map(|ask| self.collection.request(&ask.want))
            .collect();
        let answers = sender.read_together(scope, &requests).await;
        let mut refused = Vec::new();
        for ((mut ask, request), answer) in asks.into_iter().zip(&requests).zip(answers) {
            let answer = match (&mut ask.want, answer) {
                (Want::Search(search), Err(error)) if error.kind() == Kind::Refused => {
                    search.filter = None;
                    refused.push(ask);
                    continue;
                }
                (Want::Search(search), Ok(body)) => {
                    sender.rest_of_list(scope, request, body).await.map(|mut rows| {
                        rows.retain(|row| (search.matches)(row));
                        rows
                    })
                }
                (_, Ok(mut row)) => {
                    // What the list's rows do not have; whether a read was coalesced must not show.
                    if let Some(row) = row.as_object_mut() {
                        row.remove("@odata.context");
                    }
                    Ok(vec![row])
                }
                (_, Err(error)) if error.is_not_found() => Ok(Vec::new()),
                (_, Err(error)) => Err(error),
            };
            self.reply(ask, answer);
        }
        refused
    }

    async fn read_whole(&self, sender: &Sender, scope: &Scope, listing: &mut Listing) -> Result<(), Error> {
        while listing.next().is_some() {
            self.read_page(sender, scope, listing).await?;
        }
        Ok(())
    }

    async fn read_page(&self, sender: &Sender, scope: &Scope, listing: &mut Listing) -> Result<(), Error> {
        let Some(from) = listing.next() else { return Ok(()) };
        let asked_at = Instant::now();
        let page = sender.page(scope, &self.collection.all(), from).await?;
        listing.take(page, asked_at, Instant::now());
        Ok(())
    }

    fn renew(&self, listing: &mut Listing) {
        let generation = self.generation.load(Ordering::SeqCst);
        if !listing.is_fresh(generation, Instant::now()) {
            *listing = Listing::new(generation);
        }
    }

    /// Answers whom the list can answer and gives back the others.
    fn tell(&self, listing: &Listing, asks: Vec<Ask>) -> Vec<Ask> {
        let mut open = Vec::new();
        for ask in asks {
            match self.known(listing, &ask.want, ask.asked_at) {
                Some(answer) => self.reply(ask, Ok(answer)),
                None => open.push(ask),
            }
        }
        open
    }

    /// The answer, when it needs no request and nobody is reading the list just now.
    fn recall(&self, want: &Want) -> Option<Vec<Json>> {
        let listing = self.listing.try_lock().ok()?;
        let now = Instant::now();
        let answer = listing
            .is_fresh(self.generation.load(Ordering::SeqCst), now)
            .then(|| self.known(&listing, want, now))??;
        self.note(want);
        Some(answer)
    }

    fn known(&self, listing: &Listing, want: &Want, asked_at: Instant) -> Option<Vec<Json>> {
        if matches!(want, Want::One(_)) && !self.collection.is_listed() {
            return None;
        }
        let told = want.key().and_then(|key| lock(&self.told).get(&key).copied());
        listing.answer(want, asked_at, told)
    }

    /// Remembers that this was answered now.
    fn note(&self, want: &Want) {
        if let Some(key) = want.key() {
            lock(&self.told).insert(key, Instant::now());
        }
    }

    fn reply(&self, ask: Ask, answer: Result<Vec<Json>, Error>) {
        self.note(&ask.want);
        // Whoever stopped waiting does not need it.
        let _ = ask.reply.send(answer);
    }
}

impl Ask {
    fn needs_list(&self) -> bool {
        match &self.want {
            Want::One(_) => false,
            Want::Search(search) => search.filter.is_none(),
            Want::All => true,
        }
    }
}

fn unread() -> Error {
    Error::new(
        Kind::UnexpectedAnswer,
        "A list of Microsoft Graph ended before its end",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while a lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Short against any answer of Graph, long against the spread of Terraform's parallel calls.
const GATHER: Duration = Duration::from_millis(10);
const BATCHES_AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::AtomicUsize;

    use futures_util::future::join_all;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::graph::pretend::{Asked, Pretend, ROOT};
    use crate::graph::{Endpoint, Graph, Search};

    /// A collection that keeps the history of its members, newest last: a member that is gone holds `None`.
    #[derive(Default)]
    struct Things {
        history: Mutex<BTreeMap<String, Vec<Option<u64>>>>,
        writes: AtomicU64,
        page: usize,
        counted: bool,
    }

    impl Things {
        fn new(members: usize, page: usize, counted: bool) -> Arc<Self> {
            let history = (0..members).map(|n| (format!("id-{n}"), vec![Some(0)])).collect();
            Arc::new(Self {
                history: Mutex::new(history),
                page,
                counted,
                ..Self::default()
            })
        }

        fn respond(&self, asked: &Asked) -> (u16, Json) {
            if asked.url == "/beta/$batch" {
                let items = asked.body["requests"].as_array().unwrap();
                let answer = |item: &Json| {
                    let url = format!("/beta{}", item["url"].as_str().unwrap());
                    let (status, body) = self.respond(&Asked {
                        method: "GET".into(),
                        url,
                        body: Json::Null,
                    });
                    json!({"id": item["id"], "status": status, "body": body})
                };
                return (
                    200,
                    json!({"responses": items.iter().rev().map(answer).collect::<Vec<_>>()}),
                );
            }
            let mut history = self.history.lock().unwrap();
            let row = |(id, states): (&String, &Vec<Option<u64>>)| {
                states
                    .last()
                    .copied()
                    .flatten()
                    .map(|version| json!({"id": id, "version": version}))
            };
            let path = asked.url.strip_prefix("/beta/things").unwrap();
            match (asked.method.as_str(), path.strip_prefix('/')) {
                ("GET", Some(id)) => match history.get_key_value(id).and_then(row) {
                    Some(row) => (200, row),
                    None => (404, json!({"error": {"code": "ResourceNotFound", "message": id}})),
                },
                ("GET", None) => {
                    let skip: usize = path
                        .strip_prefix("?$skip=")
                        .map_or(0, |skip| skip.parse().unwrap());
                    let rows: Vec<Json> = history.iter().filter_map(row).collect();
                    let mut body =
                        json!({"value": rows.iter().skip(skip).take(self.page).collect::<Vec<_>>()});
                    if self.counted {
                        body["@odata.count"] = json!(rows.len());
                    }
                    if skip + self.page < rows.len() {
                        body["@odata.nextLink"] =
                            json!(format!("{ROOT}/beta/things?$skip={}", skip + self.page));
                    }
                    (200, body)
                }
                (method, Some(id)) => {
                    let version = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
                    history
                        .entry(id.to_owned())
                        .or_insert_with(|| vec![None])
                        .push((method != "DELETE").then_some(version));
                    (200, json!({ "version": version }))
                }
                _ => (501, Json::Null),
            }
        }
    }

    fn graph(things: &Arc<Things>, latencies: Vec<u64>) -> (Graph, Arc<Pretend>) {
        let (things, turn) = (Arc::clone(things), AtomicUsize::new(0));
        let latency =
            move || Duration::from_millis(latencies[turn.fetch_add(1, Ordering::SeqCst) % latencies.len()]);
        let server = Pretend::new(latency, move |asked| Ok(things.respond(asked)));
        (Graph::over(server.sender()), server)
    }

    fn things() -> Collection {
        Collection::new(Endpoint::beta("things"))
    }

    fn scope() -> Scope {
        Scope::new(CancellationToken::new(), Duration::from_secs(3600))
    }

    fn paused() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    }

    async fn read_ids(graph: &Graph, ids: impl Iterator<Item = usize>) -> Vec<Option<Json>> {
        let (scope, things) = (&scope(), &things());
        join_all(ids.map(|n| async move { graph.read_one(scope, things, &format!("id-{n}")).await.unwrap() }))
            .await
    }

    #[derive(Debug, Clone)]
    enum Step {
        Read(usize),
        ReadAll,
        Find(usize),
        Write(usize),
        Delete(usize),
        Pause(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0usize..30).prop_map(Step::Read),
            2 => Just(Step::ReadAll),
            2 => (0usize..30).prop_map(Step::Find),
            2 => (0usize..30).prop_map(Step::Write),
            1 => (0usize..30).prop_map(Step::Delete),
            3 => (0u64..40).prop_map(Step::Pause),
            1 => Just(Step::Pause(30_000)),
        ];
        proptest::collection::vec(step, 1..12)
    }

    /// What was seen of one member, and the writes that had ended when the reading began.
    fn check(things: &Things, id: &str, ended: usize, seen: Option<u64>) -> Result<(), TestCaseError> {
        let history = things.history.lock().unwrap();
        let states = history.get(id).map_or(&[][..], Vec::as_slice);
        let possible = &states[ended.min(states.len())..];
        prop_assert!(
            possible.contains(&seen) || (possible.is_empty() && seen.is_none()),
            "{} was seen as {:?}, which was over; possible were {:?}",
            id,
            seen,
            possible
        );
        Ok(())
    }

    async fn act(
        graph: &Graph,
        server: &Things,
        ended: &Mutex<BTreeMap<String, usize>>,
        steps: &[Step],
    ) -> Result<(), TestCaseError> {
        let (scope, things) = (scope(), things());
        let version = |row: &Json| row["version"].as_u64();
        for step in steps {
            let before = ended.lock().unwrap().clone();
            let ended_before = |id: &str| before.get(id).copied().unwrap_or(0);
            match step {
                Step::Pause(time) => tokio::time::sleep(Duration::from_millis(*time)).await,
                Step::Read(n) => {
                    let id = format!("id-{n}");
                    let seen = graph.read_one(&scope, &things, &id).await.unwrap();
                    check(server, &id, ended_before(&id), seen.as_ref().and_then(version))?;
                }
                Step::Find(n) => {
                    let id = format!("id-{n}");
                    let wanted = id.clone();
                    let search = Search::new(&id, move |row| row["id"] == wanted.as_str());
                    let seen = graph.find(&scope, &things, search).await.unwrap();
                    check(server, &id, ended_before(&id), seen.first().and_then(version))?;
                }
                Step::ReadAll => {
                    let rows = graph.read_all(&scope, &things).await.unwrap();
                    for n in 0..30 {
                        let id = format!("id-{n}");
                        let seen = rows.iter().find(|row| row["id"] == id.as_str()).and_then(version);
                        check(server, &id, ended_before(&id), seen)?;
                    }
                }
                Step::Write(n) | Step::Delete(n) => {
                    let id = format!("id-{n}");
                    let endpoint = Endpoint::beta("things").key(&id);
                    let position =
                        |server: &Things| server.history.lock().unwrap().get(&id).map_or(1, Vec::len);
                    let floor = position(server);
                    if matches!(step, Step::Write(_)) {
                        let answer = graph.patch(&scope, &endpoint, json!({})).await.unwrap();
                        let place = server.history.lock().unwrap()[&id]
                            .iter()
                            .position(|state| *state == answer["version"].as_u64())
                            .unwrap();
                        ended
                            .lock()
                            .unwrap()
                            .entry(id)
                            .and_modify(|p| *p = place.max(*p))
                            .or_insert(place);
                    } else {
                        graph.delete(&scope, &endpoint).await.unwrap();
                        // Its own state is behind those that were there when it began.
                        ended
                            .lock()
                            .unwrap()
                            .entry(id)
                            .and_modify(|p| *p = floor.max(*p))
                            .or_insert(floor);
                    }
                }
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        /// With pages of the whole collection; how lists behave that shift while they are read is the service's affair.
        #[test]
        fn any_interleaving_reads_what_an_uncoalesced_client_could_have_read(
            actors in proptest::collection::vec(steps(), 1..8),
            latencies in proptest::collection::vec(1u64..400, 1..9),
        ) {
            paused().block_on(async {
                let server = Things::new(25, 100, true);
                let (graph, _) = graph(&server, latencies);
                let ended = Mutex::default();
                let runs = actors.iter().map(|steps| act(&graph, &server, &ended, steps));
                join_all(runs).await.into_iter().collect::<Result<(), _>>()
            })?;
        }

        #[test]
        fn reads_at_once_cost_at_most_twice_the_cheapest(
            members in 1usize..600, share in 0.0f64..=1.0, page in 1usize..150, counted: bool, latency in 1u64..100,
        ) {
            let reads = ((members as f64 * share) as usize).max(1);
            let (cost, answers) = paused().block_on(async {
                let (graph, server) = graph(&Things::new(members, page, counted), vec![latency]);
                let answers = read_ids(&graph, 0..reads).await;
                (server.count(), answers)
            });
            let right = answers.iter().enumerate().all(|(n, row)| row.as_ref().unwrap()["id"] == format!("id-{n}"));
            prop_assert!(right);
            let cheapest = reads.div_ceil(MOST_ITEMS).min(members.div_ceil(page));
            prop_assert!(cost <= 2 * cheapest, "{} for {}", cost, cheapest);
        }
    }

    /// As Terraform does it: so many at a time, the next when one is done.
    async fn refresh(graph: &Graph, members: usize, parallelism: usize) {
        let (scope, things) = (&scope(), &things());
        iter(0..members)
            .map(|n| async move {
                let row = graph.read_one(scope, things, &format!("id-{n}")).await.unwrap();
                assert_eq!(row.unwrap()["id"], format!("id-{n}"));
            })
            .buffer_unordered(parallelism)
            .collect::<Vec<()>>()
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_costs_pages_and_not_devices() {
        let (graph, server) = graph(&Things::new(10_000, 1000, true), vec![100]);
        refresh(&graph, 10_000, 10).await;
        assert!(server.count() <= 20, "{} requests for 10 pages", server.count());
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_read_is_never_answered_from_memory() {
        let things_there = Things::new(100, 1000, true);
        let (graph, server) = graph(&things_there, vec![100]);
        read_ids(&graph, 0..100).await;
        assert_eq!(server.count(), 1);
        // Somebody else changes it.
        things_there
            .history
            .lock()
            .unwrap()
            .get_mut("id-7")
            .unwrap()
            .push(Some(99));
        assert_eq!(read_ids(&graph, 7..8).await[0].as_ref().unwrap()["version"], 99);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_read_while_a_write_was_on_its_way_is_void_when_the_write_is_over() {
        // The write takes effect at 500 ms and ends at 1000; the list is read at 60.
        let (graph, server) = graph(&Things::new(25, 1000, true), vec![1000, 100]);
        let (scope, collection) = (scope(), things());
        let thing = Endpoint::beta("things").key("id-7");
        let (written, listed) = tokio::join!(
            graph.patch(&scope, &thing, json!({})),
            graph.read_all(&scope, &collection)
        );
        assert!(listed.unwrap().contains(&json!({"id": "id-7", "version": 0})));
        let read = graph
            .read_one(&scope, &collection, "id-7")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(read["version"], written.unwrap()["version"]);
        assert_eq!(server.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn that_something_is_gone_is_told_by_its_own_address_only() {
        let (graph, server) = graph(&Things::new(50, 1000, true), vec![100]);
        let answers = read_ids(&graph, 30..70).await;
        assert_eq!(answers.iter().filter(|row| row.is_none()).count(), 20);
        assert_eq!(server.asked().last().unwrap().url, "/beta/$batch");
    }

    #[tokio::test(start_paused = true)]
    async fn members_with_details_are_never_taken_from_the_list() {
        let (graph, server) = graph(&Things::new(100, 1000, true), vec![100]);
        let (scope, things) = (&scope(), &Collection::with_details(Endpoint::beta("things")));
        let ids: Vec<String> = (0..100).map(|n| format!("id-{n}")).collect();
        join_all(ids.iter().map(|id| graph.read_one(scope, things, id))).await;
        graph.read_all(scope, things).await.unwrap();
        assert_eq!(
            server
                .asked()
                .iter()
                .filter(|asked| asked.url == "/beta/$batch")
                .count(),
            5
        );
        graph.read_one(scope, things, "id-100").await.unwrap();
        assert_eq!(server.count(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn searches_at_once_share_one_list() {
        let (graph, server) = graph(&Things::new(100, 50, false), vec![100]);
        let (graph, scope, things) = (&graph, &scope(), &things());
        let find = |n: usize| async move {
            let id = format!("id-{n}");
            graph
                .find(
                    scope,
                    things,
                    Search::new(&id.clone(), move |row| row["id"] == id.as_str()),
                )
                .await
                .unwrap()
        };
        let found = join_all((0..60).map(find)).await;
        assert!(found.iter().all(|rows| rows.len() == 1));
        assert_eq!(server.count(), 2);
        assert!(
            find(1).await.len() == 1 && server.count() == 4,
            "a repeated search reads anew"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lone_search_uses_its_filter_and_the_list_when_that_is_refused() {
        for refused in [false, true] {
            let server = Pretend::new(
                || Duration::from_millis(100),
                move |asked| {
                    Ok(match (asked.url.contains("$filter"), refused) {
                        (true, true) => (400, json!({"error": {"code": "BadRequest", "message": "no"}})),
                        _ => (
                            200,
                            json!({"value": [{"id": "a", "serial": "X1"}, {"id": "b", "serial": "X10"}]}),
                        ),
                    })
                },
            );
            let graph = Graph::over(server.sender());
            let search = || Search::new("X1", |row| row["serial"] == "X1").filter("contains(serial,'X1')");
            let found = graph.find(&scope(), &things(), search()).await.unwrap();
            assert_eq!(found, [json!({"id": "a", "serial": "X1"})]);
            let urls: Vec<String> = server.asked().into_iter().map(|asked| asked.url).collect();
            let filtered = "/beta/things?$filter=contains(serial,'X1')";
            assert_eq!(
                urls,
                if refused {
                    vec![filtered, "/beta/things"]
                } else {
                    vec![filtered]
                }
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_stops_waiting_does_not_disturb_the_others() {
        let (graph, server) = graph(&Things::new(30, 1000, true), vec![1000]);
        let cancel = CancellationToken::new();
        let (impatient, things) = (Scope::until_cancelled(cancel.clone()), things());
        let (a, b, ()) = tokio::join!(
            graph.read_one(&impatient, &things, "id-1"),
            read_ids(&graph, 2..3),
            async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                cancel.cancel();
            }
        );
        assert_eq!(a.unwrap_err().kind(), Kind::Interrupted);
        assert!(b[0].is_some());
        assert_eq!(server.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wave_nobody_waits_for_stops() {
        let (graph, server) = graph(&Things::new(30, 1, false), vec![1000]);
        let (scope, things) = (scope().within(Duration::from_millis(2500)), things());
        let error = graph.read_all(&scope, &things).await.unwrap_err();
        assert_eq!(error.kind(), Kind::TimedOut);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(server.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_cannot_be_read_does_not_stop_single_reads() {
        let server = Pretend::new(
            || Duration::from_millis(10),
            |asked| {
                Ok(match asked.url.as_str() {
                    "/beta/things" => (403, json!({"error": {"code": "Forbidden", "message": "no"}})),
                    _ => {
                        let items = asked.body["requests"].as_array().unwrap();
                        let parts: Vec<Json> = items
                            .iter()
                            .map(|item| json!({"id": item["id"], "status": 200, "body": {"id": "x"}}))
                            .collect();
                        (200, json!({ "responses": parts }))
                    }
                })
            },
        );
        let graph = Graph::over(server.sender());
        assert!(read_ids(&graph, 0..40).await.iter().all(Option::is_some));
        assert!(read_ids(&graph, 0..40).await.iter().all(Option::is_some));
        assert_eq!(
            server
                .asked()
                .iter()
                .filter(|asked| asked.url == "/beta/things")
                .count(),
            1
        );
    }
}
