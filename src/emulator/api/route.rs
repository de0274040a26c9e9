//! Which function answers which request.

use http::Method;

use super::call::{Call, OperationResult};
use super::error::Service;
use super::model::Version;
use super::path::{Keys, Piece};

/// A function that answers a request. It may read and change the tenant, and must not wait.
pub(crate) type Handler = fn(&mut Call<'_>) -> OperationResult;

/// One operation of the API.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Below the version: `/groups/{id}/members/{memberId}/$ref`.
    pub(crate) template: &'static str,
    pub(crate) versions: &'static [Version],
    pub(crate) permissions: &'static Permissions,
    pub(crate) handler: Handler,
}

/// Any one of these is enough.
#[derive(Debug)]
pub(crate) struct Permissions {
    /// Scopes (`scp`) of a token for a user.
    pub(crate) delegated: &'static [&'static str],
    /// Roles (`roles`) of an app-only token. Empty: no application may call this, whatever it was granted.
    pub(crate) application: &'static [&'static str],
    /// Directory roles of which a signed-in person needs one besides. Empty: everybody may.
    pub(crate) roles: &'static [&'static str],
    /// Whether the owner of the group in the path needs no role.
    pub(crate) owners: bool,
}

impl Permissions {
    /// The same names for users and applications.
    pub(crate) const fn both(names: &'static [&'static str]) -> Self {
        Self { delegated: names, application: names, roles: &[], owners: false }
    }

    /// Other names for users than for applications.
    pub(crate) const fn each(
        delegated: &'static [&'static str],
        application: &'static [&'static str],
    ) -> Self {
        Self { delegated, application, roles: &[], owners: false }
    }

    /// Users only.
    pub(crate) const fn delegated_only(names: &'static [&'static str]) -> Self {
        Self::each(names, &[])
    }

    /// A signed-in person needs one of these directory roles as well.
    pub(crate) const fn with_roles(self, roles: &'static [&'static str]) -> Self {
        Self { roles, ..self }
    }

    /// The owner of the group in the path may do it without a role.
    pub(crate) const fn or_owner(self) -> Self {
        Self { owners: true, ..self }
    }
}

impl Route {
    pub(crate) fn new(
        method: Method,
        template: &'static str,
        permissions: &'static Permissions,
        handler: Handler,
    ) -> Self {
        Self { method, template, versions: Version::BOTH, permissions, handler }
    }

    pub(crate) fn get(template: &'static str, permissions: &'static Permissions, handler: Handler) -> Self {
        Self::new(Method::GET, template, permissions, handler)
    }

    pub(crate) fn post(template: &'static str, permissions: &'static Permissions, handler: Handler) -> Self {
        Self::new(Method::POST, template, permissions, handler)
    }

    pub(crate) fn patch(template: &'static str, permissions: &'static Permissions, handler: Handler) -> Self {
        Self::new(Method::PATCH, template, permissions, handler)
    }

    pub(crate) fn put(template: &'static str, permissions: &'static Permissions, handler: Handler) -> Self {
        Self::new(Method::PUT, template, permissions, handler)
    }

    pub(crate) fn delete(
        template: &'static str,
        permissions: &'static Permissions,
        handler: Handler,
    ) -> Self {
        Self::new(Method::DELETE, template, permissions, handler)
    }

    /// In beta only.
    pub(crate) fn beta(mut self) -> Self {
        self.versions = &[Version::Beta];
        self
    }
}

/// All routes, ready to be searched.
#[derive(Debug)]
pub(crate) struct Router {
    routes: Vec<(Vec<Part>, Route)>,
}

