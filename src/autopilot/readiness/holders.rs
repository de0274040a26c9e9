//! In which of several lists an object is: the object itself is asked while few are looked for, and the lists are read
//! once many were.

use std::collections::{HashMap, HashSet};

use tokio::sync::Mutex;

use crate::autopilot::collection::id;
use crate::autopilot::session::Session;
use crate::graph::{self, Endpoint, ErrorKind, Pages};

/// Lists, each under the id of whose list it is, and which of them hold an object. Ids are in lower case.
pub(super) struct Holders {
    ids: Vec<String>,
    reading: Mutex<Reading>,
}

/// How far the lists are read.
struct Reading {
    /// Positions in `ids` of the lists that hold an object.
    found: HashMap<String, Vec<usize>>,
    /// Lists that are not read to their end.
    unread: Vec<(usize, Pages)>,
    /// How many objects were looked for.
    asked: usize,
    pages: usize,
    /// Whether the service lets us read the lists at all.
    is_allowed: bool,
}

impl Holders {
    /// The lists at these addresses, each with the id of whose list it is. Nothing is read yet.
    pub(super) fn new(session: &Session, lists: Vec<(String, Endpoint)>) -> Self {
        let (ids, addresses): (Vec<String>, Vec<Endpoint>) = lists.into_iter().unzip();
        let unread = addresses.iter().map(|address| session.graph().pages(address)).enumerate().collect();
        let ids = ids.into_iter().map(|id| id.to_lowercase()).collect();
        let reading = Reading { found: HashMap::new(), unread, asked: 0, pages: 0, is_allowed: true };
        Self { ids, reading: Mutex::new(reading) }
    }

    /// How many lists there are.
    pub(super) fn count(&self) -> usize {
        self.ids.len()
    }

    /// Those of the lists that these ids name.
    pub(super) fn named(&self, ids: &[String]) -> HashSet<String> {
        let ids: HashSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
        self.ids.iter().filter(|own| ids.contains(*own)).cloned().collect()
    }

    /// The lists that hold an object; nothing as long as it is cheaper to ask the object itself. A page is read for each
    /// object after the first [`ALONE`], so that never more than twice the cheaper of the two is spent.
    pub(super) async fn of(
        &self,
        session: &Session,
        object: &str,
    ) -> Result<Option<HashSet<String>>, graph::Error> {
        let mut reading = self.reading.lock().await;
        reading.asked += 1;
        while reading.is_worth_a_page() {
            reading.read_page(session).await?;
        }
        if !reading.is_allowed || !reading.unread.is_empty() {
            return Ok(None);
        }
        let found = reading.found.get(&object.to_lowercase()).into_iter().flatten();
        Ok(Some(found.map(|at| self.ids[*at].clone()).collect()))
    }
}

impl Reading {
    fn is_worth_a_page(&self) -> bool {
        self.is_allowed && !self.unread.is_empty() && self.asked > ALONE + self.pages
    }

    async fn read_page(&mut self, session: &Session) -> Result<(), graph::Error> {
        let Some((at, pages)) = self.unread.last_mut() else { return Ok(()) };
        let at = *at;
        match pages.next(session.scope()).await {
            Ok(Some(rows)) => {
                self.pages += 1;
                for row in rows {
                    self.found.entry(id(&row).to_lowercase()).or_default().push(at);
                }
            }
            Ok(None) => drop(self.unread.pop()),
            // Whose list it is has been deleted, and something still refers to it.
            Err(error) if error.is_not_found() => drop(self.unread.pop()),
            Err(error) if is_of_the_list(&error) => {
                self.is_allowed = false;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Whether it is this list that cannot be had, and not all of Graph.
fn is_of_the_list(error: &graph::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionMissing | ErrorKind::Refused | ErrorKind::ServiceFault)
}

/// How many objects are asked one by one before a list is read.
const ALONE: usize = 20;
