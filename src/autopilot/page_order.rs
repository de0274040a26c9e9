//! The order of status pages, and one write at a time.
//!
//! A page's number is the service's to give, and belongs to the whole list: 1 is the strongest, moving one page shifts
//! others, a number that no page holds cannot be given, numbers of deleted pages are not used again. What users mean is the
//! order, so a priority is a rank. Writes of the collection that come too close together can leave
//! two pages with one number, which the service cannot repair. So this program writes one after the other, with a pause.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::collection::{NamedCollection, POLL_MAX, POLL_MIN};
use super::session::Session;
use crate::graph::{self, ErrorKind, Poll, Schedule, decode_all};
use crate::tf_provider::failure::Failure;

/// Who writes status pages of a tenant, and which places this run has reserved.
#[derive(Default)]
pub(crate) struct PageOrder(Mutex<PriorityLock>);

#[derive(Default)]
struct PriorityLock {
    last_write: Option<Instant>,
    reserved: Reserved,
}

/// Page ids by the priority they shall have.
type Reserved = BTreeMap<i64, String>;

/// The right to write once. The next lease begins a pause after this one is dropped.
pub(crate) struct Lease<'a>(MutexGuard<'a, PriorityLock>);

impl PageOrder {
    /// Waits for a lease, as long as the operation lasts.
    pub(crate) async fn lease(&self, session: &Session) -> Result<Lease<'_>, graph::Error> {
        let what = "a lease to write status pages";
        graph::wait(what, session.scope(), Schedule::every(Duration::ZERO), || async {
            let locked = self.0.lock().await;
            if let Some(last) = locked.last_write {
                tokio::time::sleep_until(last + pause(session)).await;
            }
            Ok(Poll::Ready(Lease(locked)))
        })
        .await
    }

    /// Moves a page to its place among `pages`, and pages of this run that thereby lose theirs back to it. Pages that this
    /// run has still to create are not waited for: whoever comes last puts all of them in order.
    pub(crate) async fn place(
        &self,
        session: &Session,
        pages: &NamedCollection,
        page: &str,
        priority: i64,
    ) -> Result<(), Failure> {
        self.lease(session).await?.reserve(page, priority);
        let what = format!("the {} {page} to have priority {priority}", pages.noun);
        graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
            let lease = self.lease(session).await?;
            let Some((moving, to)) = next_move(&numbered(session, pages).await?, lease.reserved()) else {
                return Ok(Poll::Ready(()));
            };
            let action = pages.member(&moving).then("setPriority");
            match session.post(&action, json!({"priority": to})).await {
                Ok(_) => Ok(Poll::Pending(format!("moving {moving} to {to}"))),
                // Somebody else moved or deleted pages meanwhile: the next look tells.
                Err(error) if error.kind() == ErrorKind::Refused => {
                    Ok(Poll::Pending(error.what().to_owned()))
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }
}

/// Whether a page, whose number is another one, has the place that a priority means: numbers of deleted pages are not used
/// again, and the last of a few pages is the last, whatever place was asked for.
pub(crate) async fn has_place(
    session: &Session,
    pages: &NamedCollection,
    page: &str,
    priority: i64,
) -> Result<bool, graph::Error> {
    let pages = numbered(session, pages).await?;
    let rank = pages.iter().position(|(id, _)| id == page);
    Ok(rank.is_some_and(|rank| rank == wanted_rank(priority).min(pages.len() - 1)))
}

/// The pages with their numbers, the strongest first.
async fn numbered(session: &Session, pages: &NamedCollection) -> Result<Vec<(String, i64)>, graph::Error> {
    let all = decode_all::<Numbered>(&pages.all(session).await?)?.into_iter();
    let mut all: Vec<(String, i64)> = all.filter_map(|one| Some((one.id, one.priority?))).collect();
    all.sort_by_key(|(_, number)| *number);
    Ok(all)
}

/// What is read of a page to tell its place.
#[derive(Deserialize)]
pub(crate) struct Numbered {
    id: String,
    pub(crate) priority: Option<i64>,
}

impl Lease<'_> {
    /// Promises a page its place for the rest of this run: whenever another page moves, this one is put back.
    fn reserve(&mut self, page: &str, priority: i64) {
        self.0.reserved.retain(|_, other| other != page);
        self.0.reserved.insert(priority, page.to_owned());
    }

    /// Takes back what was reserved to a page.
    pub(crate) fn forget(&mut self, page: &str) {
        self.0.reserved.retain(|_, other| other != page);
    }

    fn reserved(&self) -> &Reserved {
        &self.0.reserved
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.0.last_write = Some(Instant::now());
    }
}

