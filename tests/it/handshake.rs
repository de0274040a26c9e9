//! A plugin process on the wire: how it starts, whom it lets in, what it carries, how it ends.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use autopilot_provider::tf_provider::protocol::generated::health::HealthCheckRequest;
use autopilot_provider::tf_provider::protocol::generated::health::health_check_response::ServingStatus;
use autopilot_provider::tf_provider::protocol::generated::health::health_client::HealthClient;
use autopilot_provider::tf_provider::protocol::generated::plugin::ConnInfo;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_broker_client::GrpcBrokerClient;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_stdio_client::GrpcStdioClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_client::ProviderClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::{
    DynamicValue, get_provider_schema, list_resource, plan_resource_change, read_data_source, read_resource,
    validate_resource_config,
};
use futures_util::{StreamExt as _, future, stream};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tonic::Code;
use tonic::transport::Channel;

use crate::support::binaries::playground;
use crate::support::client_identity::ClientIdentity;
use crate::support::raw::{Launch, Plugin, provider_on, soon};
use crate::support::terraform::Workspace;

fn probe() -> Launch {
    Launch::of(playground()).env("PLAYGROUND", "wire-probe")
}

async fn answers(provider: &mut ProviderClient<Channel>) -> bool {
    soon(provider.get_provider_schema(get_provider_schema::Request {}))
        .await
        .is_ok()
}

async fn waiting_calls(provider: &mut ProviderClient<Channel>) -> usize {
    let answer = soon(provider.read_data_source(read_data_source::Request::default()))
        .await
        .expect("an answer");
    let count = answer.into_inner().state.expect("a count").json;
    String::from_utf8(count)
        .expect("UTF-8")
        .parse()
        .expect("a number")
}

