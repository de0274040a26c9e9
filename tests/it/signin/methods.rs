//! What each method of signing in sends.

use super::*;

#[tokio::test]
async fn a_certificate_signs_an_assertion_for_the_token_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.pfx");
    std::fs::write(&path, PFX).unwrap();
    let base64 = STANDARD.encode(PFX);
    for variables in
        [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PATH", path.to_str().unwrap())]
    {
        let entra = TokenServer::open([token("t")]).await;
        let source = source(&app(&entra, &[variables, ("ARM_CLIENT_CERTIFICATE_PASSWORD", "hunter2")]));
        assert_eq!(text(source.token().await), "t");
        let form = entra.only().form;
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!(
            (form["client_id"].as_str(), form["grant_type"].as_str()),
            ("app-1", "client_credentials")
        );
        let claims = form["client_assertion"].split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], format!("{}/contoso.com/oauth2/v2.0/token", entra.root));
        assert_eq!(claims["iss"], "app-1");
    }
}

#[tokio::test]
async fn a_wrong_password_is_found_before_anything_is_sent() {
    let entra = TokenServer::open([token("t")]).await;
    let base64 = STANDARD.encode(PFX);
    let variables =
        [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", "Password1")];
    let error = source(&app(&entra, &variables)).token().await.unwrap_err();
    assert!(error.to_string().contains("the password does not open the PKCS#12 bundle"), "{error}");
    assert!(!error.to_string().contains("Password1"), "{error}");
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_token_file_is_sent_without_its_line_break_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    for (flag, variable) in [
        ("ARM_USE_OIDC", "ARM_OIDC_TOKEN_FILE_PATH"),
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", "AZURE_FEDERATED_TOKEN_FILE"),
    ] {
        let entra = TokenServer::open([token("t-1"), token("t-2")]).await;
        std::fs::write(&path, "projected-1\n").unwrap();
        let source = source(&app(&entra, &[(flag, "true"), (variable, path.to_str().unwrap())]));
        let first = source.token().await.unwrap();
        std::fs::write(&path, "projected-2\n").unwrap();
        source.invalidate(&first);
        source.token().await.unwrap();
        let shown: Vec<_> =
            entra.asked().into_iter().map(|asked| asked.form["client_assertion"].clone()).collect();
        assert_eq!(shown, ["projected-1", "projected-2"], "{variable}");
    }
}

#[tokio::test]
async fn a_github_job_asks_for_a_token_for_its_cloud_and_shows_it() {
    for (cloud, audience) in
        [("public", "api://AzureADTokenExchange"), ("dod", "api://AzureADTokenExchangeUSGov")]
    {
        let github = TokenServer::open([json_answer(200, json!({"count": 1, "value": "job-token"}))]).await;
        let entra = TokenServer::open([token("t")]).await;
        let url = format!("{}/job?api-version=2.0", github.root);
        let source = source(&app(
            &entra,
            &[
                ("ARM_USE_OIDC", "true"),
                ("ARM_ENVIRONMENT", cloud),
                ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
            ],
        ));
        assert_eq!(text(source.token().await), "t");
        let asked = github.only();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/job"));
        assert_eq!(
            (asked.query["api-version"].as_str(), asked.query["audience"].as_str()),
            ("2.0", audience)
        );
        assert_eq!(asked.headers["authorization"], "Bearer request-token");
        assert_eq!(entra.only().form["client_assertion"], "job-token");
    }
}

#[tokio::test]
async fn a_missing_federated_credential_is_spelled_out_as_it_must_be_added() {
    let job = jwt(json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": "api://AzureADTokenExchange",
        "sub": "repo:contoso/devices:environment:production",
    }));
    let entra = TokenServer::open([refusal(
        400,
        "invalid_request",
        700213,
        "No matching federated identity record.",
    )])
    .await;
    let source = source(&app(&entra, &[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", &job)]));
    let error = source.token().await.unwrap_err().to_string();
    for part in [
        "issuer:   https://token.actions.githubusercontent.com",
        "subject:  repo:contoso/devices:environment:production",
        "audience: api://AzureADTokenExchange",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains(&job), "{error}");
}

#[tokio::test]
async fn a_job_without_permission_learns_which_one() {
    let github = TokenServer::open([json_answer(403, json!({"message": "Forbidden"}))]).await;
    let entra = TokenServer::open([token("t")]).await;
    let source = source(&app(
        &entra,
        &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_OIDC_REQUEST_URL", &github.root),
            ("ARM_OIDC_REQUEST_TOKEN", "request-token"),
        ],
    ));
    let error = source.token().await.unwrap_err().to_string();
    assert!(error.contains("GitHub's OpenID Connect provider answered: Forbidden"), "{error}");
    assert!(error.contains("id-token: write"), "{error}");
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_service_connection_of_azure_devops_is_exchanged() {
    let devops = TokenServer::open([json_answer(200, json!({"oidcToken": "pipeline-token"}))]).await;
    let entra = TokenServer::open([token("t")]).await;
    let url = format!("{}/org/project/_apis/oidctoken", devops.root);
    let source = source(&app(
        &entra,
        &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "connection-1"),
            ("SYSTEM_OIDCREQUESTURI", &url),
            ("SYSTEM_ACCESSTOKEN", "build-token"),
        ],
    ));
    assert_eq!(text(source.token().await), "t");
    let asked = devops.only();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/org/project/_apis/oidctoken"));
    assert_eq!(asked.query["serviceConnectionId"], "connection-1");
    assert_eq!(asked.query["api-version"], "7.1");
    assert_eq!(asked.headers["authorization"], "Bearer build-token");
    assert_eq!(entra.only().form["client_assertion"], "pipeline-token");
}

