//! What shapes alone do not show: the default objects, paging, and how bad requests are refused.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;
use url::Url;

use super::finding::{Finding, answered, status, unreadable};
use crate::autopilot::collection::id;
use crate::autopilot::permissions::{GROUP_READ, SERVICE_CONFIG_READ};
use crate::graph::{self, Endpoint, Graph, Scope, decode, decode_all};

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List {
    pub(super) value: Vec<Json>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// The enrollment configurations that every tenant has from the beginning.
pub(super) fn default_objects(configurations: &[Json]) -> Finding {
    const ABOUT: &str = "the default enrollment configurations";
    if configurations.is_empty() {
        return Finding::not_seen(ABOUT, "the enrollment configurations could not be read");
    }
    let known: Vec<Configuration> = match decode_all(configurations) {
        Ok(known) => known,
        Err(error) => return Finding::of(ABOUT, [error.what().to_owned()]),
    };
    let mut differences = BTreeSet::new();
    for DefaultObject { ending, types, in_every_tenant } in DEFAULTS {
        let of_kind = |one: &&Configuration| one.id.ends_with(ending);
        let found: Vec<&Configuration> = known.iter().filter(of_kind).collect();
        let object = match found.as_slice() {
            [object] => object,
            [] if !in_every_tenant => continue,
            others => {
                differences.insert(format!(
                    "{} objects have an id that ends with `{ending}`, not one",
                    others.len()
                ));
                continue;
            }
        };
        let prefix = object.id.trim_end_matches(ending);
        if uuid::Uuid::try_parse(prefix).is_err() {
            differences.insert(format!("`{ending}`: what stands before it in the id is no GUID"));
        }
        if object.priority != Some(0) {
            differences.insert(format!("`{ending}`: its priority is not 0"));
        }
        if !types.contains(&object.device_enrollment_configuration_type.as_deref().unwrap_or_default()) {
            differences.insert(format!("`{ending}`: its type is none of {}", types.join(", ")));
        }
        let created = object.created_date_time.as_deref().unwrap_or_default();
        if object.version == Some(0) && !created.starts_with("0001-01-01T00:00:00") {
            differences
                .insert(format!("`{ending}`: never changed (version 0), and yet created at some time"));
        }
    }
    Finding::of(ABOUT, differences)
}

/// What is read of an enrollment configuration.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    id: String,
    priority: Option<i64>,
    device_enrollment_configuration_type: Option<String>,
    created_date_time: Option<String>,
    version: Option<i64>,
}

/// Whether lists are cut as asked, and go on where they were cut.
pub(super) async fn paging(graph: &Graph, scope: &Scope) -> Result<Vec<Finding>, graph::Error> {
    let devices =
        Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities").needs(SERVICE_CONFIG_READ);
    let groups = Endpoint::v1("groups").needs(GROUP_READ);
    let mut findings = Vec::new();
    for (about, list, cut) in
        [("paging of registered devices", devices, Cut::BySkip), ("paging of groups", groups, Cut::ByLink)]
    {
        findings.push(match pages(graph, scope, &list, cut).await {
            Ok(Pages::TooFew) => Finding::not_seen(about, "there are less than two in this tenant"),
            Ok(Pages::Differ(how)) => Finding::of(about, how),
            Err(error) => unreadable(about, error)?,
        });
    }
    Ok(findings)
}

/// Whether bad requests that can do no harm are refused as expected.
pub(super) async fn refusals(graph: &Graph, scope: &Scope) -> Result<Vec<Finding>, graph::Error> {
    let mut findings = Vec::new();
    for refusal in REFUSALS {
        let answer = graph.get(scope, &(refusal.request)().needs(refusal.needs)).await;
        findings.push(match answer {
            Ok(_) => Finding::of(refusal.about, ["it is answered with success".to_owned()]),
            Err(error) if answered(&error) => {
                let expected = error.status().is_some_and(|status| refusal.statuses.contains(&status));
                let text = || {
                    let statuses: Vec<String> = refusal.statuses.iter().map(u16::to_string).collect();
                    format!("it is refused with {} instead of {}", status(&error), statuses.join(" or "))
                };
                Finding::of(refusal.about, (!expected).then(text))
            }
            Err(error) => unreadable(refusal.about, error)?,
        });
    }
    Ok(findings)
}

/// How a list goes on after a `$top`.
enum Cut {
    /// `$top` is the size of a page, and a link leads to the next one (the directory).
    ByLink,
    /// `$top` is the number of rows wanted, and `$skip` gives those behind them (Intune).
    BySkip,
}

enum Pages {
    TooFew,
    Differ(Option<String>),
}

