//! Mistakes people make, and what they read then: every message in full, in one file to read.
//!
//! `INSTA_UPDATE=always cargo test --test it wrong_input` writes the file anew.

use std::fmt::Write as _;

use regex::Regex;
use serde_json::{Value as Json, json};

use super::case::{SignedIn, merged};
use super::stage::Stage;
use crate::support::core::Said;

#[tokio::test]
async fn every_mistake_is_reported_what_why_and_what_next() {
    let mut output = String::new();
    let mut accepted = Vec::new();
    for mistake in mistakes(&Stage::quick().await) {
        let (said, text) = mistake.made().await;
        if !said.has_errors() {
            accepted.push(mistake.title);
        }
        for error in said.errors() {
            assert!(
                error.detail.len() > error.summary.len()
                    && error.detail.trim_end().ends_with(['.', ')', '`']),
                "{}: a message is a sentence or more: {error:?}",
                mistake.title
            );
        }
        let _ = writeln!(output, "## {}\n\n{text}", mistake.title);
    }
    assert!(accepted.is_empty(), "not refused: {accepted:#?}");
    insta::assert_snapshot!("wrong_input", output.trim_end());
}

/// A mistake in one resource, or in the provider block.
struct Mistake {
    title: &'static str,
    /// The resource's type; empty for the provider block.
    type_name: &'static str,
    config: Json,
    /// What is applied before.
    earlier: Vec<Json>,
}

impl Mistake {
    /// What is said, and the same without what differs from run to run.
    async fn made(&self) -> (Said, String) {
        let stage = Stage::quick().await;
        let said = if self.type_name.is_empty() {
            let core = stage.unconfigured().await;
            let config = merged(stage.provider_block(SignedIn::Application), &self.config);
            let said = core.try_configure(&config).await;
            if said.has_errors() {
                said
            } else {
                // Settings that look right are found wrong when they are first used.
                let mut group = core.resource("autopilot_device_group");
                group.try_apply(json!({"display_name": "Laptops"})).await.said
            }
        } else {
            let core = stage.provider(SignedIn::Application).await;
            for config in &self.earlier {
                let outcome = core.resource(self.type_name).try_apply(config).await;
                outcome.said.expect_no_errors(self.title);
            }
            core.resource(self.type_name).try_apply(&self.config).await.said
        };
        let shown = self.lasting(&stage, &said.to_string());
        (said, shown)
    }

    fn lasting(&self, stage: &Stage, text: &str) -> String {
        let text = text.replace(&stage.url(), "https://graph.microsoft.com");
        let id = Regex::new("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").expect("a pattern");
        let time = Regex::new(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}Z?").expect("a pattern");
        let written = self.config.to_string();
        let text = id.replace_all(&text, |found: &regex::Captures<'_>| {
            if written.contains(&found[0]) { found[0].to_owned() } else { "(an id)".to_owned() }
        });
        time.replace_all(&text, "(a time)").into_owned()
    }
}

fn mistakes(stage: &Stage) -> Vec<Mistake> {
    let mut all = Vec::new();
    all.extend(of("autopilot_deployment_profile", json!({"display_name": "Laptops"}), profiles()));
    all.extend(of("autopilot_device_group", json!({"display_name": "Laptops"}), groups()));
    all.extend(of("autopilot_device_join_policy", json!({}), join_policy()));
    all.extend(of("autopilot_enrollment_scope", json!({}), scope()));
    all.extend(of("autopilot_enrollment_status_page", json!({"display_name": "Laptops"}), pages()));
    all.extend(of("autopilot_device_identity", json!({"serial_number": "PF4ZT7QN"}), devices(stage)));
    all.extend(of("autopilot_device_fleet", json!({"devices": {}}), fleets(stage)));
    all.extend(of("autopilot_user_assignment", json!({"device_id": SOME_ID}), users()));
    all.extend(of("", json!({}), provider()));
    let namesake = |title, type_name| Mistake {
        title,
        type_name,
        config: json!({"display_name": "laptops"}),
        earlier: vec![json!({"display_name": "Laptops"})],
    };
    all.push(namesake("a profile with a name that is taken", "autopilot_deployment_profile"));
    all.push(namesake("a group with a name that is taken", "autopilot_device_group"));
    all.push(namesake("a page with a name that is taken", "autopilot_enrollment_status_page"));
    let everybody = |name: &str| json!({"display_name": name, "assignments": [{"target": "all_devices"}]});
    all.push(Mistake {
        title: "two profiles for all devices",
        type_name: "autopilot_deployment_profile",
        config: everybody("Desktops"),
        earlier: vec![everybody("Laptops")],
    });
    all
}

