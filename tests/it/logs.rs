//! What a plugin writes to stderr, and what Terraform makes of it.

use autopilot_provider::tf_provider::protocol::tfplugin6::validate_resource_config;
use serde_json::Value;

use crate::support::binaries::playground;
use crate::support::raw::{Launch, soon};

/// The log of one call that logs at every level, with these variables set.
async fn log_with(variables: &[(&str, &str)]) -> Vec<Value> {
    let mut launch = Launch::of(playground()).env("PLAYGROUND", "wire-probe").encrypted();
    for (name, value) in variables {
        launch = launch.env(name, value);
    }
    let plugin = launch.start().await;
    let request = validate_resource_config::Request { type_name: "thing".to_owned(), ..Default::default() };
    soon(plugin.provider().await.validate_resource_config(request)).await.expect("valid");
    let ended = plugin.shutdown().await;
    assert!(ended.stderr.lines().all(|line| line.len() < 64 << 10));
    ended.stderr.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

fn messages(log: &[Value]) -> Vec<&str> {
    log.iter().filter_map(|line| line["@message"].as_str()).collect()
}

/// Checks 21 and 22.
#[tokio::test]
async fn every_line_is_one_that_terraform_can_sort() {
    let log = log_with(&[("TF_LOG_PROVIDER", "TRACE")]).await;
    let timestamp =
        regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$").expect("a pattern");
    for line in &log {
        assert!(line["@message"].is_string(), "{line}");
        assert!(
            ["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap_or("none")),
            "{line}"
        );
        assert!(timestamp.is_match(line["@timestamp"].as_str().unwrap_or("none")), "{line}");
    }
    let said: Vec<_> = log.iter().filter(|line| line["type_name"] == "thing").collect();
    let levels: Vec<_> = said.iter().filter_map(|line| line["@level"].as_str()).collect();
    assert_eq!(levels, ["trace", "debug", "info", "warn", "error"]);
    assert!(said.iter().all(|line| line["tf_rpc"] == "ValidateResourceConfig"), "{said:?}");
}

/// Check 23.
#[tokio::test]
async fn the_level_is_the_practitioners() {
    assert!(log_with(&[]).await.is_empty(), "nobody asked");
    assert_eq!(messages(&log_with(&[("TF_LOG", "ERROR")]).await), ["failed"]);
    assert_eq!(
        messages(&log_with(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")]).await),
        ["warned", "failed"]
    );
    let own = [("TF_LOG_PROVIDER", "TRACE"), ("TF_LOG_PROVIDER_PLAYGROUND", "INFO")];
    assert_eq!(messages(&log_with(&own).await), ["informed", "warned", "failed"]);
}

#[tokio::test]
async fn libraries_are_not_heard_below_warnings() {
    for line in log_with(&[("TF_LOG", "TRACE")]).await {
        let module = line["@module"].as_str().expect("a module");
        let ours =
            module.starts_with("autopilot_provider") || module.starts_with("terraform_provider_playground");
        assert!(ours, "{line}");
    }
}

#[tokio::test]
async fn a_call_is_logged_with_its_duration_and_all_it_says_has_its_id() {
    let log = log_with(&[("TF_LOG", "TRACE")]).await;
    let answered = log.iter().find(|line| line["@message"] == "answered").expect("an answer");
    assert_eq!(answered["tf_rpc"], "ValidateResourceConfig");
    assert!(answered["tf_req_duration_ms"].as_f64().is_some_and(|took| took > 0.0), "{answered}");
    let said: Vec<_> = log.iter().filter(|line| line["tf_req_id"] == answered["tf_req_id"]).collect();
    assert_eq!(said.len(), 7, "called, five levels, answered: {said:?}");
}
