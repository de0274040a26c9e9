//! Query options: `$filter`, `$select`, `$expand`, `$orderby`, `$search`, `$top`, `$count`, and paging.
