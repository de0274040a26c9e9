//! Whoever reads for one device: what devices and users have in common.

use std::collections::HashSet;

use super::facts::TenantFacts;
use crate::autopilot::collection::Identified;
use crate::autopilot::session::Session;
use crate::graph::signin::Claims;
use crate::graph::{self, Collection, Endpoint, decode_all};

/// Whoever reads for one device.
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) claims: &'a Claims,
    pub(super) tenant: &'a TenantFacts,
}

impl Reader<'_> {
    /// Of the groups that anything refers to, those that a device or user is in.
    pub(super) async fn groups(&self, of: Endpoint, id: &str) -> Result<HashSet<String>, graph::Error> {
        let members = &self.tenant.members;
        match members.of(self.session, id).await? {
            Some(groups) => Ok(groups),
            None => Ok(members.named(&self.below(of, "transitiveMemberOf", id).await?)),
        }
    }

    /// The ids of the objects in a list that a member of a collection has.
    pub(super) async fn below(
        &self,
        of: Endpoint,
        name: &'static str,
        id: &str,
    ) -> Result<Vec<String>, graph::Error> {
        let lists = Collection::new(of.select("id")).lists_below(name);
        let rows = self.session.graph().list_below(self.session.scope(), &lists, id).await?;
        let objects: Vec<Identified> = decode_all(&rows)?;
        Ok(objects.into_iter().map(|object| object.id).collect())
    }
}

/// Rows on a page, as many as the directory gives.
pub(super) const PAGE: usize = 999;
