//! Cutting one page out of a collection.

use super::options::Direction;
use super::{Advanced, Entity, Options, Policy, QueryError, Schema, Support, eval, member};
use crate::emulator::world::collection::text;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The rows of one page, whole, and what goes with them.
#[derive(Clone, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<&'a Entity>,
    /// `@odata.count`.
    pub(crate) count: Option<usize>,
    /// `@odata.nextLink`.
    pub(crate) next: Option<String>,
    /// The properties to show of each row; `None` for the type's default set.
    pub(crate) select: Option<Vec<&'static str>>,
}

impl Policy {
    /// Applies the options to a collection. `url` is the address of the collection without a query, absolute, for the
    /// next link.
    pub(crate) fn list<'a>(
        &self,
        rows: impl IntoIterator<Item = &'a Entity>,
        options: &Options,
        schema: Schema,
        url: &str,
    ) -> Result<Page<'a>, QueryError> {
        let filter = self.filter(options, schema)?;
        let select = self.select(options, schema)?;
        self.check_expand(options, schema)?;
        self.check_search(options)?;
        let search = options.search.as_ref().filter(|_| self.search == Support::Honoured);
        for name in search.iter().flat_map(|search| search.properties()) {
            schema.property(name).ok_or_else(|| QueryError::bad_request(schema.lacks(name)))?;
        }
        let mut rows: Vec<&Entity> = rows
            .into_iter()
            .filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(row)))
            .filter(|row| search.is_none_or(|search| search.matches(row)))
            .collect();
        self.sort(&mut rows, options, schema)?;
        let counted = match self.advanced {
            Advanced::NeedsHeader => options.count && options.eventual,
            Advanced::Plain => options.count,
        };
        self.count.check()?;
        let count =
            (self.counts_unasked || (counted && self.count == Support::Honoured)).then_some(rows.len());

        let skip = match (options.skip, self.skip) {
            (Some(skip), Support::Honoured) => skip,
            (Some(_), support) => support.check().map(|()| 0)?,
            (None, _) => 0,
        };
        let start = match &options.skiptoken {
            Some(token) => SkipToken::read(token)?.position(&rows),
            None => skip,
        };
        let size = self.page_size(options)?;
        let rest = rows.get(start..).unwrap_or_default();
        let rows = rest.get(..size).unwrap_or(rest).to_vec();
        let next = match rows.last() {
            Some(last) if rest.len() > rows.len() && !self.top_is_a_limit(options) => {
                let token = SkipToken { offset: start + rows.len(), after: text(last, "id").to_owned() };
                Some(next_link(url, options, &token))
            }
            _ => None,
        };
        Ok(Page { rows, count, next, select })
    }

    /// Intune's `$top` is the number of rows wanted, the directory's the size of a page.
    fn top_is_a_limit(&self, options: &Options) -> bool {
        self.advanced == Advanced::Plain && options.top.is_some_and(|top| top <= self.max_page)
    }

    fn sort(&self, rows: &mut [&Entity], options: &Options, schema: Schema) -> Result<(), QueryError> {
        if options.orderby.is_empty() || self.orderby == Support::Ignored {
            return Ok(());
        }
        self.orderby.check()?;
        if options.filter.is_some() && !self.is_advanced(options) {
            return Err(QueryError::unsupported("Sorting not supported for current query."));
        }
        for (name, _) in &options.orderby {
            let first = name.split('/').next().unwrap_or(name);
            schema.property(first).ok_or_else(|| QueryError::bad_request(schema.lacks(first)))?;
        }
        let find = |row: &'_ Entity, path: &str| -> Value {
            let mut segments = path.split('/');
            let start = segments.next().and_then(|first| member(row, first));
            let found = segments.try_fold(start, |value, segment| Some(member(value?.as_object()?, segment)));
            found.flatten().cloned().unwrap_or_default()
        };
        rows.sort_by(|a, b| {
            let compare = |(path, direction): &(String, Direction)| {
                let order = eval::order(&find(a, path), &find(b, path));
                if *direction == Direction::Descending { order.reverse() } else { order }
            };
            options
                .orderby
                .iter()
                .map(compare)
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(())
    }
}

/// Where a page ended. It names the last row, so that rows that come and go meanwhile neither repeat nor hide others.
struct SkipToken {
    offset: usize,
    after: String,
}

