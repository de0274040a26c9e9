//! What a tenant has once is there before anybody manages it.

use serde_json::json;

use super::case::{SignedIn, merged};
use super::stage::Stage;

#[tokio::test]
async fn taking_over_a_setting_shows_what_it_replaces_and_what_it_keeps() {
    for (type_name, signed_in, config, replaced, kept) in [
        (
            "autopilot_device_join_policy",
            SignedIn::Application,
            json!({"device_limit": 7}),
            "`device_limit`: 50 becomes 7",
            Some("require_multifactor_authentication"),
        ),
        (
            "autopilot_default_enrollment_status_page",
            SignedIn::Application,
            json!({"timeout_minutes": 45}),
            "`timeout_minutes`: ",
            Some("show_progress"),
        ),
        (
            "autopilot_enrollment_scope",
            SignedIn::Administrator,
            json!({"mdm": {"scope": "all"}}),
            "becomes {",
            None,
        ),
    ] {
        let stage = Stage::quick().await;
        let mut setting = stage.provider(signed_in).await.resource(type_name);
        let plan = setting.plan(&config).await;
        assert!(plan.warnings.warning("already").detail.contains(replaced), "{type_name}: {}", plan.warnings);
        if let Some(kept) = kept {
            assert!(plan.planned.get(kept).is_known(), "{type_name}: {kept}");
        }
        setting.apply(&config).await;
        let again = setting.plan(&config).await;
        assert!(!again.warnings.warnings().any(|warning| warning.summary.contains("already")), "{type_name}");
    }
}

#[tokio::test]
async fn without_its_backup_nothing_is_written_over() {
    let stage = Stage::quick().await;
    let before = stage.objects();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("backups");
    let block = merged(stage.provider_block(SignedIn::Application), &json!({"backup_path": path}));
    let core = stage.unconfigured().await;
    core.configure(block.clone()).await;
    // A file takes the folder's place once the provider is configured.
    std::fs::remove_dir(&path).expect("a folder");
    std::fs::write(&path, "").expect("a file");
    let config = json!({"device_limit": 7});
    let mut policy = stage.provider(SignedIn::Application).await.resource("autopilot_device_join_policy");
    let planned = policy.plan(&config).await;
    policy.continue_with(core.one_command());
    let said = policy.apply_planned(planned, &config).await;
    said.error("Nothing was changed, because no backup could be kept");
    assert_eq!(stage.objects(), before);
    let said = stage.unconfigured().await.try_configure(block).await;
    assert!(said.error("Backups cannot be kept").detail.contains("backups"), "{said}");
}
