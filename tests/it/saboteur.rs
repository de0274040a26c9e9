//! Somebody else answers in Microsoft's place, without end: at Graph's door and at the door of the sign-in. The program gives up
//! soon, says so in a few lines, and never needs much memory.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::scripted::{Scripted, ScriptedAnswer};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_graph_without_end_is_given_up_within_256_mib() {
    for evil in EVIL {
        let server = Scripted::answering(move |_| evil.clone()).await;
        let ended =
            restore(MOST_KIB, &[("ARM_MSGRAPH_ENDPOINT", server.root.as_str()), ("ARM_ACCESS_TOKEN", "t-1")])
                .await;
        is_given_up(&ended, evil, "Microsoft Graph");
        assert!(server.count() > 0, "{evil:?}: Graph was asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_sign_in_without_end_is_given_up_within_256_mib() {
    for evil in EVIL {
        let server = Scripted::answering(move |_| evil.clone()).await;
        let ended = restore(
            MOST_KIB,
            &[
                ("ARM_MSGRAPH_ENDPOINT", server.root.as_str()),
                ("ARM_AUTHORITY_HOST", server.root.as_str()),
                ("ARM_TENANT_ID", "0f0f0f0f-0000-4000-8000-00000000000f"),
                ("ARM_CLIENT_ID", "5b1f4a3c-6d2e-4f70-8a91-b2c3d4e5f607"),
                ("ARM_CLIENT_SECRET", "a secret that nobody may see"),
            ],
        )
        .await;
        is_given_up(&ended, evil, "Sign-in");
        assert!(server.count() > 0, "{evil:?}: the sign-in was asked");
    }
}

/// The bound itself is real: what is read before an answer is given up does not fit into a sixteenth of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_needs_more_memory_than_allowed_is_ended() {
    let server = Scripted::answering(|_| ScriptedAnswer::Endless(200)).await;
    let graph = [("ARM_MSGRAPH_ENDPOINT", server.root.as_str()), ("ARM_ACCESS_TOKEN", "t-1")];
    let (output, _) = restore(MOST_KIB / 16, &graph).await;
    assert_ne!(output.status.code(), Some(1), "{output:?}");
}

const EVIL: &[ScriptedAnswer] = &[
    ScriptedAnswer::Endless(200),
    ScriptedAnswer::Endless(400),
    ScriptedAnswer::Bomb(200),
    ScriptedAnswer::Bomb(403),
];
const MOST_KIB: u32 = 256 * 1024;

/// A command that asks Graph once.
async fn restore(kib: u32, signed_in: &[(&str, &str)]) -> (Output, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("backup.json");
    let backup = json!({
        "format": 1, "type": "autopilot_device_join_policy", "tenant_id": null, "taken_at": "2026-01-01T00:00:00Z",
        "state": {"id": "deviceRegistrationPolicy", "device_limit": 50}, "former": {},
    });
    std::fs::write(&file, backup.to_string()).expect("a file");
    within(kib, &["restore", file.to_str().expect("a path in UTF-8")], signed_in).await
}

/// Runs the program with so much memory for its data.
async fn within(kib: u32, arguments: &[&str], environment: &[(&str, &str)]) -> (Output, Duration) {
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", "ulimit -d \"$0\" && exec \"$@\"", &kib.to_string()])
        .arg(env!("CARGO_BIN_EXE_terraform-provider-autopilot"))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(environment.iter().copied())
        .kill_on_drop(true);
    let started = Instant::now();
    (command.output().await.expect("sh starts"), started.elapsed())
}

fn is_given_up((output, took): &(Output, Duration), evil: &ScriptedAnswer, whose: &str) {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{evil:?} after {took:?}: {text}");
    assert!(text.contains(whose) && text.len() < 4_000, "{evil:?}: {text}");
    assert!(!text.contains("nobody may see"), "{evil:?}: {text}");
}
