//! One page of a list, and where the next one is.

use std::collections::HashSet;

use url::Url;

use super::Json;
use super::cloud::{endpoint, is_loopback};
use super::error::Error;
use super::error_kind::ErrorKind;

/// Where Graph is. Nothing that carries a token goes anywhere else.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    url: Url,
    text: String,
}

impl Root {
    /// Reads a root as a person writes it: with or without a slash at its end; https, or http on this machine.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let url = endpoint(text).map_err(|error| {
            Error::new(ErrorKind::Refused, "The address of Microsoft Graph cannot be used").because(error)
        })?;
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_origin_of(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.origin() == self.url.origin())
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

/// One page.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Json>,
    /// Followed unchanged; an empty page may have one.
    pub(crate) next: Option<String>,
    /// `@odata.count`: rows in the whole list, where the service tells.
    pub(crate) count: Option<usize>,
}

impl Page {
    /// Reads a page; refuses a list that is none, and a next page on another host.
    pub(crate) fn read(mut body: Json, root: &Root) -> Result<Self, Error> {
        let Some(Json::Array(rows)) = body.get_mut("value").map(Json::take) else {
            return Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                "Microsoft Graph answered a list without its rows",
            ));
        };
        let next = match body.get("@odata.nextLink") {
            None | Some(Json::Null) => None,
            Some(Json::String(next)) if root.is_origin_of(next) => Some(next.clone()),
            Some(other) => {
                let place =
                    other.as_str().and_then(|next| Url::parse(next).ok()?.host_str().map(str::to_owned));
                let place = place.unwrap_or_else(|| "a place that is no address".to_owned());
                let what = format!(
                    "The next page of a list is said to be at {place} instead of {}; the token is not sent there",
                    root.as_str()
                );
                return Err(Error::new(ErrorKind::UnexpectedAnswer, what));
            }
        };
        let count =
            body.get("@odata.count").and_then(Json::as_u64).and_then(|count| usize::try_from(count).ok());
        Ok(Self { rows, next, count })
    }
}

/// The pages of a list so far: a list that leads in a circle, or on and on to nothing, is none.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    seen: HashSet<String>,
    empty: usize,
}

impl Trail {
    /// Takes note of a page, before the one it names is asked for.
    pub(crate) fn follow(&mut self, page: &Page) -> Result<(), Error> {
        self.empty = if page.rows.is_empty() { self.empty + 1 } else { 0 };
        let is_new = page.next.as_ref().is_none_or(|next| self.seen.insert(next.clone()));
        if is_new && self.empty <= MOST_EMPTY && self.seen.len() <= MOST_PAGES {
            return Ok(());
        }
        Err(Error::new(ErrorKind::UnexpectedAnswer, "A list of Microsoft Graph does not end"))
    }
}

/// Pages of nothing in a row. The directory answers a few where a filter leaves much out; how many is a guess.
const MOST_EMPTY: usize = 50;
/// A million devices at a thousand a page, and as many again.
const MOST_PAGES: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn root() -> Root {
        Root::parse("https://graph.microsoft.com/").unwrap()
    }

    #[test]
    fn reads_rows_count_and_the_next_page() {
        let next = "https://graph.microsoft.com/beta/x?$skiptoken=a%20b";
        let page =
            Page::read(json!({"@odata.count": 3, "@odata.nextLink": next, "value": [1]}), &root()).unwrap();
        assert_eq!(page, Page { rows: vec![json!(1)], next: Some(next.into()), count: Some(3) });
    }

    #[test]
    fn a_list_ends_before_it_goes_in_a_circle_or_on_for_ever() {
        let page =
            |rows: usize, next: String| Page { rows: vec![json!(1); rows], next: Some(next), count: None };
        let follow = |pages: &mut dyn Iterator<Item = Page>| {
            let mut trail = Trail::default();
            pages.take_while(|page| trail.follow(page).is_ok()).count()
        };
        assert_eq!(follow(&mut ["a", "b", "a"].iter().map(|next| page(1, (*next).to_owned()))), 2);
        assert_eq!(follow(&mut (0..).map(|n| page(0, n.to_string()))), MOST_EMPTY);
        assert_eq!(follow(&mut (0..).map(|n| page(1, n.to_string()))), MOST_PAGES);
        assert_eq!(follow(&mut (0..MOST_PAGES).map(|n| page(n % 2, n.to_string()))), MOST_PAGES);
    }

    #[test]
    fn an_empty_page_may_have_a_next_one() {
        let page =
            Page::read(json!({"value": [], "@odata.nextLink": "https://graph.microsoft.com/n"}), &root())
                .unwrap();
        assert!(page.rows.is_empty() && page.next.is_some());
    }

    #[test]
    fn refuses_a_next_page_elsewhere() {
        for next in [
            "https://evil.example/beta/x",
            "http://graph.microsoft.com/beta/x",
            "https://graph.microsoft.com:8443/beta/x",
            "https://graph.microsoft.com@evil.example/",
            "/beta/x",
        ] {
            let error = Page::read(json!({"value": [], "@odata.nextLink": next}), &root()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{next}");
            assert!(error.to_string().contains("the token is not sent there"));
        }
    }

    #[test]
    fn refuses_a_list_without_rows() {
        for body in [json!({}), json!({"value": {}}), json!("<html>"), Json::Null] {
            assert_eq!(Page::read(body, &root()).unwrap_err().kind(), ErrorKind::UnexpectedAnswer);
        }
    }
}
