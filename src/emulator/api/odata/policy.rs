//! What a collection's service does with each query option.

use super::{Filter, Op, Options, QueryError, Schema};

/// The options of one collection. Start from [`Policy::DIRECTORY`] or [`Policy::INTUNE`] and name what differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) filter: FilterPolicy,
    pub(crate) orderby: Support,
    pub(crate) skip: Support,
    pub(crate) search: Support,
    pub(crate) count: Support,
    /// Navigation properties that `$expand` takes.
    pub(crate) expand: &'static [&'static str],
    /// Whether some queries need `ConsistencyLevel: eventual` (and `$count=true`).
    pub(crate) advanced: Advanced,
    /// Rows on a page when nothing is asked.
    pub(crate) page: usize,
    /// The most `$top` may ask for; more is refused by the directory and cut by Intune.
    pub(crate) max_page: usize,
    /// Whether `@odata.count` comes unasked.
    pub(crate) counts_unasked: bool,
    /// What is shown without `$select`, when it is less than the type's own default set.
    pub(crate) default_select: Option<&'static [&'static str]>,
}

/// What a service does with an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Honoured,
    Ignored,
    /// 400 with `error.code` and `error.message`.
    Refused(&'static str, &'static str),
}

/// Which `$filter` expressions a service takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterPolicy {
    pub(crate) support: Support,
    /// Operators that always work.
    pub(crate) plain: &'static [Op],
    /// Operators that work in an advanced query.
    pub(crate) advanced: &'static [Op],
    /// Operators that do not work on some property, although they do on others.
    pub(crate) refused_on: &'static [(&'static str, Op)],
    /// How many alternatives one `or` or `in` may have.
    pub(crate) max_alternatives: usize,
}

/// How a collection treats advanced queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advanced {
    /// `$search` and `$count` want the header; `$orderby` together with `$filter` too.
    NeedsHeader,
    /// There is no difference.
    Plain,
}

impl Policy {
    /// Users, groups, devices and other directory objects.
    pub(crate) const DIRECTORY: Self = Self {
        filter: FilterPolicy {
            support: Support::Honoured,
            plain: &[Op::Eq, Op::In, Op::Ge, Op::Le, Op::StartsWith, Op::Any],
            advanced: &[Op::Ne, Op::Not, Op::EndsWith, Op::All, Op::Count],
            refused_on: &[],
            max_alternatives: 15,
        },
        orderby: Support::Honoured,
        skip: Support::Refused("Request_BadRequest", "'$skip' is not supported by the service."),
        search: Support::Honoured,
        count: Support::Honoured,
        expand: &[],
        advanced: Advanced::NeedsHeader,
        page: 100,
        max_page: 999,
        counts_unasked: false,
        default_select: None,
    };

    /// Intune collections, as most of them behave.
    pub(crate) const INTUNE: Self = Self {
        filter: FilterPolicy {
            support: Support::Honoured,
            plain: &[
                Op::Eq,
                Op::Ne,
                Op::Gt,
                Op::Ge,
                Op::Lt,
                Op::Le,
                Op::In,
                Op::Not,
                Op::StartsWith,
                Op::EndsWith,
                Op::Contains,
                Op::Any,
                Op::All,
                Op::IsOf,
                Op::Case,
            ],
            advanced: &[],
            refused_on: &[],
            max_alternatives: usize::MAX,
        },
        orderby: Support::Honoured,
        skip: Support::Honoured,
        search: Support::Ignored,
        count: Support::Honoured,
        expand: &[],
        advanced: Advanced::Plain,
        page: 1000,
        max_page: 1000,
        counts_unasked: false,
        default_select: None,
    };

    /// Whether the request is an advanced query.
    pub(crate) fn is_advanced(&self, options: &Options) -> bool {
        self.advanced == Advanced::Plain || (options.eventual && options.count)
    }

