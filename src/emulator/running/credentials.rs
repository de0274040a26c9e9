//! Who is signed in to an emulated tenant by default.

use crate::emulator::world::tenant::Tenant;

/// How to sign in to the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The directory (tenant) id.
    pub tenant_id: String,
    /// The application id that has the secret.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The application id for signing in with a device code.
    pub public_client_id: String,
}

impl Credentials {
    pub(super) fn of(tenant: &Tenant) -> Self {
        let applications = &tenant.registrations.applications;
        let confidential = applications.iter().find(|application| !application.secrets.is_empty());
        let public = applications.iter().find(|application| application.public_client);
        Self {
            tenant_id: tenant.id.clone(),
            client_id: confidential.map(|found| found.client_id.clone()).unwrap_or_default(),
            client_secret: confidential.map(|found| found.secrets[0].value.clone()).unwrap_or_default(),
            public_client_id: public.map(|found| found.client_id.clone()).unwrap_or_default(),
        }
    }
}