/// Mistakes by what is written beside the least configuration.
fn of(type_name: &'static str, least: Json, mistakes: Vec<(&'static str, Json)>) -> Vec<Mistake> {
    let mistakes = mistakes.into_iter().map(|(title, patch)| Mistake {
        title,
        type_name,
        config: merged(least.clone(), &patch),
        earlier: Vec::new(),
    });
    mistakes.collect()
}

fn profiles() -> Vec<(&'static str, Json)> {
    let template = |text: &str| json!({"device_name_template": text});
    let assigned = |targets: Json| json!({"assignments": targets});
    vec![
        ("a name template that becomes too long", template("CONTOSO-LAPTOP-%RAND:5%")),
        ("a name template of digits only", template("%RAND:5%")),
        ("a name template with a space", template("CON LAPTOP")),
        ("a name template with a variable of another tool", template("%USERNAME%-%RAND:3%")),
        ("a name template with no random digits", template("CON-%RAND:0%")),
        ("a name template whose percent sign is not closed", template("CON-%SERIAL")),
        (
            "a name template for a hybrid join",
            json!({"join_type": "entra_hybrid_joined", "device_name_template": "CON-%SERIAL%"}),
        ),
        (
            "a self-deploying device with an administrator",
            json!({"deployment_mode": "self_deploying", "user_account_type": "administrator"}),
        ),
        (
            "a self-deploying hybrid join",
            json!({"deployment_mode": "self_deploying", "join_type": "entra_hybrid_joined"}),
        ),
        ("a connectivity check nobody makes", json!({"hybrid_join_skip_connectivity_check": true})),
        ("a language by its name", json!({"locale": "English (US)"})),
        ("a profile without a name", json!({"display_name": " "})),
        ("a profile with a very long name", json!({"display_name": "x".repeat(201)})),
        ("a profile with a name the service refuses", json!({"display_name": "Laptops #1"})),
        ("Graph's word instead of ours", json!({"join_type": "azureADJoined"})),
        ("an assignment without a group", assigned(json!([{"target": "group"}]))),
        ("all devices of a group", assigned(json!([{"target": "all_devices", "group_id": SOME_ID}]))),
        (
            "all devices but some",
            assigned(json!([{"target": "all_devices"}, {"target": "exclusion_group", "group_id": SOME_ID}])),
        ),
        ("a group by its name", assigned(json!([{"group_id": "Autopilot devices"}]))),
        ("a duration in words", json!({"timeouts": {"create": "5 minutes"}})),
        ("three mistakes at once", json!({"locale": "x", "join_type": "x", "device_name_template": "x y"})),
    ]
}

fn groups() -> Vec<(&'static str, Json)> {
    let rule = |text: &str| json!({"membership_rule": text});
    vec![
        (
            "a rule and members",
            json!({"membership_rule": "(device.displayName -eq \"A\")", "members": [SOME_ID]}),
        ),
        (
            "a group tag and a purchase order",
            json!({"autopilot_devices": {"group_tag": "HQ", "purchase_order": "4711"}}),
        ),
        ("a rule about users", rule("(user.department -eq \"Sales\")")),
        ("a rule with an open parenthesis", rule("(device.displayName -eq \"A\"")),
        ("a rule with an open quote", rule("(device.displayName -eq \"A)")),
        ("a rule about nothing", rule("all devices")),
        ("a rule that is too long", rule(&format!("(device.displayName -eq \"{}\")", "A".repeat(3100)))),
        ("a device by its name", json!({"members": ["PC-0001"]})),
        ("an owner by their sign-in name", json!({"owners": ["megan@contoso.com"]})),
        ("a pause without a rule", json!({"membership_rule_paused": true})),
        ("a dynamic group with roles", json!({"autopilot_devices": {}, "assignable_to_role": true})),
        ("an alias with a space", json!({"mail_nickname": "all laptops"})),
    ]
}

fn join_policy() -> Vec<(&'static str, Json)> {
    vec![
        ("a negative device limit", json!({"device_limit": -1})),
        ("a fraction of a device", json!({"device_limit": 2.5})),
        ("nobody selected to join", json!({"allowed_to_join": {"scope": "selected"}})),
        ("everybody and somebody", json!({"allowed_to_join": {"scope": "all", "group_ids": [SOME_ID]}})),
        (
            "a sign-in name instead of an object id",
            json!({"allowed_to_join": {"scope": "selected", "user_ids": ["megan@contoso.com"]}}),
        ),
        ("registration that Intune has locked", json!({"allowed_to_register": {"scope": "none"}})),
    ]
}

