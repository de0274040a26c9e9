//! The tools of Azure, played by scripts that are the whole PATH.

use std::path::Path;

use super::*;

/// A folder to be the whole PATH, with one tool in it.
fn path_with(name: &str, script: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join(name);
    std::fs::write(&tool, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", called(folder.path())))
        .unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn called(folder: &Path) -> String {
    folder.join("called").to_str().unwrap().to_owned()
}

fn calls(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(called(folder)).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn az_is_run_once_for_everybody() {
    let expires_on = time::OffsetDateTime::now_utc().unix_timestamp() + 3600;
    let folder = path_with(
        "az",
        &format!(r#"echo '{{"accessToken":"az-token","expires_on":{expires_on},"tokenType":"Bearer"}}'"#),
    );
    let source = source(&[("PATH", folder.path().to_str().unwrap()), ("ARM_TENANT_ID", "contoso.com")]);
    let tokens = join_all((0..20).map(|_| async { text(source.token().await) })).await;
    assert!(tokens.iter().all(|token| token == "az-token"));
    assert_eq!(
        calls(folder.path()),
        [
            "account get-access-token -o json --scope https://graph.microsoft.com/.default --tenant contoso.com"
        ]
    );
}

#[tokio::test]
async fn azd_is_run_when_asked_for() {
    let folder = path_with("azd", r#"echo '{"token":"azd-token","expiresOn":"2099-01-01T00:00:00Z"}'"#);
    let path = folder.path().to_str().unwrap();
    let source = source(&[("PATH", path), ("ARM_USE_CLI", "false"), ("ARM_USE_AZD", "true")]);
    assert_eq!(text(source.token().await), "azd-token");
    assert_eq!(
        calls(folder.path()),
        ["auth token -o json --no-prompt --scope https://graph.microsoft.com/.default"]
    );
}

#[tokio::test]
async fn az_that_is_missing_or_signed_out_is_explained() {
    let empty = tempfile::tempdir().unwrap();
    let signed_out = path_with("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    for (folder, cause, advice) in [
        (empty.path(), "there is no `az` on PATH", "Install the Azure CLI and run `az login`"),
        (signed_out.path(), "Please run 'az login' to setup account.", "Run `az login` in this environment"),
    ] {
        let error = source(&[("PATH", folder.to_str().unwrap())]).token().await.unwrap_err();
        assert_eq!(error.method(), Some(Method::AzureCli));
        assert!(error.to_string().contains(cause) && error.to_string().contains(advice), "{error}");
    }
}