#[tokio::test]
async fn a_managed_identity_is_asked_at_its_own_endpoint() {
    let expires_on = time::OffsetDateTime::now_utc().unix_timestamp() + 86_400;
    for (expires_on, client) in
        [(json!(expires_on.to_string()), None), (json!(expires_on), Some("identity-1"))]
    {
        let metadata =
            TokenServer::open([json_answer(200, json!({"access_token": "t", "expires_on": expires_on}))])
                .await;
        let endpoint = format!("{}/metadata/identity/oauth2/token", metadata.root);
        let mut environment = vec![("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", endpoint.as_str())];
        environment.extend(client.map(|id| ("ARM_CLIENT_ID", id)));
        assert_eq!(text(source(&environment).token().await), "t");
        let asked = metadata.only();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/metadata/identity/oauth2/token"));
        assert_eq!(asked.query["resource"], "https://graph.microsoft.com");
        assert_eq!(asked.query.get("client_id").map(String::as_str), client);
        assert_eq!(asked.headers["metadata"], "true");
    }
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_reported_at_once() {
    let answer = json!({"error": "invalid_request", "error_description": "Identity not found"});
    let metadata = TokenServer::open([json_answer(400, answer)]).await;
    let environment = [
        ("ARM_USE_MSI", "true"),
        ("ARM_MSI_ENDPOINT", metadata.root.as_str()),
        ("ARM_CLIENT_ID", "identity-1"),
    ];
    let error = source(&environment).token().await.unwrap_err();
    assert!(
        error.to_string().contains("the managed identity endpoint answered: Identity not found"),
        "{error}"
    );
    assert!(error.to_string().contains("user-assigned identity identity-1"), "{error}");
    metadata.only();
}

#[tokio::test]
async fn a_refresh_token_gives_delegated_tokens() {
    let granted = jwt(json!({"scp": "Policy.ReadWrite.MobilityManagement", "upn": "kim@contoso.com"}));
    let entra = TokenServer::open([token(&granted)]).await;
    let source = source(&app(&entra, &[("ARM_REFRESH_TOKEN", "refresh-1")]));
    let claims = source.claims().await.unwrap();
    assert_eq!((claims.acting, claims.user.as_deref()), (Acting::Delegated, Some("kim@contoso.com")));
    let form = entra.only().form;
    assert_eq!((form["grant_type"].as_str(), form["refresh_token"].as_str()), ("refresh_token", "refresh-1"));
    assert_eq!(form["scope"], "https://graph.microsoft.com/.default");
    assert!(!form.contains_key("client_secret"));
}

#[tokio::test]
async fn a_ready_made_token_is_used_as_it_is_or_refused_for_a_reason() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let good = jwt(json!({"aud": "https://graph.microsoft.com", "exp": now + 600, "scp": "User.Read"}));
    assert_eq!(text(source(&[("ARM_ACCESS_TOKEN", &good)]).token().await), good);
    assert_eq!(text(source(&[("ARM_ACCESS_TOKEN", "opaque\n")]).token().await), "opaque");
    for (claims, expected) in [
        (json!({"aud": "https://graph.microsoft.com", "exp": now - 1}), "the access token expired at"),
        (
            json!({"aud": "https://management.azure.com"}),
            "for https://management.azure.com, not for Microsoft Graph",
        ),
    ] {
        let error = source(&[("ARM_ACCESS_TOKEN", &jwt(claims))]).token().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.failure().kind, FailureKind::Settings);
    }
}