fn scope() -> Vec<(&'static str, Json)> {
    vec![
        ("a pipeline at step 1", json!({"mdm": {"scope": "all"}})),
        ("an enrollment scope of nothing", json!({})),
        ("selected without groups", json!({"mdm": {"scope": "selected"}})),
        ("all and some groups", json!({"mdm": {"scope": "all", "group_ids": [SOME_ID]}})),
        ("the portal's word for selected", json!({"mdm": {"scope": "some"}})),
        (
            "an address without TLS",
            json!({"mdm": {"scope": "all", "discovery_url": "http://enroll.contoso.com"}}),
        ),
    ]
}

fn pages() -> Vec<(&'static str, Json)> {
    vec![
        ("a word that is none of ours", json!({"assignments": [{"target": "everybody"}]})),
        ("an app that does not exist", json!({"blocking_app_ids": [SOME_ID], "block_device_use": true})),
        ("an app by its name", json!({"blocking_app_ids": ["Company VPN"], "block_device_use": true})),
        ("a page that gives up at once", json!({"timeout_minutes": 0})),
        (
            "a filter without a mode",
            json!({"assignments": [{"target": "all_devices", "filter_id": SOME_ID}]}),
        ),
    ]
}

fn devices(stage: &Stage) -> Vec<(&'static str, Json)> {
    let hash = |serial: &str| {
        let laptop = stage.control().laptop(&json!({ "serialNumber": serial }));
        let hash = laptop.expect("a laptop")["hardwareHash"].as_str().map(str::to_owned);
        hash.expect("a hash")
    };
    let own = hash("PF4ZT7QN");
    let mut lost = own.clone();
    lost.remove(100);
    // Within the record of the tool and of Windows.
    let changed = format!("{}AA{}", &own[..16], &own[18..]);
    vec![
        ("a hash with a character lost", json!({"hardware_hash": lost})),
        ("a hash that was cut off", json!({"hardware_hash": own[..200]})),
        ("a hash that was changed on its way", json!({"hardware_hash": changed})),
        ("the hash of another device", json!({"hardware_hash": hash("5CD4108XKL")})),
        ("a file name instead of a hash", json!({"hardware_hash": "PF4ZT7QN.hash"})),
        ("a hash given twice", json!({"hardware_hash": own, "hardware_hash_wo": own})),
        ("a device without a hash", json!({})),
        (
            "a device name that is too long",
            json!({"hardware_hash": own, "display_name": "CONTOSO-LAPTOP-01"}),
        ),
        ("a device name of digits", json!({"hardware_hash": own, "display_name": "4711"})),
        ("a device without a serial number", json!({"hardware_hash": own, "serial_number": ""})),
    ]
}

fn fleets(stage: &Stage) -> Vec<(&'static str, Json)> {
    let hash = |serial: &str| {
        let laptop = stage.control().laptop(&json!({ "serialNumber": serial }));
        laptop.expect("a laptop")["hardwareHash"].clone()
    };
    let one = |row: Json| json!({"devices": {"PF4ZT7QN": row}});
    vec![
        (
            "a fleet with one serial number in two spellings",
            json!({"devices": {"PF4ZT7QN": {}, "pf4zt7qn": {}}}),
        ),
        ("a fleet with a key that is empty", json!({"devices": {"": {}}})),
        ("a fleet without hashes", json!({"devices": {"PF4ZT7QN": {}, "5CD4108XKL": {}}})),
        ("a fleet with the hash of another device", one(json!({"hardware_hash": hash("5CD4108XKL")}))),
        ("a fleet with a user by their display name", one(json!({"user_principal_name": "Megan Bowen"}))),
        ("a fleet with a device name of digits", one(json!({"display_name": "4711"}))),
        ("a fleet that may lose less than nothing", json!({"removals_allowed": -1})),
    ]
}

fn users() -> Vec<(&'static str, Json)> {
    let megan = "megan@contoso.com";
    vec![
        ("a user without a domain", json!({"user_principal_name": "megan"})),
        ("a user by their display name", json!({"user_principal_name": "Megan Bowen"})),
        (
            "a serial number instead of the device's id",
            json!({"device_id": "PF4ZT7QN", "user_principal_name": megan}),
        ),
        ("a device that is not registered", json!({"user_principal_name": megan})),
        ("a greeting of nothing", json!({"user_principal_name": megan, "addressable_user_name": ""})),
    ]
}

fn provider() -> Vec<(&'static str, Json)> {
    vec![
        ("a wrong secret", json!({"client_secret": "the secret's id, not its value"})),
        ("an application of another tenant", json!({"client_id": SOME_ID})),
        ("a tenant by its display name", json!({"tenant_id": "Contoso Ltd"})),
        ("a secret without an application", json!({"client_id": null})),
        ("a partner by name", json!({"partner_id": "Contoso Consulting"})),
        ("Graph without TLS", json!({"graph_endpoint": "http://graph.contoso.com"})),
        ("a cloud that is none", json!({"environment": "moon"})),
    ]
}

const SOME_ID: &str = "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11";