/// The next page to move, and the number to move it to, so that all reservations are kept that can be: from the strongest place
/// on, because a move shifts only pages behind the place it leads to. Nothing if no move helps.
fn next_move(pages: &[(String, i64)], reserved: &Reserved) -> Option<(String, i64)> {
    reserved.iter().find_map(|(priority, page)| {
        let (holder, number) = pages.get(wanted_rank(*priority))?;
        let is_elsewhere = holder != page && pages.iter().any(|(id, _)| id == page);
        is_elsewhere.then(|| (page.clone(), *number))
    })
}

/// Counted from 0.
fn wanted_rank(priority: i64) -> usize {
    usize::try_from(priority - 1).unwrap_or_default()
}

/// How long to wait for what a tenant may not keep.
pub(crate) fn patience(session: &Session) -> Duration {
    (pause(session) * 20).max(Duration::from_secs(2))
}

/// The pause between two writes: what the service needs to see the first one; a tenant on this machine sees it at once.
fn pause(session: &Session) -> Duration {
    if session.graph().is_local() { Duration::ZERO } else { Duration::from_secs(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the service does: the page takes the place, those between shift, numbers in use stay the same.
    fn set_priority(pages: &mut [(String, i64)], page: &str, priority: i64) {
        pages.sort_by_key(|(_, now)| *now);
        let numbers: Vec<i64> = pages.iter().map(|(_, now)| *now).collect();
        let mut order: Vec<String> = pages.iter().map(|(id, _)| id.clone()).collect();
        let from = order.iter().position(|id| id == page).unwrap();
        let to = numbers.iter().position(|number| *number == priority).unwrap();
        let moved = order.remove(from);
        order.insert(to, moved);
        for (slot, (id, number)) in pages.iter_mut().zip(order.into_iter().zip(numbers)) {
            *slot = (id, number);
        }
    }

    fn arranged(pages: &[(&str, i64)], reserved: &[(i64, &str)]) -> (Vec<(String, i64)>, usize) {
        let mut pages: Vec<_> = pages.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect();
        let reserved: Reserved = reserved.iter().map(|(n, id)| (*n, (*id).to_owned())).collect();
        let mut moves = 0;
        pages.sort_by_key(|(_, number)| *number);
        while let Some((page, to)) = next_move(&pages, &reserved) {
            set_priority(&mut pages, &page, to);
            moves += 1;
            assert!(moves < 20, "no end: {pages:?}");
        }
        (pages, moves)
    }

    #[test]
    fn every_promise_that_can_be_kept_is_kept_in_few_moves() {
        let (pages, moves) =
            arranged(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)], &[(1, "d"), (2, "c"), (4, "a")]);
        let expected = [("d", 1), ("c", 2), ("b", 3), ("a", 4)].map(|(id, n)| (id.to_owned(), n));
        assert_eq!(pages, expected);
        assert_eq!(moves, 3);
    }

    #[test]
    fn where_numbers_have_gaps_the_order_counts() {
        let (pages, moves) = arranged(&[("a", 1), ("b", 3), ("c", 7)], &[(1, "a"), (2, "c"), (3, "b")]);
        assert_eq!(pages, [("a", 1), ("c", 3), ("b", 7)].map(|(id, n)| (id.to_owned(), n)));
        assert_eq!(moves, 1);
    }

    #[test]
    fn a_page_that_has_its_place_is_never_moved_there_again() {
        assert_eq!(arranged(&[("a", 1), ("b", 2)], &[(1, "a"), (2, "b")]).1, 0);
    }

    #[test]
    fn a_place_that_no_page_holds_is_not_asked_for() {
        assert_eq!(arranged(&[("a", 2), ("b", 3)], &[(1, "a")]).1, 0, "a gap at the front");
        assert_eq!(arranged(&[("a", 1)], &[(7, "a")]).1, 0, "beyond the end");
        assert_eq!(arranged(&[("a", 1)], &[(1, "gone")]).1, 0, "a page that is gone");
    }
}