const TOKEN_PREFIX: &str = "RFNwdAIAAQAAAB";

impl SkipToken {
    fn write(&self) -> String {
        format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(format!("{}:{}", self.offset, self.after)))
    }

    fn read(token: &str) -> Result<Self, QueryError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(TOKEN_PREFIX)?).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let (offset, after) = text.split_once(':')?;
            Some(Self { offset: offset.parse().ok()?, after: after.to_owned() })
        };
        read().ok_or_else(|| QueryError {
            code: "Request_BadRequest",
            message: "Badly formed token. The value of the $skiptoken query option is not one that this service gave out."
                .to_owned(),
        })
    }

    fn position(&self, rows: &[&Entity]) -> usize {
        let expected = self.offset.checked_sub(1).and_then(|last| rows.get(last));
        if expected.is_some_and(|row| text(row, "id") == self.after) {
            return self.offset;
        }
        rows.iter().position(|row| text(row, "id") == self.after).map_or(self.offset, |at| at + 1)
    }
}

fn next_link(url: &str, options: &Options, token: &SkipToken) -> String {
    let kept = options.pairs.iter().filter(|(name, _)| name != "$skiptoken" && name != "$skip");
    let mut query: Vec<String> =
        kept.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    query.push(format!("$skiptoken={}", token.write()));
    format!("{url}?{}", query.join("&"))
}