async fn until_waiting(provider: &mut ProviderClient<Channel>, count: usize) {
    soon(async {
        while waiting_calls(provider).await != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

// ---- Starting ----

#[tokio::test]
async fn started_by_hand_it_says_so_and_leaves() {
    for launch in [
        probe().without_env("TF_PLUGIN_MAGIC_COOKIE"),
        probe().env("TF_PLUGIN_MAGIC_COOKIE", "not the cookie"),
    ] {
        let started = Instant::now();
        let output = launch.run().await;
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty(), "stdout belongs to the host");
        assert!(String::from_utf8_lossy(&output.stderr).contains("Terraform plugin"));
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn always_speaks_version_six() {
    for versions in ["5,6", "6", "6,5", "", "5"] {
        let plugin = probe().env("PLUGIN_PROTOCOL_VERSIONS", versions).start().await;
        assert!(
            plugin.handshake.line.starts_with("1|6|unix|"),
            "{}",
            plugin.handshake.line
        );
    }
}

#[tokio::test]
async fn accepts_connections_as_soon_as_it_has_said_where() {
    for _ in 0..50 {
        let plugin = probe().encrypted().start().await;
        assert!(answers(&mut plugin.provider().await).await);
    }
}

#[tokio::test]
async fn writes_one_line_to_stdout_and_no_more() {
    let plugin = probe().env("TF_LOG", "TRACE").start().await;
    let mut provider = plugin.provider().await;
    soon(provider.validate_resource_config(validate_resource_config::Request::default()))
        .await
        .expect("valid");
    assert_eq!(plugin.shutdown().await.stdout, "");
}

#[tokio::test]
async fn answers_the_question_for_multiplexing() {
    let plugin = probe().env("PLUGIN_MULTIPLEX_GRPC", "true").start().await;
    assert_eq!(plugin.handshake.line.split('|').nth(6), Some("false"));
    let plugin = probe().start().await;
    assert_eq!(plugin.handshake.line.split('|').nth(6), None);
}

// ---- Where it listens ----

fn entries(directory: &Path) -> usize {
    std::fs::read_dir(directory).expect("a listing").count()
}

#[tokio::test]
async fn puts_its_socket_where_the_host_wants_it_and_takes_it_away() {
    let directory = tempfile::tempdir().expect("a directory");
    let launch = || probe().env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
    let (one, two) = (launch().start().await, launch().start().await);
    assert!(
        Path::new(&one.handshake.address).starts_with(directory.path()),
        "{}",
        one.handshake.line
    );
    assert_ne!(one.handshake.address, two.handshake.address);
    assert!(answers(&mut one.provider().await).await && answers(&mut two.provider().await).await);

    one.shutdown().await;
    assert_eq!(entries(directory.path()), 1, "the other one is still there");
    two.signal("TERM").await;
    assert!(two.wait().await.status.success());
    assert_eq!(entries(directory.path()), 0);
}

#[tokio::test]
async fn listens_on_tcp_within_the_range_when_no_socket_can_be_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let plugin = probe()
        .env("PLUGIN_UNIX_SOCKET_DIR", "/nonexistent")
        .env("PLUGIN_MIN_PORT", port.to_string())
        .env("PLUGIN_MAX_PORT", "65535")
        .encrypted()
        .start()
        .await;
    assert_eq!(plugin.handshake.network, "tcp");
    let chosen = plugin
        .handshake
        .address
        .strip_prefix("127.0.0.1:")
        .expect("loopback");
    assert!(
        chosen.parse::<u16>().expect("a port") > port,
        "{chosen} follows {port}, which is taken"
    );
    assert!(answers(&mut plugin.provider().await).await);
    assert!(plugin.shutdown().await.status.success());
}

#[tokio::test]
async fn refuses_to_listen_on_tcp_without_tls() {
    let output = probe().env("PLUGIN_UNIX_SOCKET_DIR", "/nonexistent").run().await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("/nonexistent") && stderr.contains("TLS"),
        "{stderr}"
    );
}

// ---- Whom it lets in ----

#[tokio::test]
async fn lets_in_a_host_with_a_certificate_as_terraform_makes_them() {
    let plugin = probe()
        .encrypted_for(ClientIdentity::like_terraform())
        .start()
        .await;
    let certificate = plugin.handshake.certificate.as_ref().expect("a certificate");
    assert!(certificate.len() > 50);
    assert!(answers(&mut plugin.provider().await).await);
    assert!(plugin.shutdown().await.status.success());
}

async fn still_serves_its_host(plugin: &Plugin) -> bool {
    answers(&mut plugin.provider().await).await
}

#[tokio::test]
async fn refuses_an_anonymous_client() {
    let plugin = probe()
        .encrypted_for(ClientIdentity::like_terraform())
        .start()
        .await;
    if let Ok(channel) = plugin.channel_as(None).await {
        assert!(!answers(&mut provider_on(channel)).await);
    }
    assert!(still_serves_its_host(&plugin).await);
}

#[tokio::test]
async fn refuses_a_foreign_certificate() {
    for foreign in [ClientIdentity::p256(), ClientIdentity::like_terraform()] {
        let plugin = probe().encrypted().start().await;
        if let Ok(channel) = plugin.channel_as(Some(&foreign)).await {
            assert!(!answers(&mut provider_on(channel)).await);
        }
        assert!(still_serves_its_host(&plugin).await);
    }
}

#[tokio::test]
async fn refuses_plaintext_where_tls_was_announced() {
    let plugin = probe().encrypted().start().await;
    if let Ok(channel) = plugin.plaintext_channel().await {
        assert!(!answers(&mut provider_on(channel)).await);
    }
    assert!(still_serves_its_host(&plugin).await);
}

#[tokio::test]
async fn a_client_that_never_finishes_its_handshake_holds_up_nobody() {
    let plugin = probe().encrypted().start().await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(
            tokio::net::UnixStream::connect(&plugin.handshake.address)
                .await
                .expect("a connection"),
        );
    }
    silent[0].write_all(&[22, 3, 1]).await.expect("half a TLS record");
    assert!(still_serves_its_host(&plugin).await);
}

// ---- What it carries ----

#[tokio::test]
async fn carries_a_value_of_twenty_mebibytes_both_ways() {
    let plugin = probe().encrypted().start().await;
    let proposed = DynamicValue {
        msgpack: vec![7; 20 << 20],
        json: Vec::new(),
    };
    let request = plan_resource_change::Request {
        prior_state: Some(proposed.clone()),
        proposed_new_state: Some(proposed.clone()),
        ..Default::default()
    };
    let planned = soon(plugin.provider().await.plan_resource_change(request))
        .await
        .expect("a plan");
    assert!(planned.into_inner().planned_state == Some(proposed));
}

#[tokio::test]
async fn answers_two_hundred_calls_at_once_while_others_wait() {
    let plugin = probe().encrypted().start().await;
    let mut provider = plugin.provider().await;
    let slow: Vec<_> = (0..200)
        .map(|_| {
            let mut provider = provider.clone();
            tokio::spawn(async move { provider.read_resource(read_resource::Request::default()).await })
        })
        .collect();
    until_waiting(&mut provider, 200).await;

    let quick = (0..200).map(|_| {
        let mut provider = provider.clone();
        async move {
            provider
                .validate_resource_config(validate_resource_config::Request::default())
                .await
        }
    });
    assert!(soon(future::join_all(quick)).await.iter().all(Result::is_ok));
    assert!(slow.iter().all(|call| !call.is_finished()));
}

#[tokio::test]
async fn calls_it_does_not_offer_are_unimplemented() {
    let plugin = probe().start().await;
    let answer = plugin
        .provider()
        .await
        .list_resource(list_resource::Request::default())
        .await;
    assert_eq!(answer.expect_err("not offered").code(), Code::Unimplemented);
}

#[tokio::test]
async fn its_health_is_serving() {
    let plugin = probe().start().await;
    let mut health = HealthClient::new(plugin.channel().await);
    let plugin_service = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let answer = soon(health.check(plugin_service.clone()))
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    let mut watched = soon(health.watch(plugin_service))
        .await
        .expect("a stream")
        .into_inner();
    let first = soon(watched.message())
        .await
        .expect("a message")
        .expect("not the end");
    assert_eq!(first.status(), ServingStatus::Serving);
    let unknown = soon(health.check(HealthCheckRequest {
        service: "x".to_owned(),
    }))
    .await;
    assert_eq!(unknown.expect_err("no such service").code(), Code::NotFound);
}

// ---- What it survives ----

#[tokio::test]
async fn a_client_that_vanishes_cancels_its_calls_and_no_others() {
    let plugin = probe().encrypted().start().await;
    let mut provider = plugin.provider().await;
    let mut vanishing = plugin.provider().await;
    let call = tokio::spawn(async move { vanishing.read_resource(read_resource::Request::default()).await });
    until_waiting(&mut provider, 1).await;
    call.abort();
    until_waiting(&mut provider, 0).await;
    assert!(answers(&mut provider).await);
}

#[tokio::test]
async fn a_panic_ends_one_call_and_is_one_line_in_the_log() {
    let plugin = probe().start().await;
    let mut provider = plugin.provider().await;
    let request = validate_resource_config::Request {
        type_name: "panic".to_owned(),
        ..Default::default()
    };
    assert!(soon(provider.validate_resource_config(request)).await.is_err());
    assert!(answers(&mut provider).await, "the same connection still works");

    let ended = plugin.shutdown().await;
    assert!(ended.status.success());
    let lines: Vec<serde_json::Value> = ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 1, "{}", ended.stderr);
    assert_eq!(lines[0]["@level"], "error");
    assert!(
        lines[0]["@message"]
            .as_str()
            .is_some_and(|message| message.contains("asked to panic"))
    );
    assert!(
        lines[0]["panic_location"]
            .as_str()
            .is_some_and(|place| place.contains("wire_probe.rs"))
    );
}

