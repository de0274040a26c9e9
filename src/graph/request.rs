//! What is asked of Graph: built purely, so that addresses are tested without a server.

use std::fmt::Write as _;
use std::time::Duration;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Json;

/// Which edition of the API serves a path; several of Autopilot's collections exist in beta only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `v1.0`
    V1,
    /// `beta`
    Beta,
}

impl Version {
    /// The version as it stands in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// Who answers behind the one host: each has its own throttling budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    Intune,
    Directory,
}

/// An address in Graph with its options: version, path, query, headers, and the permissions its use needs.
///
/// ```text
/// Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations").key(id).then("assign")
/// Endpoint::v1("groups").filter(format!("displayName eq {}", literal(name))).select("id,displayName")
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    version: Version,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, &'static str)>,
    needs: &'static [&'static str],
    appears_within: Option<Duration>,
}

impl Endpoint {
    /// A path of v1.0, written as in Microsoft's reference (`groups`). Ids from outside go through [`Self::key`].
    pub fn v1(path: &str) -> Self {
        Self::new(Version::V1, path)
    }

    /// A path of beta. Ids from outside go through [`Self::key`].
    pub fn beta(path: &str) -> Self {
        Self::new(Version::Beta, path)
    }

    /// A path of the given version. Ids from outside go through [`Self::key`].
    pub fn new(version: Version, path: &str) -> Self {
        Self {
            version,
            path: path.trim_matches('/').to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            needs: &[],
            appears_within: None,
        }
    }

    /// The member of this collection with the given id or user principal name, whatever characters it has.
    pub fn key(mut self, id: &str) -> Self {
        if matches!(id, "" | "." | "..") || id.starts_with('$') {
            // As path segments these would address the collection, its parent, or a part of it.
            let _ = write!(self.path, "('{}')", encode(&id.replace('\'', "''")));
        } else {
            let _ = write!(self.path, "/{}", encode(id));
        }
        self
    }

    /// Literal segments behind what is there already: `members/$ref`.
    pub fn then(mut self, segments: &str) -> Self {
        self.path.push('/');
        self.path.push_str(segments.trim_matches('/'));
        self
    }

    /// A query option; the value is encoded, the name stands as it is.
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// `$filter`. Text from outside goes through [`literal`].
    pub fn filter(self, expression: impl Into<String>) -> Self {
        self.query("$filter", expression)
    }

    /// `$select`, comma separated.
    pub fn select(self, properties: &str) -> Self {
        self.query("$select", properties)
    }

    /// `$expand`, comma separated.
    pub fn expand(self, navigations: &str) -> Self {
        self.query("$expand", navigations)
    }

    /// `$top`: rows in a page, at most 999 for the directory.
    pub fn top(self, rows: usize) -> Self {
        self.query("$top", rows.to_string())
    }

    /// Asks for the advanced queries of the directory (`ne`, `not`, `endsWith`, `$search`), which see changes late.
    pub fn eventual(self) -> Self {
        self.header("ConsistencyLevel", "eventual").query("$count", "true")
    }

