//! The list of one collection, read page by page: what it knows, and when reading on is worth it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Json;
use super::collection::{Want, key};
use super::error::Error;
use super::page::{Page, Trail};

/// Rows read so far, with the place where reading goes on.
///
/// Reading on is the ski-rental problem: batches cost something for each read, the list once. Reading the list as soon as
/// batches have cost as much never costs more than twice the cheaper of the two, whoever comes later. While the list's
/// cost is unknown it is read page by page, never at more than what batches have cost.
pub(crate) struct Listing {
    /// The collection's count of writes when reading began; rows of another generation are void.
    pub(crate) generation: u64,
    rows: Vec<Row>,
    by_id: HashMap<String, usize>,
    cursor: Cursor,
    trail: Trail,
    pages: usize,
    /// Pages of the whole list, once the service has said how many rows there are.
    list_cost: Option<usize>,
    batch_cost: usize,
    started: Option<Instant>,
    reading: Duration,
}

struct Row {
    json: Json,
    /// When its page was asked for; what it says is not older.
    read_at: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cursor {
    Start,
    At(String),
    End,
    /// The list cannot be read; members are read by themselves.
    Broken,
}

impl Listing {
    pub(crate) fn new(generation: u64) -> Self {
        Self {
            generation,
            rows: Vec::new(),
            by_id: HashMap::new(),
            cursor: Cursor::Start,
            trail: Trail::default(),
            pages: 0,
            list_cost: None,
            batch_cost: 0,
            started: None,
            reading: Duration::ZERO,
        }
    }

    /// Whether its rows may still be used. A list that took long to read may be used for longer.
    pub(crate) fn is_fresh(&self, generation: u64, now: Instant) -> bool {
        self.generation == generation
            && self.started.is_none_or(|started| now < started + LIFE + self.reading.saturating_mul(3))
    }

    /// Where the next page is: `None` when there is none, `Some(None)` for the first.
    pub(crate) fn next(&self) -> Option<Option<&str>> {
        match &self.cursor {
            Cursor::Start => Some(None),
            Cursor::At(url) => Some(Some(url)),
            Cursor::End | Cursor::Broken => None,
        }
    }

    /// Whether reading the next page is worth it when `batches` would answer everybody who waits now.
    pub(crate) fn is_worth_reading(&self, batches: usize) -> bool {
        let spent = self.batch_cost + batches;
        match (&self.cursor, self.list_cost) {
            (Cursor::End | Cursor::Broken, _) => false,
            (_, Some(price)) if self.pages < price => price - self.pages <= spent,
            _ => self.pages + 1 < spent,
        }
    }

    /// Notes batches that were sent because reading on was not worth it.
    pub(crate) fn add_cost(&mut self, batches: usize) {
        self.batch_cost += batches;
    }

    /// Takes a page in. Fails if the list does not end.
    pub(crate) fn take(&mut self, page: Page, asked_at: Instant, now: Instant) -> Result<(), Error> {
        self.trail.follow(&page)?;
        self.started.get_or_insert(asked_at);
        self.reading += now - asked_at;
        self.pages += 1;
        if let (1, Some(count), rows @ 1..) = (self.pages, page.count, page.rows.len()) {
            self.list_cost = Some(count.div_ceil(rows));
        }
        for json in page.rows {
            if let Some(id) = json["id"].as_str() {
                self.by_id.insert(key(id), self.rows.len());
            }
            self.rows.push(Row { json, read_at: asked_at });
        }
        self.cursor = page.next.map_or(Cursor::End, Cursor::At);
        Ok(())
    }

    /// Leaves the list alone for as long as its rows would have lived.
    pub(crate) fn give_up(&mut self, now: Instant) {
        self.started.get_or_insert(now);
        self.cursor = Cursor::Broken;
    }

    /// The answer, if the rows hold it. Rows read since `asked` answer everything; older ones a member or a search
    /// that was not answered, at `answered_at`, after they were read. That an object is missing here is no answer: only the
    /// object's own address tells that it is gone.
    pub(crate) fn answer(
        &self,
        want: &Want,
        asked: Instant,
        answered_at: Option<Instant>,
    ) -> Option<Vec<Json>> {
        let is_news = |read_at: Instant| {
            read_at >= asked || answered_at.is_none_or(|answered_at| read_at > answered_at)
        };
        let whole = self.started.filter(|_| self.cursor == Cursor::End);
        let rows = || self.rows.iter().map(|row| &row.json);
        match want {
            Want::One(id) => {
                let row = &self.rows[*self.by_id.get(&key(id))?];
                is_news(row.read_at).then(|| vec![row.json.clone()])
            }
            Want::Search(search) => {
                is_news(whole?).then(|| rows().filter(|row| (search.matches)(row)).cloned().collect())
            }
            Want::All => (whole? >= asked).then(|| rows().cloned().collect()),
            Want::Below(_) => None,
        }
    }
}

const LIFE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Search;
    use proptest::prelude::*;
    use serde_json::json;