/// What a path leads to.
#[derive(Debug)]
pub(crate) enum Destination<'r> {
    Found {
        route: &'r Route,
        keys: Keys,
    },
    /// The path exists, the verb does not. `template` is OData's name for the path.
    WrongMethod {
        template: String,
    },
    /// The path exists in the other version only; this is the first segment that does not exist here.
    OtherVersion {
        segment: String,
    },
    Unknown,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(&'static str),
    Key(&'static str),
}

impl Router {
    pub(crate) fn new(routes: Vec<Route>) -> Self {
        Self { routes: routes.into_iter().map(|route| (parts(route.template), route)).collect() }
    }

    /// Where a path leads that lies below the version.
    pub(crate) fn find(&self, method: &Method, version: Version, path: &[Piece]) -> Destination<'_> {
        // A literal outranks a key: `/users/delta` is not the user named delta.
        let mut best: Option<(&Route, Keys)> = None;
        let (mut other_verb, mut other_version) = (None, false);
        for (parts, route) in &self.routes {
            let Some(keys) = matched(parts, path) else {
                continue;
            };
            if !route.versions.contains(&version) {
                other_version = true;
            } else if route.method != method {
                other_verb = Some(parts);
            } else if best.as_ref().is_none_or(|(_, fewest)| keys.len() < fewest.len()) {
                best = Some((route, keys));
            }
        }
        if let Some((route, keys)) = best {
            return Destination::Found { route, keys };
        }
        if let Some(parts) = other_verb {
            return Destination::WrongMethod { template: odata_template(parts) };
        }
        // A version within a version, as in a batch's `/v1.0/groups`, is a segment that no version has.
        let doubled = path.first().is_some_and(|first| Version::from_segment(&first.text).is_some());
        match other_version || doubled {
            true => Destination::OtherVersion { segment: self.first_missing_segment(version, path) },
            false => Destination::Unknown,
        }
    }

    fn first_missing_segment(&self, version: Version, path: &[Piece]) -> String {
        let known = |length: usize| {
            self.routes.iter().any(|(parts, route)| {
                route.versions.contains(&version)
                    && parts.len() >= length
                    && matched(&parts[..length], &path[..length]).is_some()
            })
        };
        let missing = (1..=path.len()).find(|&length| !known(length)).unwrap_or(path.len());
        path.get(missing.saturating_sub(1)).map(|piece| piece.text.clone()).unwrap_or_default()
    }
}

/// The service that answers for a path below the version.
pub(crate) fn service(path: &[Piece]) -> Service {
    path.first().map_or(Service::Directory, |first| Service::of(&first.text))
}

/// `/groups/{id}/members` and, for alternate keys, `/devices(deviceId={deviceId})`.
fn parts(template: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    for segment in template.split('/').filter(|segment| !segment.is_empty()) {
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => parts.push(Part::Key(name)),
            None => {
                match segment.split_once('(').and_then(|(name, rest)| Some((name, rest.split_once('=')?.0))) {
                    Some((name, label)) => {
                        parts.push(Part::Literal(name));
                        parts.push(Part::Literal(label));
                        parts.push(Part::Key(label));
                    }
                    None => parts.push(Part::Literal(segment)),
                }
            }
        }
    }
    parts
}

fn matched(parts: &[Part], path: &[Piece]) -> Option<Keys> {
    if parts.len() != path.len() {
        return None;
    }
    let mut keys = Vec::new();
    for (part, piece) in parts.iter().zip(path) {
        match part {
            Part::Key(name) if !piece.text.starts_with('$') || piece.in_parentheses => {
                keys.push((*name, piece.text.clone()));
            }
            Part::Literal(literal) if !piece.in_parentheses && same_segment(literal, &piece.text) => {}
            _ => return None,
        }
    }
    Some(keys)
}

/// Segments are compared without case; an action may be called by its full name; `(label=)` stands for the label.
fn same_segment(literal: &str, segment: &str) -> bool {
    let bare = segment.strip_prefix('(').and_then(|s| s.strip_suffix("=)")).unwrap_or(segment);
    if literal.eq_ignore_ascii_case(bare) {
        return true;
    }
    // `graph` is the alias of the namespace; the official SDKs write it in casts.
    ["microsoft.graph.", "graph."].into_iter().any(|namespace| {
        let (head, rest) = segment.split_at_checked(namespace.len()).unwrap_or_default();
        head.eq_ignore_ascii_case(namespace) && literal.eq_ignore_ascii_case(rest)
    })
}

