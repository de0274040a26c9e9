//! A list read page by page, for whoever may have enough before its end.

use std::sync::Arc;

use super::Json;
use super::error::Error;
use super::page::{Page, Trail};
use super::request::Request;
use super::scope::Scope;
use super::send::Sender;

/// The pages of a list.
pub struct Pages {
    sender: Arc<Sender>,
    list: Request,
    trail: Trail,
    left: Left,
}

/// What is left to read.
enum Left {
    All,
    From(String),
    Nothing,
}

impl Pages {
    pub(super) fn new(sender: Arc<Sender>, list: Request) -> Self {
        Self { sender, list, trail: Trail::default(), left: Left::All }
    }

    /// The rows of the next page, which may be none; nothing at the list's end.
    ///
    /// # Errors
    /// As for a whole list.
    pub async fn next(&mut self, scope: &Scope) -> Result<Option<Vec<Json>>, Error> {
        let from = match &self.left {
            Left::All => None,
            Left::From(address) => Some(address.as_str()),
            Left::Nothing => return Ok(None),
        };
        let page = self.sender.page(scope, &self.list, from).await?;
        self.trail.follow(&page).map_err(|error| error.during(&self.list))?;
        let Page { rows, next, .. } = page;
        self.left = next.map_or(Left::Nothing, Left::From);
        Ok(Some(rows))
    }
}