#[tokio::test]
async fn ctrl_c_is_left_to_the_host() {
    let plugin = probe().start().await;
    for _ in 0..3 {
        plugin.signal("INT").await;
        assert!(still_serves_its_host(&plugin).await);
    }
}

// ---- How it ends ----

#[tokio::test]
async fn shutdown_ends_it_within_half_a_second_whatever_is_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let plugin = probe()
        .env("PLUGIN_UNIX_SOCKET_DIR", directory.path())
        .encrypted()
        .start()
        .await;
    let channel = plugin.channel().await;
    let mut stdio = soon(GrpcStdioClient::new(channel.clone()).stream_stdio(()))
        .await
        .expect("a stream")
        .into_inner();
    let offers = stream::pending::<ConnInfo>();
    let mut broker = soon(GrpcBrokerClient::new(channel.clone()).start_stream(offers))
        .await
        .expect("a stream")
        .into_inner();
    let mut provider = provider_on(channel);
    let mut slow = provider.clone();
    let slow = tokio::spawn(async move { slow.read_resource(read_resource::Request::default()).await });
    until_waiting(&mut provider, 1).await;

    let ended = plugin.shutdown().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(ended.took < Duration::from_millis(500), "{:?}", ended.took);
    assert_eq!(entries(directory.path()), 0, "the socket is gone");
    assert!(soon(slow).await.expect("it ran").is_err());
    assert!(
        soon(stdio.next()).await.is_none_or(|chunk| chunk.is_err()),
        "nothing came on the stream"
    );
    assert!(
        soon(broker.next()).await.is_none_or(|offer| offer.is_err()),
        "nothing came on the stream"
    );
}

