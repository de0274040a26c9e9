//! What to do about Entra's error codes, one place for each. Pure.

use super::argument::Argument;
use super::explain::Context;
use super::{Claims, Method};

/// What to do about a code of Entra, in words for the one who configures the provider.
pub(super) fn advice(code: u32, context: &Context<'_>) -> Option<String> {
    let client = context.client_id.unwrap_or("(none)");
    let tenant = context.settings.text(Argument::TenantId).unwrap_or("(the default tenant)");
    let cloud = context.settings.endpoints().cloud;
    let from = |argument| origin(context, argument);
    let secret = [Argument::ClientSecret, Argument::ClientSecretFilePath].map(from).concat();
    Some(match code {
        7000215 => format!(
            "Entra does not know this client secret{secret}. Often the secret's id was pasted instead of its value. The \
             value is shown only once, right after the secret is made: make a new one in the Entra admin center under \
             App registrations > {client} > Certificates & secrets, and give its value."
        ),
        7000222 => format!(
            "The client secret{secret} has expired. Make a new one in the Entra admin center under App registrations > \
             {client} > Certificates & secrets. In a pipeline, use_oidc needs no secret that expires."
        ),
        700016 => format!(
            "There is no application {client} in the tenant {tenant}. Check client_id{} (the application's client id, \
             not its object id), tenant_id{}, and that an administrator has consented to the application there.",
            from(Argument::ClientId),
            from(Argument::TenantId)
        ),
        90002 | 900023 | 900021 => format!(
            "There is no tenant {tenant} in the cloud \"{cloud}\". Check tenant_id{}, and environment if the tenant \
             lives in another cloud.",
            from(Argument::TenantId)
        ),
        70021 | 700211 | 700212 | 700213 | 700223 => {
            let unknown = Claims::unknown();
            let shown = context.shown.unwrap_or(&unknown);
            let say = |claim: &Option<String>| claim.clone().unwrap_or_else(|| "(not readable)".to_owned());
            format!(
                "The application {client} has no federated credential for the token it was shown. Add one in the Entra \
                 admin center under App registrations > Certificates & secrets > Federated credentials, with exactly:\n  \
                 issuer:   {}\n  subject:  {}\n  audience: {}",
                say(&shown.issuer),
                say(&shown.subject),
                say(&shown.audience)
            )
        }
        700024 => {
            "The assertion is outside its time of validity. Check this machine's clock; a token given as \
                   oidc_token may have expired."
                .to_owned()
        }
        700027 | 7000214 | 50012 if context.method == Method::ClientCertificate => format!(
            "Entra does not know the certificate. Upload its public part in the Entra admin center under App \
             registrations > {client} > Certificates & secrets > Certificates, and check that it has not expired."
        ),
        700025 => "The application is registered as a public client and must not show a secret. Use another \
                   application, or sign in with the Azure CLI."
            .to_owned(),
        7000112 => format!("An administrator has disabled the application {client} in this tenant."),
        500011 => format!(
            "The tenant does not know Microsoft Graph by this name. Check that environment (now \"{cloud}\") is the \
             tenant's cloud."
        ),
        53003 | 530032 | 530034 => {
            "A Conditional Access policy blocks this sign-in. Its name stands in the sign-in \
                                    logs of the Entra admin center, to be found by the correlation id."
                .to_owned()
        }
        65001 => format!(
            "Nobody has consented to what the application {client} asks for. Grant consent in the Entra \
                          admin center under Enterprise applications > Permissions."
        ),
        70008 | 70043 | 700082 | 700084 | 50173 | 50076 | 50078 | 50079 => match context.method {
            Method::AzureCli => {
                "The sign-in has expired or needs another factor. Run `az login` again.".to_owned()
            }
            Method::AzureDeveloperCli => {
                "The sign-in has expired or needs another factor. Run `azd auth login` again.".to_owned()
            }
            _ => "The person's sign-in has expired or needs another factor. Obtain a new refresh token."
                .to_owned(),
        },
        _ => return None,
    })
}

/// Where a value in use was found, for the middle of a sentence.
pub(super) fn origin(context: &Context<'_>, argument: Argument) -> String {
    context.settings.origin(argument).map(|origin| format!(" (from {origin})")).unwrap_or_default()
}