/// OData's name for a path: `~/singleton/navigation/key`.
fn odata_template(parts: &[Part]) -> String {
    let mut template = String::from("~");
    for (index, part) in parts.iter().enumerate() {
        template.push_str(match part {
            Part::Key(_) => "/key",
            Part::Literal(_) if index == 0 => "/singleton",
            Part::Literal(name) if name.starts_with('$') => "/ref",
            Part::Literal(_) => "/navigation",
        });
    }
    template
}

#[cfg(test)]
mod tests {
    use super::super::path::pieces;
    use super::*;

    static ANYBODY: Permissions = Permissions::both(&[]);

    fn router() -> Router {
        let no = |_: &mut Call<'_>| -> OperationResult { unreachable!("only found, never called") };
        Router::new(vec![
            Route::get("/groups", &ANYBODY, no),
            Route::get("/groups/{id}", &ANYBODY, no),
            Route::get("/groups/delta", &ANYBODY, no),
            Route::delete("/groups/{id}/members/{memberId}/$ref", &ANYBODY, no),
            Route::get("/devices(deviceId={deviceId})", &ANYBODY, no),
            Route::get("/deviceManagement/devices/{id}", &ANYBODY, no),
            Route::post("/deviceManagement/devices/{id}/assign", &ANYBODY, no).beta(),
            Route::get("/deviceManagement/profiles/{id}/assignments", &ANYBODY, no).beta(),
        ])
    }

    /// What `path` leads to, in short.
    fn lead(method: Method, version: Version, path: &str) -> String {
        let Some(path) = pieces(path) else {
            return "no path".to_owned();
        };
        match router().find(&method, version, &path) {
            Destination::Found { route, keys } => format!("{} {keys:?}", route.template),
            Destination::WrongMethod { template } => format!("wrong method {template}"),
            Destination::OtherVersion { segment } => format!("other version {segment}"),
            Destination::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_key_may_be_a_segment_or_stand_in_parentheses() {
        let found = "/groups/{id} [(\"id\", \"a'b\")]";
        for path in
            ["/groups/a'b", "/groups('a''b')", "/groups(%27a%27%27b%27)", "/groups/a'b/", "//groups/a%27b"]
        {
            assert_eq!(lead(Method::GET, Version::V1, path), found, "{path}");
        }
        assert_eq!(lead(Method::GET, Version::V1, "/Groups"), "/groups []");
        assert_eq!(lead(Method::GET, Version::V1, "/groups/delta"), "/groups/delta []");
        assert_eq!(lead(Method::GET, Version::V1, "/groups/delta()"), "/groups/delta []");
        assert_eq!(
            lead(Method::GET, Version::V1, "/devices(deviceId='d')"),
            "/devices(deviceId={deviceId}) [(\"deviceId\", \"d\")]"
        );
    }

    #[test]
    fn an_action_may_be_called_by_its_full_name() {
        for path in [
            "/deviceManagement/devices/1/assign",
            "/deviceManagement/devices('1')/microsoft.graph.assign",
            "/deviceManagement/devices/1/graph.assign",
        ] {
            let found = lead(Method::POST, Version::Beta, path);
            assert_eq!(found, "/deviceManagement/devices/{id}/assign [(\"id\", \"1\")]");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_path() {
        let cases = [
            (
                Method::PATCH,
                Version::V1,
                "/deviceManagement/devices/1",
                "wrong method ~/singleton/navigation/key",
            ),
            (Method::GET, Version::V1, "/deviceManagement/profiles/1/assignments", "other version profiles"),
            (Method::POST, Version::V1, "/deviceManagement/devices/1/assign", "other version assign"),
            (Method::GET, Version::V1, "/planner/tasks", "unknown"),
            (Method::GET, Version::V1, "/groups/..%2f..", "/groups/{id} [(\"id\", \"../..\")]"),
            (Method::GET, Version::V1, "/groups/../users", "no path"),
            (Method::GET, Version::V1, "/groups/%ff", "no path"),
            (Method::GET, Version::V1, "/groups/a%00b", "no path"),
            (Method::GET, Version::V1, "/groups('a)", "no path"),
        ];
        for (method, version, path, wanted) in cases {
            assert_eq!(lead(method, version, path), wanted, "{path}");
        }
    }
}