#[tokio::test]
async fn leaves_when_its_host_has_vanished() {
    let plugin = probe()
        .env("PLAYGROUND_ABANDONED_AFTER", "0.3")
        .encrypted()
        .start()
        .await;
    let mut provider = plugin.provider().await;
    // Longer than the plugin waits for a host: it is connected, so all is well.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(answers(&mut provider).await);
    drop(provider);
    let ended = plugin.wait().await;
    assert!(ended.status.success());
    assert!(ended.took > Duration::from_millis(200), "{:?}", ended.took);
}

// ---- The real host ----

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    playground = { source = "example/playground" }
  }
}
provider "playground" {}
"#;

fn workspace() -> Option<Workspace> {
    Some(
        Workspace::new()?
            .file("main.tf", CONFIGURATION)
            .env("PLAYGROUND", "wire-probe"),
    )
}

fn overridden() -> Option<Workspace> {
    Some(workspace()?.dev_override("example/playground", playground().parent().expect("a directory")))
}

#[test]
fn terraform_reads_the_schema_with_and_without_tls() {
    for tls in [true, false] {
        let Some(mut workspace) = overridden() else { return };
        workspace = workspace.env("TF_LOG", "DEBUG");
        if !tls {
            workspace = workspace.env("TF_DISABLE_PLUGIN_TLS", "1");
        }
        let ran = workspace.run(&["providers", "schema", "-json"]).success();
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert!(
            schema["provider_schemas"]["registry.terraform.io/example/playground"]["provider"].is_object()
        );
        assert!(ran.stderr.contains("plugin exited"), "{}", ran.stderr);
        for trouble in ["plugin failed to exit gracefully", "unexpected data", "panic"] {
            assert!(!ran.stderr.contains(trouble), "{trouble}: {}", ran.stderr);
        }
    }
}

#[test]
fn terraform_installs_it_from_a_mirror_and_validates() {
    let Some(workspace) = workspace() else { return };
    let workspace = workspace.mirror("example/playground", "1.2.3", playground());
    workspace.run(&["init"]).success();
    let ran = workspace.run(&["validate"]).success();
    assert!(
        ran.stdout.contains("The configuration is valid"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn terraform_attaches_to_a_provider_started_for_debugging_as_often_as_it_likes() {
    let mut debugged = tokio::process::Command::new(playground())
        .arg("-debug")
        .env("PLAYGROUND", "wire-probe")
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the playground starts");
    let mut stdout = BufReader::new(debugged.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    let reattach = loop {
        line.clear();
        assert_ne!(
            soon(stdout.read_line(&mut line))
                .await
                .expect("stdout can be read"),
            0,
            "no variable printed"
        );
        if let Some(value) = line.strip_prefix("export TF_REATTACH_PROVIDERS='") {
            break value.trim_end().trim_end_matches('\'').to_owned();
        }
    };

    let Some(workspace) = workspace() else { return };
    let workspace = workspace.env("TF_REATTACH_PROVIDERS", &reattach);
    for _ in 0..2 {
        let ran = workspace.run(&["providers", "schema", "-json"]).success();
        assert!(
            ran.stdout.contains("registry.terraform.io/example/playground"),
            "{}",
            ran.stdout
        );
    }
    assert!(
        debugged.try_wait().expect("a status").is_none(),
        "it is still serving"
    );

    let pid = debugged.id().expect("still running").to_string();
    tokio::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .await
        .expect("kill runs");
    assert!(soon(debugged.wait()).await.expect("a status").success());
    let mut rest = String::new();
    soon(stdout.read_to_string(&mut rest))
        .await
        .expect("stdout can be read");
    assert!(rest.contains("set -gx ") && rest.contains("$env:"), "{rest}");
}
