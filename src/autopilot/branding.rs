//! Company branding: what the tenant looks like to whom signs in.

use serde_json::Value as Json;

use super::collection::Identified;
use super::permissions::{BRANDING_READ, ORGANIZATION_READ};
use super::session::Session;
use crate::graph::{self, Endpoint, decode_all};

/// The default branding of the tenant, or none if nobody made one ("Get organizationalBranding": 404). The tenant's id is
/// looked up where the token does not tell it.
pub(crate) async fn read(session: &Session, tenant: Option<&str>) -> Result<Option<Json>, graph::Error> {
    let id = match tenant {
        Some(id) => id.to_owned(),
        None => {
            let rows = session.list(&organization().select("id")).await?;
            let found: Vec<Identified> = decode_all(&rows)?;
            found.into_iter().next().map(|organization| organization.id).unwrap_or_default()
        }
    };
    // Without the header the language of the request decides.
    let address = organization().key(&id).then("branding").header("Accept-Language", "0");
    session.get_opt(&address.needs(BRANDING_READ)).await
}

/// The collection of the one organization.
pub(crate) fn organization() -> Endpoint {
    Endpoint::v1("organization").needs(ORGANIZATION_READ)
}