    /// The filter to apply, if any.
    pub(crate) fn filter(&self, options: &Options, schema: Schema) -> Result<Option<Filter>, QueryError> {
        let Some(text) = options.filter.as_deref().filter(|_| self.filter.support != Support::Ignored) else {
            return Ok(None);
        };
        self.filter.support.check()?;
        let filter = Filter::parse(text, schema)?;
        for (op, property) in filter.uses() {
            if let Some(property) = property.filter(|p| self.filter.refuses(op, p)) {
                return Err(QueryError::unsupported(format!(
                    "Unsupported or invalid query filter clause specified for property '{property}' of resource '{}'.",
                    capitalised(schema.of.name)
                )));
            }
            let known = self.filter.plain.contains(&op)
                || (self.filter.advanced.contains(&op) && self.is_advanced(options));
            if !known {
                return Err(unsupported_operator(op));
            }
        }
        let alternatives = filter.alternatives();
        if alternatives > self.filter.max_alternatives {
            return Err(QueryError::unsupported(format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: \
                 {alternatives}. Max allowed: {}.",
                self.filter.max_alternatives
            )));
        }
        Ok(Some(filter))
    }

    /// The names that `$select` asks for in their own spelling; `None` for the type's default set.
    pub(crate) fn select(
        &self,
        options: &Options,
        schema: Schema,
    ) -> Result<Option<Vec<&'static str>>, QueryError> {
        if options.select.is_empty() || options.select.iter().any(|name| name == "*") {
            return Ok(self.default_select.map(<[_]>::to_vec));
        }
        let own_spelling = |name: &String| {
            let first = name.split('/').next().unwrap_or(name);
            let property = schema.property(first).map(|property| property.name);
            property.ok_or_else(|| {
                QueryError::bad_request(format!(
                    "Parsing OData Select and Expand failed: {}",
                    schema.lacks(name)
                ))
            })
        };
        options.select.iter().map(own_spelling).collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// Checks `$expand`: the navigation must exist and be supported.
    pub(crate) fn check_expand(&self, options: &Options, schema: Schema) -> Result<(), QueryError> {
        for wanted in &options.expand {
            if self.expand.iter().any(|name| name.eq_ignore_ascii_case(&wanted.name)) {
                continue;
            }
            return Err(QueryError::bad_request(format!(
                "Parsing OData Select and Expand failed: {}",
                schema.lacks(&wanted.name)
            )));
        }
        Ok(())
    }

    /// The directory wants the header for `$search`.
    pub(crate) fn check_search(&self, options: &Options) -> Result<(), QueryError> {
        if options.search.is_none() {
            return Ok(());
        }
        self.search.check()?;
        if self.advanced == Advanced::NeedsHeader && !options.eventual {
            return Err(QueryError::unsupported(
                "Request with $search query parameter only works through MSGraph with a special request header: \
                 'ConsistencyLevel: eventual'",
            ));
        }
        Ok(())
    }

    pub(crate) fn page_size(&self, options: &Options) -> Result<usize, QueryError> {
        match options.top {
            None => Ok(self.page),
            Some(top) if (1..=self.max_page).contains(&top) => Ok(top),
            Some(top) if self.advanced == Advanced::NeedsHeader => Err(QueryError::unsupported(format!(
                "Invalid page size specified: '{top}'. Must be between 1 and {} inclusive.",
                self.max_page
            ))),
            Some(top) => Ok(top.min(self.max_page)),
        }
    }
}

impl Support {
    pub(crate) fn check(self) -> Result<(), QueryError> {
        match self {
            Self::Refused(code, message) => Err(QueryError { code, message: message.to_owned() }),
            Self::Honoured | Self::Ignored => Ok(()),
        }
    }
}

impl FilterPolicy {
    fn refuses(&self, op: Op, property: &str) -> bool {
        self.refused_on.iter().any(|(name, refused)| *refused == op && name.eq_ignore_ascii_case(property))
    }
}

fn unsupported_operator(op: Op) -> QueryError {
    QueryError::unsupported(match op {
        Op::Ne => "Filter operator 'NotEqualsMatch' is not supported.",
        Op::Contains => "Filter operator 'Contains' is not supported.",
        Op::Gt => "Filter operator 'GreaterThanMatch' is not supported.",
        Op::Lt => "Filter operator 'LessThanMatch' is not supported.",
        _ => "Unsupported Query.",
    })
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
