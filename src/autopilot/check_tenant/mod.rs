//! `check-tenant`: holds a live tenant against what this program takes Microsoft's service for.
//!
//! No tenant is at hand when the program is built, so what it knows of the service comes from documents, captures and
//! shipped clients. This looks whether a tenant agrees: the shapes of what is read (`types`, compared by `shape`), the
//! default objects that every tenant has, paging, and how harmless bad requests are refused (`probes`). It only reads,
//! and what it reports holds names and kinds, never a value of the tenant.

mod finding;
mod probes;
mod shape;
mod types;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use self::finding::{answered, status, unreadable};
use self::probes::List;
use self::shape::{Survey, Type, compare};
use super::collection::Identified;
use super::permissions::{
    DEVICE_POLICY_READ, ENROLLMENT_READ, MANAGED_DEVICES_READ, MOBILITY_READ, SERVICE_CONFIG_READ,
};
use crate::graph::{self, Endpoint, Graph, Scope, decode};

pub use self::finding::{Finding, Verdict};

/// What was found, without any value of the tenant.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The program's version.
    pub version: &'static str,
    /// One for each thing that was looked at.
    pub findings: Vec<Finding>,
    /// Which properties were seen, and in which forms.
    shapes: Survey,
}

impl Report {
    /// Whether anything differs from what this program expects.
    pub fn is_news(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Different)
    }
}

/// Looks at the tenant of `graph`, within `scope`. About thirty requests, all of them GET.
///
/// What may not be read is a finding, not an error.
///
/// # Errors
/// Signing in fails, Graph cannot be reached, or the work is interrupted.
pub async fn check_tenant(graph: &Graph, scope: &Scope) -> Result<Report, graph::Error> {
    let mut shapes = Survey::default();
    let mut findings = Vec::new();
    let mut enrollment_configurations = Vec::new();
    for place in PLACES {
        let looked = look(graph, scope, place, &mut shapes).await?;
        if place.about == ENROLLMENT_CONFIGURATIONS {
            enrollment_configurations = looked.rows;
        }
        findings.push(looked.finding);
    }
    findings.push(probes::default_objects(&enrollment_configurations));
    findings.extend(probes::paging(graph, scope).await?);
    findings.extend(probes::refusals(graph, scope).await?);
    Ok(Report { version: env!("CARGO_PKG_VERSION"), findings, shapes })
}

/// Something that the provider reads.
struct Place {
    about: &'static str,
    address: fn() -> Endpoint,
    types: &'static [Type],
    /// Whether it is a collection.
    many: bool,
}

struct Looked {
    finding: Finding,
    rows: Vec<Json>,
}

/// Reads a place (of a collection its first page) and one member by itself, which may show more than the list.
async fn look(
    graph: &Graph,
    scope: &Scope,
    place: &Place,
    shapes: &mut Survey,
) -> Result<Looked, graph::Error> {
    let first = match graph.get(scope, &(place.address)()).await {
        Ok(answer) => answer,
        Err(error) => {
            return Ok(Looked { finding: unreadable(place.about, error)?, rows: Vec::new() });
        }
    };
    if !place.many {
        return Ok(Looked {
            finding: Finding::of(place.about, compare(&first, place.types, shapes)),
            rows: vec![first],
        });
    }
    let Ok(List { value: rows, .. }) = decode::<List>(&first) else {
        let what = "the list comes without its `value`".to_owned();
        return Ok(Looked { finding: Finding::of(place.about, [what]), rows: Vec::new() });
    };
    let mut news: BTreeSet<String> = rows.iter().flat_map(|row| compare(row, place.types, shapes)).collect();
    let one = rows.iter().find_map(|row| decode::<Identified>(row).ok());
    if let Some(Identified { id }) = one {
        match graph.get(scope, &(place.address)().key(&id)).await {
            Ok(object) => news.extend(compare(&object, place.types, shapes)),
            Err(error) if answered(&error) => {
                news.insert(format!("a member of the list cannot be read by its id: {}", status(&error)));
            }
            Err(error) => return Err(error),
        }
    } else if rows.is_empty() {
        return Ok(Looked { finding: Finding::not_seen(place.about, "there are none in this tenant"), rows });
    } else {
        news.insert("no member of the list has an `id`".to_owned());
    }
    Ok(Looked { finding: Finding::of(place.about, news), rows })
}

const ENROLLMENT_CONFIGURATIONS: &str = "status pages and the other enrollment configurations";

static PLACES: &[Place] = &[
    Place {
        about: "deployment profiles",
        address: || {
            Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles").needs(SERVICE_CONFIG_READ)
        },
        types: types::PROFILES,
        many: true,
    },
    Place {
        about: ENROLLMENT_CONFIGURATIONS,
        address: || Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations").needs(ENROLLMENT_READ),
        types: types::ENROLLMENT_CONFIGURATIONS,
        many: true,
    },
    Place {
        about: "registered devices",
        address: || {
            Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities")
                .needs(SERVICE_CONFIG_READ)
                .top(100)
        },
        types: types::DEVICES,
        many: true,
    },
    Place {
        about: "registrations under way",
        address: || {
            Endpoint::beta("deviceManagement/importedWindowsAutopilotDeviceIdentities")
                .needs(SERVICE_CONFIG_READ)
                .top(100)
        },
        types: types::IMPORTS,
        many: true,
    },
    Place {
        about: "Autopilot's synchronization",
        address: || Endpoint::beta("deviceManagement/windowsAutopilotSettings").needs(SERVICE_CONFIG_READ),
        types: types::SETTINGS,
        many: false,
    },
    Place {
        about: "deployment events",
        address: || Endpoint::beta("deviceManagement/autopilotEvents").needs(MANAGED_DEVICES_READ).top(100),
        types: types::EVENTS,
        many: true,
    },
    Place {
        about: "automatic enrollment (MDM)",
        address: || Endpoint::beta("policies/mobileDeviceManagementPolicies").needs(MOBILITY_READ),
        types: types::MOBILITY,
        many: true,
    },
    Place {
        about: "automatic enrollment (MAM)",
        address: || Endpoint::beta("policies/mobileAppManagementPolicies").needs(MOBILITY_READ),
        types: types::MOBILITY,
        many: true,
    },
    Place {
        about: "who may join devices",
        address: || Endpoint::v1("policies/deviceRegistrationPolicy").needs(DEVICE_POLICY_READ),
        types: types::JOIN_POLICY,
        many: false,
    },
];
