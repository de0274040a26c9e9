//! Members of collections, each as the resource that would manage it.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use crate::autopilot::collection::id;
use crate::autopilot::engine::{CollectionMember, Member};
use crate::autopilot::groups::{DYNAMIC, Group};
use crate::autopilot::mapping::flag_of;
use crate::autopilot::membership_rule::is_about_registered_devices;
use crate::autopilot::resources::deployment_profile::DeploymentProfile;
use crate::autopilot::resources::device_group::DeviceGroup;
use crate::autopilot::resources::enrollment_status_page::EnrollmentStatusPage;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{ListResource, Listed, Query, Results};
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Schema, boolean, optional};
use crate::tf_provider::value::Value;

/// Members that can be listed.
pub(super) trait Listable: Member {
    /// The arguments by which members are picked.
    fn filters() -> Schema;

    /// Where those are listed that may be meant.
    fn endpoint(_config: &Value) -> Endpoint {
        Self::COLLECTION.read_from()
    }

    /// Whether a member is meant.
    fn is_meant(_found: &Json, _config: &Value) -> Result<bool, graph::Error> {
        Ok(true)
    }
}

impl Listable for DeploymentProfile {
    fn filters() -> Schema {
        Schema::new("All Windows Autopilot deployment profiles of the tenant.")
    }
}

impl Listable for EnrollmentStatusPage {
    fn filters() -> Schema {
        Schema::new(
            "All enrollment status pages of the tenant, without the default one, which every tenant has.",
        )
    }
}

impl Listable for DeviceGroup {
    fn filters() -> Schema {
        Schema::new(
            "The groups of the tenant whose rule picks Autopilot devices, or all its security groups. Groups with mail, and groups \
             that are kept in sync from on-premises, are left out.",
        )
        .attributes([optional(
            ALL_GROUPS,
            boolean(),
            "Whether groups are listed too that have another rule, or none. Defaults to `false`.",
        )])
    }

    fn endpoint(config: &Value) -> Endpoint {
        let groups = Self::COLLECTION.read_from().top(LARGEST_PAGE);
        match flag_of(config, ALL_GROUPS) {
            true => groups,
            false => groups.filter(DYNAMIC),
        }
    }

    fn is_meant(found: &Json, config: &Value) -> Result<bool, graph::Error> {
        let is_autopilot = found["membershipRule"].as_str().is_some_and(is_about_registered_devices);
        Ok(decode::<Group>(found)?.is_plain() && (is_autopilot || flag_of(config, ALL_GROUPS)))
    }
}

/// Members of a collection.
pub(super) struct Members<M>(PhantomData<M>);

impl<M> Members<M> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

#[async_trait]
impl<M: Listable> ListResource<Tenant> for Members<M> {
    fn name(&self) -> &'static str {
        M::COLLECTION.type_name
    }

    fn schema(&self) -> Schema {
        M::filters()
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(M::COLLECTION.reads)]
    }

    async fn list(&self, cx: &Cx, query: &Query, results: &mut Results) -> Result<(), Failure> {
        let session = &cx.session()?;
        let member = &CollectionMember::<M>::new();
        let mut pages = session.graph().pages(&M::endpoint(&query.config));
        while let Some(rows) = pages.next(session.scope()).await? {
            let mut meant = Vec::new();
            for row in rows {
                if (M::COLLECTION.is_ours)(&row) && M::is_meant(&row, &query.config)? {
                    meant.push(row);
                }
            }
            let is_whole = query.is_whole;
            let listed_rows = meant.into_iter().map(|row| listed(member, session, row, is_whole));
            let mut listed_rows = stream::iter(listed_rows).buffered(AT_ONCE);
            while let Some(listed) = listed_rows.next().await {
                if results.tell(listed?).await == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

async fn listed<M: Member>(
    member: &CollectionMember<M>,
    session: &Session,
    row: Json,
    is_whole: bool,
) -> Result<Listed, Failure> {
    let state = match is_whole {
        true => member.imported(session, &row).await?,
        false => Value::object([("id", Value::from(id(&row)))]),
    };
    let display_name = row["displayName"].as_str().unwrap_or_default().to_owned();
    Ok(Listed { state, display_name })
}

const ALL_GROUPS: &str = "all_groups";
/// As many groups as a page of the directory holds.
const LARGEST_PAGE: usize = 999;
/// Members whose links are read side by side.
const AT_ONCE: usize = 8;
