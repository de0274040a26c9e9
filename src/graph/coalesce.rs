//! Reads of one collection share their requests.
//!
//! Whoever reads joins the batch that is gathering. After a moment the batch goes: it is answered from what the list
//! knows, from pages worth reading (see [`Listing`]), and by `$batch` for the rest. Writes make void what was read
//! before they ended, so that nobody who comes after a write sees anything older.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use super::Json;
use super::batch::MOST_ITEMS;
use super::collection::{Collection, Want};
use super::error::Error;
use super::error_kind::ErrorKind;
use super::listing::Listing;
use super::reply::is_object;
use super::request::Request;
use super::scope::Scope;
use super::send::Sender;

/// The pending reads of all collections that were read so far.
#[derive(Default)]
pub(crate) struct Coalescer {
    collections: Mutex<HashMap<Collection, Arc<PendingReads>>>,
    writes: AtomicU64,
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
        let pending = Arc::clone(
            self.collections
                .lock()
                .entry(collection.clone())
                .or_insert_with(|| PendingReads::new(collection)),
        );
        pending.read(sender, scope, want).await
    }

    /// A write to this path, over when the guard is dropped: reads that begin later see nothing older.
    pub(crate) fn writing(self: &Arc<Self>, path: &str) -> Writing {
        Writing { coalescer: Arc::clone(self), path: path.to_owned() }
    }

    /// How many writes are over.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Something may have been written at this path: reads that begin later see nothing older than now.
    pub(crate) fn changed(&self, path: &str) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        for (collection, pending) in self.collections.lock().iter() {
            if collection.is_changed_by(path) {
                pending.generation.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// A write on its way.
pub(crate) struct Writing {
    coalescer: Arc<Coalescer>,
    path: String,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.coalescer.changed(&self.path);
    }
}

/// Where reads of one collection meet.
struct PendingReads {
    collection: Collection,
    /// Counts writes that are over.
    generation: AtomicU64,
    queue: Mutex<Queue>,
    listing: tokio::sync::Mutex<Listing>,
    /// When each id and each search was last answered.
    answered_at: Mutex<HashMap<String, Instant>>,
}

#[derive(Default)]
struct Queue {
    waiters: Vec<Waiter>,
    /// Alive while a batch is gathering and anybody waits for it.
    gathering: Weak<DropGuard>,
}

struct Waiter {
    want: Want,
    asked_at: Instant,
    deadline: Option<Instant>,
    reply: oneshot::Sender<Result<Vec<Json>, Error>>,
}

impl PendingReads {
    fn new(collection: &Collection) -> Arc<Self> {
        Arc::new(Self {
            collection: collection.clone(),
            generation: AtomicU64::new(0),
            queue: Mutex::default(),
            listing: tokio::sync::Mutex::new(Listing::new(0)),
            answered_at: Mutex::default(),
        })
    }

    async fn read(
        self: Arc<Self>,
        sender: &Arc<Sender>,
        scope: &Scope,
        want: Want,
    ) -> Result<Vec<Json>, Error> {
        if let Some(answer) = self.cached(&want) {
            return Ok(answer);
        }
        let (reply, answer) = oneshot::channel();
        let ended = |ended| Error::ended(ended, format_args!("an answer about {}", self.collection.path()));
        // The batch lives as long as anybody waits for it.
        let _guard = {
            let mut queue = self.queue.lock();
            queue.waiters.push(Waiter { want, asked_at: Instant::now(), deadline: scope.deadline(), reply });
            match queue.gathering.upgrade() {
                Some(guard) => guard,
                None => {
                    let cancel = CancellationToken::new();
                    let guard = Arc::new(cancel.clone().drop_guard());
                    queue.gathering = Arc::downgrade(&guard);
                    tokio::spawn(Arc::clone(&self).batch(Arc::clone(sender), cancel).in_current_span());
                    guard
                }
            }
        };
        match scope.run(answer).await.map_err(ended)? {
            Ok(answer) => answer,
            Err(_) => Err(Error::new(ErrorKind::UnexpectedAnswer, "A shared read ended without an answer")),
        }
    }

    /// Answers everybody who gathered.
    async fn batch(self: Arc<Self>, sender: Arc<Sender>, cancel: CancellationToken) {
        tokio::time::sleep(GATHER).await;
        let waiters = {
            let mut queue = self.queue.lock();
            if cancel.is_cancelled() {
                return;
            }
            queue.gathering = Weak::new();
            std::mem::take(&mut queue.waiters)
        };
        let waiters: Vec<Waiter> = waiters.into_iter().filter(|waiter| !waiter.reply.is_closed()).collect();
        let scope = Scope::between(
            cancel,
            waiters.iter().map(|waiter| waiter.deadline).max_by_key(|d| (d.is_none(), *d)).flatten(),
        );
        let waiters = match self.collection.is_listed() {
            true => self.answer_from_list(&sender, &scope, waiters).await,
            false => waiters,
        };
        let refused = self.answer_by_batches(&sender, &scope, waiters).await;
        if !refused.is_empty() {
            self.answer_from_list(&sender, &scope, refused).await;
        }
    }

    /// Answers whom the list can answer, reading on as far as it is worth it, and gives back the others.
    async fn answer_from_list(&self, sender: &Sender, scope: &Scope, waiters: Vec<Waiter>) -> Vec<Waiter> {
        let (must, may): (Vec<Waiter>, Vec<Waiter>) = waiters.into_iter().partition(Waiter::needs_list);
        if !must.is_empty() {
            self.answer_from_whole_list(sender, scope, must).await;
        }
        // Whoever reads the list now may need long for it, but what they read is likely to be our answer.
        let Ok(mut listing) = tokio::time::timeout(PATIENCE, self.listing.lock()).await else {
            return may;
        };
        self.renew(&mut listing);
        let mut open = self.complete(&listing, may);
        let batches = open.len().div_ceil(MOST_ITEMS);
        while !open.is_empty() && listing.is_worth_reading(batches) {
            match self.read_page(sender, scope, &mut listing).await {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::TimedOut) => break,
                Err(_) => listing.give_up(Instant::now()),
            }
            open = self.complete(&listing, open);
        }
        listing.add_cost(open.len().div_ceil(MOST_ITEMS));
        open
    }

    /// Answers whom nothing but the whole list can answer.
    async fn answer_from_whole_list(&self, sender: &Sender, scope: &Scope, waiters: Vec<Waiter>) {
        let mut listing = self.listing.lock().await;
        self.renew(&mut listing);
        let waiters = self.complete(&listing, waiters);
        if waiters.is_empty() {
            return;
        }
        *listing = Listing::new(self.generation.load(Ordering::SeqCst));
        let read = self.read_whole(sender, scope, &mut listing).await;
        for waiter in self.complete(&listing, waiters) {
            let error = read.as_ref().err().cloned().unwrap_or_else(unread);
            self.reply(waiter, Err(error));
        }
    }

    /// Answers by `$batch`; gives back searches whose filter the service refuses.
    async fn answer_by_batches(&self, sender: &Sender, scope: &Scope, waiters: Vec<Waiter>) -> Vec<Waiter> {
        let mut chunks = Vec::new();
        let mut waiters = waiters.into_iter();
        loop {
            let chunk: Vec<Waiter> = waiters.by_ref().take(MOST_ITEMS).collect();
            if chunk.is_empty() {
                break;
            }
            chunks.push(self.answer_by_batch(sender, scope, chunk));
        }
        iter(chunks).buffer_unordered(BATCHES_AT_ONCE).concat().await
    }

    async fn answer_by_batch(&self, sender: &Sender, scope: &Scope, waiters: Vec<Waiter>) -> Vec<Waiter> {
        let requests: Vec<Request> =
            waiters.iter().map(|waiter| self.collection.request(&waiter.want)).collect();
        let answers = sender.send_together(scope, &requests).await;
        let mut refused = Vec::new();
        for ((mut waiter, request), answer) in waiters.into_iter().zip(&requests).zip(answers) {
            let answer = match (&mut waiter.want, answer) {
                (Want::Search(search), Err(error)) if error.kind() == ErrorKind::Refused => {
                    search.filter = None;
                    refused.push(waiter);
                    continue;
                }
                (Want::Search(search), Ok(body)) => {
                    sender.rest_of_list(scope, request, body).await.map(|mut rows| {
                        rows.retain(|row| (search.matches)(row));
                        rows
                    })
                }
                (Want::Below(_), Ok(body)) => sender.rest_of_list(scope, request, body).await,
                (_, Ok(row)) if !is_object(&row) => {
                    let what = "Microsoft Graph answered without the object that was asked for";
                    Err(Error::new(ErrorKind::UnexpectedAnswer, what).during(request))
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
            self.reply(waiter, answer);
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
        let all = self.collection.all();
        let page = sender.page(scope, &all, from).await?;
        listing.take(page, asked_at, Instant::now()).map_err(|error| error.during(&all))
    }

    fn renew(&self, listing: &mut Listing) {
        let generation = self.generation.load(Ordering::SeqCst);
        if !listing.is_fresh(generation, Instant::now()) {
            *listing = Listing::new(generation);
        }
    }

    /// Answers whom the list can answer and gives back the others.
    fn complete(&self, listing: &Listing, waiters: Vec<Waiter>) -> Vec<Waiter> {
        let mut open = Vec::new();
        for waiter in waiters {
            match self.known(listing, &waiter.want, waiter.asked_at) {
                Some(answer) => self.reply(waiter, Ok(answer)),
                None => open.push(waiter),
            }
        }
        open
    }

    /// The answer, when it needs no request and nobody is reading the list just now.
    fn cached(&self, want: &Want) -> Option<Vec<Json>> {
        let listing = self.listing.try_lock().ok()?;
        let now = Instant::now();
        let answer = listing
            .is_fresh(self.generation.load(Ordering::SeqCst), now)
            .then(|| self.known(&listing, want, now))??;
        self.note(want);
        Some(answer)
    }

    fn known(&self, listing: &Listing, want: &Want, asked_at: Instant) -> Option<Vec<Json>> {
        let answered_at = want.key().and_then(|key| self.answered_at.lock().get(&key).copied());
        listing.answer(want, asked_at, answered_at)
    }

    /// Remembers that this was answered now.
    fn note(&self, want: &Want) {
        if let Some(key) = want.key() {
            self.answered_at.lock().insert(key, Instant::now());
        }
    }

    fn reply(&self, waiter: Waiter, answer: Result<Vec<Json>, Error>) {
        self.note(&waiter.want);
        // Whoever stopped waiting does not need it.
        let _ = waiter.reply.send(answer);
    }
}

impl Waiter {
    fn needs_list(&self) -> bool {
        match &self.want {
            Want::One(_) | Want::Below(_) => false,
            Want::Search(search) => search.filter.is_none(),
            Want::All => true,
        }
    }
}

fn unread() -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, "A list of Microsoft Graph ended before its end")
}

/// Short against any answer of Graph, long against the spread of Terraform's parallel calls.
const GATHER: Duration = Duration::from_millis(10);
const BATCHES_AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;