async fn pages(graph: &Graph, scope: &Scope, list: &Endpoint, cut: Cut) -> Result<Pages, graph::Error> {
    let read = async |list: &Endpoint| decode::<List>(&graph.get(scope, list).await?);
    let first = read(&list.clone().top(1)).await?;
    let differ = |how: &str| Ok(Pages::Differ(Some(how.to_owned())));
    let next = match (first.value.len(), first.next.as_deref(), cut) {
        (0, None, _) | (1, None, Cut::ByLink) => return Ok(Pages::TooFew),
        (1, None, Cut::BySkip) => list.clone().top(1).query("$skip", "1"),
        (_, None, _) => return differ("`$top=1` is answered with more than one row"),
        (_, Some(link), _) => match follow(link, graph.root(), list) {
            Some(next) => next,
            None => return differ("the next page is at another address than the list"),
        },
    };
    let second = read(&next).await?;
    match (first.value.first(), second.value.first()) {
        (_, None) if first.next.is_none() => Ok(Pages::TooFew),
        // An empty page may have a next one.
        (_, None) if second.next.is_some() => Ok(Pages::Differ(None)),
        (_, None) => differ("the next page is empty, and the last"),
        (Some(one), Some(other)) if id(one) == id(other) => differ("the next page begins with the same row"),
        _ => Ok(Pages::Differ(None)),
    }
}

/// The next page's address, if it is the list's with another query.
fn follow(link: &str, root: &str, list: &Endpoint) -> Option<Endpoint> {
    let (link, here) = (Url::parse(link).ok()?, Url::parse(&list.reference(root)).ok()?);
    let same = link.origin() == here.origin() && link.path().eq_ignore_ascii_case(here.path());
    same.then(|| {
        link.query_pairs().fold(list.clone(), |list, (name, value)| list.query(&name, value.into_owned()))
    })
}

/// Source: exports of several tenants, April 2026, and for the other words the SDK. The platform default is sometimes a
/// `singlePlatformRestriction`; the object for Windows Restore is younger than the others.
static DEFAULTS: &[DefaultObject] = &[
    DefaultObject { ending: "_DefaultLimit", types: &["limit", "defaultLimit"], in_every_tenant: true },
    DefaultObject {
        ending: "_DefaultPlatformRestrictions",
        types: &["platformRestrictions", "defaultPlatformRestrictions", "singlePlatformRestriction"],
        in_every_tenant: true,
    },
    DefaultObject {
        ending: "_DefaultWindowsHelloForBusiness",
        types: &["windowsHelloForBusiness", "defaultWindowsHelloForBusiness"],
        in_every_tenant: true,
    },
    DefaultObject {
        ending: "_DefaultWindows10EnrollmentCompletionPageConfiguration",
        types: &[
            "windows10EnrollmentCompletionPageConfiguration",
            "defaultWindows10EnrollmentCompletionPageConfiguration",
        ],
        in_every_tenant: true,
    },
    DefaultObject { ending: "_WindowsRestore", types: &["windowsRestore"], in_every_tenant: false },
];

struct DefaultObject {
    /// Behind the GUID in its id.
    ending: &'static str,
    /// The words that tell its kind.
    types: &'static [&'static str],
    in_every_tenant: bool,
}

struct BadRequest {
    about: &'static str,
    request: fn() -> Endpoint,
    needs: &'static [&'static str],
    /// The expected ones.
    statuses: &'static [u16],
}

/// A GUID that no object has.
const NOBODY: &str = "c0ffee00-0000-4000-8000-000000000000";

static REFUSALS: &[BadRequest] = &[
    BadRequest {
        about: "a deployment profile that does not exist",
        request: || Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles").key(NOBODY),
        needs: SERVICE_CONFIG_READ,
        statuses: &[404],
    },
    BadRequest {
        about: "a registered device that does not exist",
        request: || Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities").key(NOBODY),
        needs: SERVICE_CONFIG_READ,
        statuses: &[404],
    },
    BadRequest {
        about: "a group that does not exist",
        request: || Endpoint::v1("groups").key(NOBODY),
        needs: GROUP_READ,
        statuses: &[404],
    },
    BadRequest {
        about: "deployment profiles in v1.0",
        request: || Endpoint::v1("deviceManagement/windowsAutopilotDeploymentProfiles"),
        needs: SERVICE_CONFIG_READ,
        // Both were seen.
        statuses: &[400, 404],
    },
    BadRequest {
        about: "a filter on a property that groups do not have",
        request: || Endpoint::v1("groups").filter("nothing eq 'x'"),
        needs: GROUP_READ,
        statuses: &[400],
    },
    BadRequest {
        about: "devices filtered by `serialNumber eq`",
        request: || {
            Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities")
                .filter("serialNumber eq 'none'")
        },
        needs: SERVICE_CONFIG_READ,
        statuses: &[400],
    },
];
