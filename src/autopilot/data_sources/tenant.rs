//! `autopilot_tenant`: who signed in, to which tenant, and what that account may do.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::autopilot::branding::organization;
use crate::autopilot::licences::{Plan, is_entra_p1_active, is_intune_active};
use crate::autopilot::permissions::ORGANIZATION_READ;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::autopilot::type_access::{Needed, TypeAccess, granted};
use crate::graph::signin::{Acting, Claims};
use crate::graph::{self, decode};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, aside};
use crate::tf_provider::schema::{
    Attribute, Choice, Schema, boolean, choice, computed, guid, list_of, object, pick, set_of, text,
};
use crate::tf_provider::value::Value;

/// The tenant, as the account that signed in sees it.
pub(crate) struct SignedIn {
    needed: Vec<Needed>,
}

impl SignedIn {
    /// Tells besides what the account may do with these types.
    pub(crate) fn with(needed: Vec<Needed>) -> Self {
        Self { needed }
    }
}

#[async_trait]
impl DataSource<Tenant> for SignedIn {
    fn name(&self) -> &'static str {
        "autopilot_tenant"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "The tenant, the account that the provider signed in as, and what that account may do with each resource and \
             data source.",
        )
        .attributes([
            computed("id", guid(), "Id of the tenant."),
            computed("display_name", text(), "Name of the organization; null without a permission to read it."),
            computed("default_domain", text(), "Domain that new users get; null likewise."),
            computed("domains", set_of(text()), "All verified domains; null likewise."),
            computed(
                "intune_licensed",
                boolean(),
                "Whether the tenant has an active Intune plan; null likewise. Whether a user has one, `autopilot_user` tells.",
            ),
            computed("entra_p1_licensed", boolean(), "Whether it has an active Microsoft Entra ID P1 or P2 plan; null likewise."),
            computed("account", object(account()), "Who signed in, as the token tells."),
            computed("permissions", set_of(text()), "Permissions of the token."),
            computed(
                "types",
                list_of(object(access())),
                "What the permissions allow, for each resource and data source, by name. Roles in Microsoft Entra and Intune \
                 come on top; no token tells them all.",
            ),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![aside("tell name, domains and licences (optional)", ORGANIZATION_READ)]
    }

    async fn read(&self, cx: &Cx, _config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let claims = session.graph().claims(session.scope()).await?;
        let organization = match read(&session).await {
            Ok(organization) => organization,
            Err(error) if error.kind() == graph::ErrorKind::PermissionMissing => None,
            Err(error) => return Err(error.into()),
        };
        let id = claims.tenant_id.clone().or_else(|| organization.as_ref().map(|found| found.id.clone()));
        let types = granted(&self.needed, &claims);
        Ok(Value::object([
            ("id", Value::from(id)),
            ("account", account_of(&claims)),
            ("permissions", texts(claims.permissions.iter().cloned())),
            ("types", Value::list(types.into_iter().map(access_of))),
            ("display_name", organization.as_ref().and_then(|found| found.display_name.clone()).into()),
            ("default_domain", organization.as_ref().and_then(Organization::default_domain).into()),
            ("domains", organization.as_ref().map(Organization::domains).unwrap_or_default()),
            (
                "intune_licensed",
                organization.as_ref().and_then(|found| found.plans().map(is_intune_active)).into(),
            ),
            (
                "entra_p1_licensed",
                organization.as_ref().and_then(|found| found.plans().map(is_entra_p1_active)).into(),
            ),
        ]))
    }
}

/// What is read of the organization.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    id: String,
    display_name: Option<String>,
    assigned_plans: Option<Vec<Plan>>,
    verified_domains: Option<Vec<Domain>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    name: Option<String>,
    is_default: Option<bool>,
}

impl Organization {
    fn plans(&self) -> Option<&[Plan]> {
        self.assigned_plans.as_deref()
    }

    fn default_domain(&self) -> Option<String> {
        let mut domains = self.verified_domains.iter().flatten();
        domains.find(|domain| domain.is_default == Some(true))?.name.clone()
    }

    fn domains(&self) -> Value {
        texts(self.verified_domains.iter().flatten().filter_map(|domain| domain.name.clone()))
    }
}

async fn read(session: &Session) -> Result<Option<Organization>, graph::Error> {
    let rows: Vec<Json> = session.list(&organization()).await?;
    rows.first().map(decode).transpose()
}

fn account() -> Vec<Attribute> {
    vec![
        computed("kind", choice(KINDS), "Who it is."),
        computed("user_principal_name", text(), "The person; null for an application by itself."),
        computed("object_id", guid(), "Object id of the person, or of the application in this tenant."),
        computed("application_id", guid(), "Client id of the application."),
        computed("application_name", text(), "Its name; null where the token does not tell."),
    ]
}

fn access() -> Vec<Attribute> {
    vec![
        computed("type", text(), "Name of the resource; of a data source with `data.` before it."),
        computed(
            "can_read",
            boolean(),
            "Whether it can be read; null where nothing is needed or the token does not tell.",
        ),
        computed("can_change", boolean(), "Whether it can be changed; null for data sources likewise."),
        computed("missing", list_of(text()), "What is missing: what for, and the least permission."),
    ]
}

fn account_of(claims: &Claims) -> Value {
    let kind = match claims.acting {
        Acting::AppOnly => "application",
        Acting::Delegated => "person",
        Acting::Unknown => "unknown",
    };
    Value::object([
        ("kind", Value::from(kind)),
        ("user_principal_name", claims.user.clone().into()),
        ("object_id", claims.object_id.clone().into()),
        ("application_id", claims.app_id.clone().into()),
        ("application_name", claims.app_name.clone().into()),
    ])
}

fn access_of(access: TypeAccess) -> Value {
    Value::object([
        ("type", Value::from(access.type_name)),
        ("can_read", access.read.into()),
        ("can_change", access.change.into()),
        ("missing", Value::list(access.missing.into_iter().map(Value::from))),
    ])
}

fn texts(texts: impl Iterator<Item = String>) -> Value {
    Value::set(texts.map(Value::from))
}

const KINDS: &[Choice] = &[
    pick("person", "person", "a signed-in person"),
    pick("application", "application", "an application by itself"),
    pick("unknown", "unknown", "the token does not tell"),
];
