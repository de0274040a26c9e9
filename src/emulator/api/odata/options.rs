//! The query options of one request, read but not yet judged.

use super::QueryError;
use super::search::Search;

/// What a client asked for. The filter stays text until a collection's schema is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) filter: Option<String>,
    /// Names as written; empty when there is no `$select`.
    pub(crate) select: Vec<String>,
    pub(crate) orderby: Vec<(String, Direction)>,
    pub(crate) top: Option<usize>,
    pub(crate) skip: Option<usize>,
    pub(crate) skiptoken: Option<String>,
    pub(crate) count: bool,
    pub(crate) search: Option<Search>,
    pub(crate) expand: Vec<Expand>,
    /// Whether the request says `ConsistencyLevel: eventual`.
    pub(crate) eventual: bool,
    /// Everything as it came, for the next link.
    pub(crate) pairs: Vec<(String, String)>,
}

/// One item of `$expand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expand {
    /// The navigation property as written.
    pub(crate) name: String,
    /// Its nested `$select`.
    pub(crate) select: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Options {
    /// Reads decoded pairs. Options may be written without `$`; parameters that are no OData options are left alone,
    /// unknown ones with `$` are refused.
    pub(crate) fn read<N, V>(
        pairs: impl IntoIterator<Item = (N, V)>,
        eventual: bool,
    ) -> Result<Self, QueryError>
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let mut options = Self { eventual, ..Self::default() };
        for (written, value) in pairs {
            let (written, value) = (written.as_ref(), value.as_ref());
            let name = written.trim_start_matches('$').to_ascii_lowercase();
            let known = options.set(&name, value)?;
            if !known && written.starts_with('$') {
                return Err(QueryError::bad_request(format!(
                    "The query parameter '{written}' is not supported."
                )));
            }
            if known && options.pairs.iter().any(|(before, _)| *before == format!("${name}")) {
                return Err(QueryError::bad_request(format!(
                    "Query option '${name}' was specified more than once, but it must be specified at most once."
                )));
            }
            let kept = if known { format!("${name}") } else { written.to_owned() };
            options.pairs.push((kept, value.to_owned()));
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<bool, QueryError> {
        match name {
            "filter" => self.filter = Some(value.to_owned()),
            "select" => self.select = names(value),
            "orderby" => self.orderby = orderby(value)?,
            "top" => self.top = Some(whole("top", value)?),
            "skip" => self.skip = Some(whole("skip", value)?),
            "skiptoken" => self.skiptoken = Some(value.to_owned()),
            "search" => self.search = Some(Search::parse(value)?),
            "expand" => self.expand = split(value).into_iter().map(expand).collect(),
            "count" => {
                self.count = match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(QueryError::bad_request(format!(
                            "Invalid value '{value}' for $count query option found. Valid values are 'true' and 'false'."
                        )));
                    }
                }
            }
            "format" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn orderby(list: &str) -> Result<Vec<(String, Direction)>, QueryError> {
    let item = |item: &str| {
        let mut words = item.split_whitespace();
        let name = words.next()?;
        let direction = match words.next().map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            Some(_) => return None,
        };
        words.next().is_none().then(|| (name.to_owned(), direction))
    };
    let items: Option<Vec<_>> = list.split(',').map(item).collect();
    items.ok_or_else(|| {
        QueryError::bad_request(format!("Syntax error at position {} in '{list}'.", list.len()))
    })
}

fn whole(name: &str, value: &str) -> Result<usize, QueryError> {
    let number = value.parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| {
        QueryError::bad_request(format!(
            "Invalid value '{value}' for ${name} query option found. The ${name} query option requires a non-negative \
             integer value."
        ))
    })
}

fn expand(item: &str) -> Expand {
    let (name, inner) = match item.split_once('(') {
        Some((name, inner)) => (name, inner.strip_suffix(')').unwrap_or(inner)),
        None => (item, ""),
    };
    let select = inner.split(';').find_map(|option| {
        let (name, value) = option.split_once('=')?;
        name.trim().trim_start_matches('$').eq_ignore_ascii_case("select").then(|| names(value))
    });
    Expand { name: name.trim().to_owned(), select: select.unwrap_or_default() }
}

/// Splits at the commas that stand outside parentheses.
fn split(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let outside = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    list.split(outside).map(str::trim).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_options_with_and_without_the_dollar() {
        let options = Options::read(
            [
                ("$select", "id, displayName"),
                ("top", "5"),
                ("$COUNT", "true"),
                ("$orderby", "displayName desc,id"),
                ("$expand", "members($select=id,displayName;$top=5),owners"),
                ("api-version", "1"),
            ],
            false,
        )
        .expect("all are well formed");
        assert_eq!(options.select, ["id", "displayName"]);
        assert_eq!((options.top, options.count), (Some(5), true));
        assert_eq!(options.orderby[0], ("displayName".to_owned(), Direction::Descending));
        assert_eq!(options.expand[0].select, ["id", "displayName"]);
        assert_eq!(options.expand[1], Expand { name: "owners".to_owned(), select: Vec::new() });
    }

    #[test]
    fn refuses_what_odata_refuses() {
        for (pairs, expected) in [
            (
                vec![("$top", "-1")],
                "Invalid value '-1' for $top query option found. The $top query option requires a non-negative integer \
                 value.",
            ),
            (vec![("$nonsense", "1")], "The query parameter '$nonsense' is not supported."),
            (
                vec![("$top", "1"), ("top", "2")],
                "Query option '$top' was specified more than once, but it must be specified at most once.",
            ),
            (vec![("$orderby", "a b")], "Syntax error at position 3 in 'a b'."),
        ] {
            assert_eq!(Options::read(pairs, false).expect_err(expected).message, expected);
        }
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(name in 0_usize..8, value in "\\PC{0,40}") {
            let name = ["$select", "$orderby", "$top", "$skip", "$search", "$expand", "$count", "$skiptoken"][name];
            let _ = Options::read([(name, value)], false);
        }
    }
}
