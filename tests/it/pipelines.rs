//! The workflows in `examples/pipeline`: no secret, an identity token, a plan that can only read, and that very plan applied.

use std::fs;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

fn workflow(path: &str) -> (String, Yaml) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipeline").join(path);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    (text, documents.remove(0))
}

/// Every value at a key of this name, wherever it stands.
fn all<'a>(yaml: &'a Yaml, name: &str) -> Vec<&'a Yaml> {
    match yaml {
        Yaml::Hash(fields) => fields
            .iter()
            .flat_map(|(key, value)| {
                let own = (key.as_str() == Some(name)).then_some(value);
                own.into_iter().chain(all(value, name)).collect::<Vec<_>>()
            })
            .collect(),
        Yaml::Array(items) => items.iter().flat_map(|item| all(item, name)).collect(),
        _ => Vec::new(),
    }
}

fn commands(yaml: &Yaml) -> String {
    let of = |name| all(yaml, name).into_iter().flat_map(lines).collect::<Vec<_>>().join("\n");
    [of("run"), of("script")].join("\n")
}

fn lines(yaml: &Yaml) -> Vec<String> {
    match yaml {
        Yaml::String(text) => text.lines().map(str::to_owned).collect(),
        Yaml::Array(items) => items.iter().flat_map(lines).collect(),
        _ => Vec::new(),
    }
}

const WORKFLOWS: [&str; 3] =
    ["github-actions/autopilot.yml", "azure-devops/azure-pipelines.yml", "gitlab/.gitlab-ci.yml"];

#[test]
fn no_workflow_holds_a_secret_and_each_signs_in_with_an_identity_token() {
    for path in WORKFLOWS {
        let (text, yaml) = workflow(path);
        assert!(all(&yaml, "ARM_USE_OIDC").iter().any(|value| value.as_str() == Some("true")), "{path}");
        for secret in ["CLIENT_SECRET", "secrets.", "CERTIFICATE", "az login"] {
            assert!(!text.contains(secret), "{path} holds {secret}");
        }
    }
    let (_, github) = workflow(WORKFLOWS[0]);
    assert_eq!(github["permissions"]["id-token"].as_str(), Some("write"));
    let (_, azure) = workflow(WORKFLOWS[1]);
    let tokens = all(&azure, "SYSTEM_ACCESSTOKEN");
    assert!(tokens.len() == 2 && tokens.iter().all(|token| token.as_str() == Some("$(System.AccessToken)")));
    let (_, gitlab) = workflow(WORKFLOWS[2]);
    let audience = gitlab["default"]["id_tokens"]["ARM_OIDC_TOKEN"]["aud"].as_str();
    assert_eq!(audience, Some("api://AzureADTokenExchange"));
}

#[test]
fn what_plans_can_only_read_and_what_was_planned_is_applied() {
    for path in WORKFLOWS {
        let (_, yaml) = workflow(path);
        let commands = commands(&yaml);
        assert!(commands.contains("-out=plan.bin"), "{path}");
        let applies: Vec<&str> = commands.lines().filter(|line| line.contains("terraform apply")).collect();
        assert!(
            !applies.is_empty() && applies.iter().all(|line| line.contains("plan.bin")),
            "{path}: {applies:?}"
        );
    }
    let (_, github) = workflow(WORKFLOWS[0]);
    for job in ["pull-request", "plan"] {
        assert_eq!(github["jobs"][job]["env"]["ARM_READ_ONLY"].as_str(), Some("true"), "{job}");
    }
    let apply = &github["jobs"]["apply"];
    assert!(
        apply["env"]["ARM_READ_ONLY"].is_badvalue() && apply["environment"].as_str() == Some("production")
    );
    for path in WORKFLOWS {
        let (_, yaml) = workflow(path);
        assert!(!all(&yaml, "ARM_READ_ONLY").is_empty(), "{path}");
    }
}