    fn page(ids: &[&str], next: bool, count: Option<usize>) -> Page {
        Page {
            rows: ids.iter().map(|id| json!({ "id": id })).collect(),
            next: next.then(|| uuid::Uuid::new_v4().to_string()),
            count,
        }
    }

    fn one(id: &str) -> Want {
        Want::One(id.to_owned())
    }

    fn search() -> Want {
        Want::Search(Search::new("x", |row| row["id"] == "a"))
    }

    #[test]
    fn a_row_is_used_unless_the_same_was_changed_since_it_was_read() {
        let t = Instant::now();
        let second = Duration::from_secs(1);
        let mut listing = Listing::new(0);
        listing.take(page(&["A", "b"], false, None), t, t + second).unwrap();
        let later = t + second * 2;
        assert_eq!(listing.answer(&one("a"), later, None), Some(vec![json!({"id": "A"})]));
        assert_eq!(listing.answer(&one("a"), later, Some(t - second)), Some(vec![json!({"id": "A"})]));
        assert_eq!(listing.answer(&one("a"), later, Some(t)), None);
        assert!(listing.answer(&one("a"), t, Some(later)).is_some(), "it was read since it was asked for");
        assert_eq!(listing.answer(&one("missing"), t, None), None, "a list does not prove absence");
    }

    #[test]
    fn searches_and_wholes_are_answered_from_a_whole_list_only() {
        let t = Instant::now();
        let mut listing = Listing::new(0);
        listing.take(page(&["a"], true, None), t, t).unwrap();
        assert_eq!(listing.answer(&search(), t, None), None);
        assert_eq!(listing.answer(&Want::All, t, None), None);
        listing.take(page(&["b"], false, None), t, t).unwrap();
        assert_eq!(listing.answer(&search(), t + LIFE, None).unwrap().len(), 1);
        assert_eq!(listing.answer(&search(), t + LIFE, Some(t)), None);
        assert_eq!(listing.answer(&Want::All, t, None).unwrap().len(), 2);
        assert_eq!(listing.answer(&Want::All, t + LIFE, None), None, "a whole is always read anew");
    }

    #[test]
    fn a_list_is_void_after_a_write_or_a_minute() {
        let t = Instant::now();
        let mut listing = Listing::new(3);
        assert!(listing.is_fresh(3, t + LIFE * 2), "nothing was read yet");
        listing.take(page(&["a"], false, None), t, t + Duration::from_secs(10)).unwrap();
        assert!(!listing.is_fresh(4, t));
        assert!(listing.is_fresh(3, t + Duration::from_secs(89)));
        assert!(!listing.is_fresh(3, t + Duration::from_secs(90)));
    }

    #[test]
    fn a_lone_read_never_lists_and_a_broken_list_is_left_alone() {
        let mut listing = Listing::new(0);
        assert!(!listing.is_worth_reading(1));
        assert!(listing.is_worth_reading(2));
        listing.give_up(Instant::now());
        assert!(!listing.is_worth_reading(1000));
    }

    /// Plays waves of reads against a list of `pages` pages of 20 rows, all of whose members are asked for in an order
    /// that helps nobody: no page read so far answers anything until the list is whole.
    fn cost(pages: usize, waves: &[usize], counted: bool) -> usize {
        let t = Instant::now();
        let mut listing = Listing::new(0);
        let mut requests = 0;
        for batches in waves {
            while listing.is_worth_reading(*batches) {
                let count = counted.then_some(pages * 20);
                listing.take(page(&["x"; 20], listing.pages + 1 < pages, count), t, t).unwrap();
                requests += 1;
            }
            if listing.cursor != Cursor::End {
                listing.add_cost(*batches);
                requests += batches;
            }
        }
        requests
    }

    proptest! {
        #[test]
        fn never_more_than_twice_the_cheapest(
            pages in 1usize..60, waves in proptest::collection::vec(1usize..40, 1..40), counted: bool,
        ) {
            let cheapest = waves.iter().sum::<usize>().min(pages);
            let cost = cost(pages, &waves, counted);
            prop_assert!(cost <= 2 * cheapest, "{} for {}", cost, cheapest);
        }
    }

    #[test]
    fn a_count_that_lies_does_not_make_us_read_for_ever() {
        let t = Instant::now();
        let mut listing = Listing::new(0);
        let mut pages = 0;
        while listing.is_worth_reading(5) {
            listing.take(page(&["x"], true, Some(1)), t, t).unwrap();
            pages += 1;
        }
        assert_eq!(pages, 4);
    }
}