fn encode(text: &str) -> String {
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'$').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::api::odata::testing::DEVICES;
    use crate::emulator::api::odata::{FilterPolicy, Op};
    use serde_json::json;

    const URL: &str = "https://graph.microsoft.com/v1.0/devices";

    fn devices(count: usize) -> Vec<Entity> {
        let device = |n: usize| {
            json!({"id": format!("id-{n}"), "displayName": format!("PC {n:04}"), "deviceVersion": n % 3,
                   "accountEnabled": n.is_multiple_of(2)})
        };
        (0..count).map(|n| device(n).as_object().cloned().unwrap_or_default()).collect()
    }

    fn options(pairs: &[(&str, &str)], eventual: bool) -> Options {
        Options::read(pairs.iter().copied(), eventual).unwrap_or_else(|why| panic!("{pairs:?}: {why}"))
    }

    fn query_of(link: &str) -> Vec<(String, String)> {
        let url = url::Url::parse(link).unwrap_or_else(|why| panic!("{link}: {why}"));
        url.query_pairs().into_owned().collect()
    }

    #[test]
    fn following_next_links_shows_every_row_once() {
        let devices = devices(250);
        let mut asked = options(&[("$filter", "deviceVersion eq 1"), ("$top", "9")], false);
        let mut seen = Vec::new();
        loop {
            let page = Policy::DIRECTORY.list(&devices, &asked, DEVICES, URL).expect("it is supported");
            seen.extend(page.rows.iter().map(|row| text(row, "id").to_owned()));
            let Some(next) = page.next else { break };
            assert!(next.starts_with(&format!("{URL}?")), "{next}");
            asked = Options::read(query_of(&next), false).expect("a next link is well formed");
        }
        let wanted: Vec<_> = (0..250).filter(|n| n % 3 == 1).map(|n| format!("id-{n}")).collect();
        assert_eq!(seen, wanted);
    }

    #[test]
    fn rows_that_vanish_between_pages_hide_no_others() {
        let mut all = devices(6);
        let first =
            Policy::DIRECTORY.list(&all, &options(&[("$top", "3")], false), DEVICES, URL).expect("supported");
        let next = first.next.expect("there are more");
        all.remove(0);
        let asked = Options::read(query_of(&next), false).expect("a next link is well formed");
        let second = Policy::DIRECTORY.list(&all, &asked, DEVICES, URL).expect("supported");
        assert_eq!(text(second.rows[0], "id"), "id-3");
    }

    #[test]
    fn sorts_counts_and_selects() {
        let devices = devices(5);
        let asked = options(
            &[
                ("$orderby", "deviceversion desc,displayName"),
                ("$count", "true"),
                ("$select", "DisplayName"),
                ("$filter", "deviceVersion ne 0"),
            ],
            true,
        );
        let page = Policy::DIRECTORY.list(&devices, &asked, DEVICES, URL).expect("it is supported");
        let ids: Vec<_> = page.rows.iter().map(|row| text(row, "id")).collect();
        assert_eq!(ids, ["id-2", "id-1", "id-4"]);
        assert_eq!((page.count, page.select), (Some(3), Some(vec!["displayName"])));
    }

    #[test]
    fn the_directory_refuses_in_its_own_words() {
        for (pairs, eventual, code, message) in [
            (
                vec![("$filter", "displayName ne 'x'")],
                false,
                "Request_UnsupportedQuery",
                "Filter operator 'NotEqualsMatch' is not supported.",
            ),
            (
                vec![("$filter", "endswith(displayName,'x')")],
                false,
                "Request_UnsupportedQuery",
                "Unsupported Query.",
            ),
            (
                vec![("$filter", "contains(displayName,'x')"), ("$count", "true")],
                true,
                "Request_UnsupportedQuery",
                "Filter operator 'Contains' is not supported.",
            ),
            (
                vec![("$search", "\"displayName:x\"")],
                false,
                "Request_UnsupportedQuery",
                "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            ),
            (
                vec![("$filter", "displayName eq 'x'"), ("$orderby", "displayName")],
                false,
                "Request_UnsupportedQuery",
                "Sorting not supported for current query.",
            ),
            (
                vec![("$top", "1000")],
                false,
                "Request_UnsupportedQuery",
                "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
            ),
            (
                vec![("$top", "0")],
                false,
                "Request_UnsupportedQuery",
                "Invalid page size specified: '0'. Must be between 1 and 999 inclusive.",
            ),
            (vec![("$skip", "1")], false, "Request_BadRequest", "'$skip' is not supported by the service."),
            (
                vec![("$select", "id,wrong")],
                false,
                "BadRequest",
                "Parsing OData Select and Expand failed: Could not find a property named 'wrong' on type 'microsoft.graph.device'.",
            ),
            (
                vec![("$select", "secretName")],
                false,
                "BadRequest",
                "Parsing OData Select and Expand failed: Could not find a property named 'secretName' on type 'microsoft.graph.device'.",
            ),
            (
                vec![("$expand", "manager")],
                false,
                "BadRequest",
                "Parsing OData Select and Expand failed: Could not find a property named 'manager' on type 'microsoft.graph.device'.",
            ),
            (
                vec![("$orderby", "wrong")],
                false,
                "BadRequest",
                "Could not find a property named 'wrong' on type 'microsoft.graph.device'.",
            ),
        ] {
            let asked = options(&pairs, eventual);
            let refusal = Policy::DIRECTORY.list(&devices(1), &asked, DEVICES, URL).expect_err(message);
            assert_eq!((refusal.code, refusal.message.as_str()), (code, message));
        }
        let many: Vec<String> = (0..16).map(|n| format!("'{n}'")).collect();
        let asked = options(&[("$filter", &format!("id in ({})", many.join(",")))], false);
        let refusal = Policy::DIRECTORY.list(&devices(1), &asked, DEVICES, URL).expect_err("16 are too many");
        assert!(refusal.message.ends_with("'OR' operators: 16. Max allowed: 15."), "{refusal}");
    }

    #[test]
    fn intune_cuts_where_the_directory_refuses() {
        let devices = devices(10);
        let asked =
            options(&[("$top", "3"), ("$skip", "2"), ("$filter", "contains(displayName,'pc')")], false);
        let page = Policy::INTUNE.list(&devices, &asked, DEVICES, URL).expect("supported");
        assert_eq!((text(page.rows[0], "id"), page.rows.len(), page.next), ("id-2", 3, None));
        let strict = Policy {
            filter: FilterPolicy { refused_on: &[("displayName", Op::Eq)], ..Policy::INTUNE.filter },
            ..Policy::INTUNE
        };
        let refusal =
            strict.list(&devices, &options(&[("$filter", "displayName eq 'x'")], false), DEVICES, URL);
        assert_eq!(
            refusal.expect_err("eq is refused").message,
            "Unsupported or invalid query filter clause specified for property 'displayName' of resource 'Device'."
        );
    }

    #[test]
    fn a_made_up_skip_token_is_refused() {
        for token in ["", "x", "RFNwdAIAAQAAAB", "RFNwdAIAAQAAAB!!!"] {
            let asked = options(&[("$skiptoken", token)], false);
            assert!(Policy::DIRECTORY.list(&devices(1), &asked, DEVICES, URL).is_err(), "{token}");
        }
    }
}