    /// A request header.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The permissions of which this call needs one, least first. They make a 403 explain itself.
    pub fn needs(mut self, permissions: &'static [&'static str]) -> Self {
        self.needs = permissions;
        self
    }

    /// Takes 404 for "not yet" during this time: the directory answers so for seconds after a creation, now on one
    /// replica, now on another.
    pub fn appears_within(mut self, time: Duration) -> Self {
        self.appears_within = Some(time);
        self
    }

    /// The absolute address, without query, as `@odata.id` references want it.
    pub fn reference(&self, root: &str) -> String {
        format!("{}{}", root.trim_end_matches('/'), self.path())
    }

    /// The path with its version and without its query, as logs and errors print it.
    pub fn path(&self) -> String {
        format!("/{}/{}", self.version.as_str(), self.path)
    }

    /// The path without its version: both versions show the same objects.
    pub(crate) fn bare_path(&self) -> &str {
        &self.path
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// The address as `$batch` wants it: without version and host.
    pub(crate) fn relative(&self) -> String {
        let mut url = format!("/{}", self.path);
        for (i, (name, value)) in self.query.iter().enumerate() {
            let _ = write!(url, "{}{name}={}", if i == 0 { '?' } else { '&' }, encode(value));
        }
        url
    }

    pub(crate) fn url(&self, root: &str) -> String {
        format!("{}/{}{}", root.trim_end_matches('/'), self.version.as_str(), self.relative())
    }

    pub(crate) fn headers(&self) -> &[(&'static str, &'static str)] {
        &self.headers
    }

    pub(crate) fn permissions(&self) -> &'static [&'static str] {
        self.needs
    }

    pub(crate) fn appears(&self) -> Option<Duration> {
        self.appears_within
    }

    pub(crate) fn service(&self) -> Service {
        match self.path.split(['/', '(']).next() {
            Some("deviceManagement" | "deviceAppManagement") => Service::Intune,
            _ => Service::Directory,
        }
    }
}

/// How a request may be repeated when its answer was a fault or was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing.
    Safe,
    /// Twice is as good as once: PUT, PATCH, DELETE, and actions that set something.
    Idempotent,
    /// It creates: find out whether the first one worked before sending a second.
    LookUpFirst,
    /// It does something that is not to be done twice: send a second only if the first was certainly not carried out.
    Once,
}

/// What a request takes from the tenant's budgets. The items of a `$batch` count like requests of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) service: Service,
    pub(crate) writes: bool,
    pub(crate) requests: u32,
}

/// One request, complete but for host and token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) endpoint: Endpoint,
    pub(crate) body: Option<Json>,
    pub(crate) repeat: Repeat,
    pub(crate) charge: Charge,
}

impl Request {
    pub(crate) fn get(endpoint: &Endpoint) -> Self {
        Self::build(Method::GET, endpoint, None, Repeat::Safe)
    }

    pub(crate) fn patch(endpoint: &Endpoint, body: Json) -> Self {
        Self::build(Method::PATCH, endpoint, Some(body), Repeat::Idempotent)
    }

    pub(crate) fn put(endpoint: &Endpoint, body: Json) -> Self {
        Self::build(Method::PUT, endpoint, Some(body), Repeat::Idempotent)
    }

    pub(crate) fn delete(endpoint: &Endpoint) -> Self {
        Self::build(Method::DELETE, endpoint, None, Repeat::Idempotent)
    }

    pub(crate) fn action(endpoint: &Endpoint, body: Json) -> Self {
        Self::post(endpoint, body, Repeat::Idempotent)
    }

    pub(crate) fn create(endpoint: &Endpoint, body: Json) -> Self {
        Self::post(endpoint, body, Repeat::LookUpFirst)
    }

    pub(crate) fn once(endpoint: &Endpoint, body: Json) -> Self {
        Self::post(endpoint, body, Repeat::Once)
    }

    fn post(endpoint: &Endpoint, body: Json, repeat: Repeat) -> Self {
        Self::build(Method::POST, endpoint, (!body.is_null()).then_some(body), repeat)
    }

    fn build(method: Method, endpoint: &Endpoint, body: Option<Json>, repeat: Repeat) -> Self {
        let charge = Charge { service: endpoint.service(), writes: repeat != Repeat::Safe, requests: 1 };
        Self { method, endpoint: endpoint.clone(), body, repeat, charge }
    }
}

