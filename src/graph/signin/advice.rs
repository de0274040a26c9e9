//! What to do about Entra's error codes, one place for each. Pure.

use super::argument::Argument;
use super::command_line_tools::GRAPH_COMMAND_LINE_TOOLS;
use super::context::Context;
use super::login::StoredSignIn;
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
                   application, or sign in as a person with `terraform-provider-autopilot login --client-id`."
            .to_owned(),
        7000218 if context.method == Method::StoredLogin => format!(
            "The application {client} is no public client. Allow it in the Entra admin center under App registrations > \
             {client} > Authentication > \"Allow public client flows\", or sign in without --client-id."
        ),
        50011 => format!(
            "The application {client} does not know the address to which the browser should return. Add \
             `http://localhost` in the Entra admin center under App registrations > {client} > Authentication > Mobile \
             and desktop applications, or use --device-code."
        ),
        90094 | 90095 => "An administrator must consent first: a Global Administrator or a Cloud Application \
                          Administrator runs the same command once, and ticks \"Consent on behalf of your \
                          organization\"."
            .to_owned(),
        65002 => "This is one of Microsoft's own applications, with permissions that nobody can add to. Sign in without \
                  --client-id, or with an application of your own."
            .to_owned(),
        650053 => "The application asks for a permission that does not exist in this cloud.".to_owned(),
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
        65001 => match context.sign_in {
            Some(sign_in) => format!(
                "What this sign-in was consented to has changed. Run `{}`, and accept what it asks for.",
                login_command(sign_in)
            ),
            None => format!(
                "Nobody has consented to what the application {client} asks for. Grant consent in the Entra admin center \
                 under Enterprise applications > Permissions."
            ),
        },
        70000 | 70008 | 70043 | 700082 | 700084 | 50173 | 50076 | 50078 | 50079 | 9002313 => match context.method {
            Method::AzureCli => {
                "The sign-in has expired or needs another factor. Run `az login` again.".to_owned()
            }
            Method::AzureDeveloperCli => {
                "The sign-in has expired or needs another factor. Run `azd auth login` again.".to_owned()
            }
            Method::StoredLogin => {
                let command = context.sign_in.map_or_else(|| LOGIN.to_owned(), login_command);
                format!("The stored sign-in has expired, was revoked, or needs another factor. Run `{command}` again.")
            }
            _ => "The person's sign-in has expired or needs another factor. Obtain a new refresh token."
                .to_owned(),
        },
        _ => return None,
    })
}

/// The command that signs the same person in again.
pub(super) fn login_command(sign_in: &StoredSignIn) -> String {
    let client = match sign_in.client_id.as_str() {
        GRAPH_COMMAND_LINE_TOOLS => String::new(),
        other => format!(" --client-id {other}"),
    };
    format!("{LOGIN} --tenant {}{client}", sign_in.tenant_id)
}

const LOGIN: &str = "terraform-provider-autopilot login";

/// Where a value in use was found, for the middle of a sentence.
pub(super) fn origin(context: &Context<'_>, argument: Argument) -> String {
    context.settings.origin(argument).map(|origin| format!(" (from {origin})")).unwrap_or_default()
}