/// An OData string literal: quoted, its quotes doubled. Encoding for the URL happens later, once.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROOT: &str = "https://graph.microsoft.com";

    #[test]
    fn addresses_are_encoded_whatever_they_hold() {
        let users = || Endpoint::v1("users");
        let table = [
            (Endpoint::v1("/groups/"), "/v1.0/groups"),
            (users().key("ann@contoso.com"), "/v1.0/users/ann%40contoso.com"),
            (
                users().key("ann_fabrikam.com#EXT#@contoso.com"),
                "/v1.0/users/ann_fabrikam.com%23EXT%23%40contoso.com",
            ),
            (users().key("o'neil@contoso.com"), "/v1.0/users/o%27neil%40contoso.com"),
            (users().key("a/b?c&d+e%f"), "/v1.0/users/a%2Fb%3Fc%26d%2Be%25f"),
            (users().key("größe"), "/v1.0/users/gr%C3%B6%C3%9Fe"),
            (users().key("$o'neil@contoso.com"), "/v1.0/users('%24o%27%27neil%40contoso.com')"),
            (
                Endpoint::v1("groups").key("g1").then("/members/").key("m1").then("$ref"),
                "/v1.0/groups/g1/members/m1/$ref",
            ),
            (
                Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations")
                    .key("1_Windows10")
                    .then("assign"),
                "/beta/deviceManagement/deviceEnrollmentConfigurations/1_Windows10/assign",
            ),
            (
                Endpoint::v1("groups")
                    .filter(format!("displayName eq {}", literal("R&D + O'Neil #1")))
                    .select("id,displayName"),
                "/v1.0/groups?$filter=displayName%20eq%20%27R%26D%20%2B%20O%27%27Neil%20%231%27&$select=id%2CdisplayName",
            ),
            (Endpoint::v1("devices").top(999).eventual(), "/v1.0/devices?$top=999&$count=true"),
        ];
        for (endpoint, expected) in table {
            assert_eq!(endpoint.url(ROOT), format!("{ROOT}{expected}"));
            url::Url::parse(&endpoint.url(ROOT)).expect("every address is a URL");
        }
    }

    #[test]
    fn an_empty_or_dotted_id_never_addresses_the_collection_or_its_parent() {
        for (id, expected) in
            [("", "/v1.0/groups('')"), (".", "/v1.0/groups('.')"), ("..", "/v1.0/groups('..')")]
        {
            let url = url::Url::parse(&Endpoint::v1("groups").key(id).url(ROOT)).unwrap();
            assert_eq!(url.path(), expected);
        }
    }

    #[test]
    fn references_carry_the_configured_root_and_no_query() {
        let object = Endpoint::v1("directoryObjects").key("m1").select("id");
        assert_eq!(
            object.reference("http://127.0.0.1:8080/"),
            "http://127.0.0.1:8080/v1.0/directoryObjects/m1"
        );
    }

    #[test]
    fn the_path_for_logs_has_no_query() {
        assert_eq!(Endpoint::beta("users").key("a b").filter("x eq 'secret'").path(), "/beta/users/a%20b");
    }

    #[test]
    fn the_service_follows_from_the_path() {
        let service = |path| Endpoint::beta(path).service();
        assert_eq!(service("deviceManagement/windowsAutopilotSettings"), Service::Intune);
        assert_eq!(service("deviceAppManagement/mobileApps"), Service::Intune);
        assert_eq!(service("policies/deviceRegistrationPolicy"), Service::Directory);
        assert_eq!(service("deviceManagementish"), Service::Directory);
        assert_eq!(service("groups"), Service::Directory);
    }

    #[test]
    fn how_a_request_may_be_repeated_follows_from_what_it_does() {
        let e = Endpoint::v1("groups");
        let table = [
            (Request::get(&e), Method::GET, Repeat::Safe),
            (Request::patch(&e, json!({})), Method::PATCH, Repeat::Idempotent),
            (Request::put(&e, json!({})), Method::PUT, Repeat::Idempotent),
            (Request::delete(&e), Method::DELETE, Repeat::Idempotent),
            (Request::action(&e, json!({})), Method::POST, Repeat::Idempotent),
            (Request::create(&e, json!({})), Method::POST, Repeat::LookUpFirst),
            (Request::once(&e, json!({})), Method::POST, Repeat::Once),
        ];
        for (request, method, repeat) in table {
            assert_eq!((request.method, request.repeat), (method, repeat));
        }
    }

    #[test]
    fn an_action_without_arguments_sends_no_body() {
        assert_eq!(Request::action(&Endpoint::beta("x/sync"), Json::Null).body, None);
    }
}
