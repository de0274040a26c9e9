//! What a plugin process carries, what it survives, and how it ends.

use std::time::Duration;

use autopilot_provider::tf_provider::protocol::generated::health::HealthCheckRequest;
use autopilot_provider::tf_provider::protocol::generated::health::health_check_response::ServingStatus;
use autopilot_provider::tf_provider::protocol::generated::health::health_client::HealthClient;
use autopilot_provider::tf_provider::protocol::generated::plugin::ConnInfo;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_broker_client::GrpcBrokerClient;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_stdio_client::GrpcStdioClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::{
    DynamicValue, list_resource, plan_resource_change, read_resource, validate_resource_config,
};
use futures_util::{StreamExt as _, future, stream};
use tonic::Code;

use crate::support::probe::{answers, entries, probe, still_serves_its_host, until_waiting};
use crate::support::raw::{provider_on, soon};

// ---- What it carries ----

/// Check 15.
#[tokio::test]
async fn carries_a_value_of_twenty_mebibytes_both_ways() {
    let plugin = probe().encrypted().start().await;
    let proposed = DynamicValue { msgpack: vec![7; 20 << 20], json: Vec::new() };
    let request = plan_resource_change::Request {
        prior_state: Some(proposed.clone()),
        proposed_new_state: Some(proposed.clone()),
        ..Default::default()
    };
    let planned = soon(plugin.provider().await.plan_resource_change(request)).await.expect("a plan");
    assert!(planned.into_inner().planned_state == Some(proposed));
}

/// Check 16.
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
        async move { provider.validate_resource_config(validate_resource_config::Request::default()).await }
    });
    assert!(soon(future::join_all(quick)).await.iter().all(Result::is_ok));
    assert!(slow.iter().all(|call| !call.is_finished()));
}

#[tokio::test]
async fn calls_it_does_not_offer_are_unimplemented() {
    let plugin = probe().start().await;
    let answer = plugin.provider().await.list_resource(list_resource::Request::default()).await;
    assert_eq!(answer.expect_err("not offered").code(), Code::Unimplemented);
}

/// Check 14.
#[tokio::test]
async fn its_health_is_serving() {
    let plugin = probe().start().await;
    let mut health = HealthClient::new(plugin.channel().await);
    let plugin_service = HealthCheckRequest { service: "plugin".to_owned() };
    let answer = soon(health.check(plugin_service.clone())).await.expect("an answer").into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    let mut watched = soon(health.watch(plugin_service)).await.expect("a stream").into_inner();
    let first = soon(watched.message()).await.expect("a message").expect("not the end");
    assert_eq!(first.status(), ServingStatus::Serving);
    let unknown = soon(health.check(HealthCheckRequest { service: "x".to_owned() })).await;
    assert_eq!(unknown.expect_err("no such service").code(), Code::NotFound);
}

// ---- What it survives ----

/// Check 17.
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

/// Check 18.
#[tokio::test]
async fn a_panic_ends_one_call_and_is_one_line_in_the_log() {
    let plugin = probe().start().await;
    let mut provider = plugin.provider().await;
    let request = validate_resource_config::Request { type_name: "panic".to_owned(), ..Default::default() };
    assert!(soon(provider.validate_resource_config(request)).await.is_err());
    assert!(answers(&mut provider).await, "the same connection still works");

    let ended = plugin.shutdown().await;
    assert!(ended.status.success());
    let lines: Vec<serde_json::Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 1, "{}", ended.stderr);
    assert_eq!(lines[0]["@level"], "error");
    assert!(lines[0]["@message"].as_str().is_some_and(|message| message.contains("asked to panic")));
    assert!(lines[0]["panic_location"].as_str().is_some_and(|place| place.contains("wire_probe.rs")));
}

/// Check 12.
#[tokio::test]
async fn ctrl_c_is_left_to_the_host() {
    let plugin = probe().start().await;
    for _ in 0..3 {
        plugin.signal("INT").await;
        assert!(still_serves_its_host(&plugin).await);
    }
}

// ---- How it ends ----

/// Check 12. The quickest of three, since a busy machine is no fault of the provider.
#[tokio::test]
async fn shutdown_ends_it_within_half_a_second_whatever_is_open() {
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(shut_down_with_all_open().await);
        if took.iter().any(|took| *took < Duration::from_millis(500)) {
            return;
        }
    }
    panic!("{took:?}");
}

async fn shut_down_with_all_open() -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let plugin = probe().env("PLUGIN_UNIX_SOCKET_DIR", directory.path()).encrypted().start().await;
    let channel = plugin.channel().await;
    let mut stdio =
        soon(GrpcStdioClient::new(channel.clone()).stream_stdio(())).await.expect("a stream").into_inner();
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
    // Two seconds after it asked, Terraform kills what has not ended.
    assert!(ended.took < Duration::from_secs(2), "{:?}", ended.took);
    assert_eq!(entries(directory.path()), 0, "the socket is gone");
    assert!(soon(slow).await.expect("it ran").is_err());
    assert!(soon(stdio.next()).await.is_none_or(|chunk| chunk.is_err()), "nothing came on the stream");
    assert!(soon(broker.next()).await.is_none_or(|offer| offer.is_err()), "nothing came on the stream");
    ended.took
}

#[tokio::test]
async fn asked_to_terminate_it_stays_until_its_host_is_done() {
    for signal in ["TERM", "HUP"] {
        let plugin = probe().start().await;
        let mut provider = plugin.provider().await;
        assert!(answers(&mut provider).await, "the host is there");
        plugin.signal(signal).await;
        assert!(answers(&mut provider).await, "the host gets {signal} too, and decides");
        assert!(answers(&mut provider).await);
        drop(provider);
        let ended = plugin.wait().await;
        assert!(ended.status.success(), "{:?}", ended.status);
    }
}

#[tokio::test]
async fn leaves_when_its_host_has_vanished() {
    let plugin = probe().env("PLAYGROUND_ABANDONED_AFTER", "0.3").encrypted().start().await;
    let mut provider = plugin.provider().await;
    // Longer than the plugin waits for a host: it is connected, so all is well.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(answers(&mut provider).await);
    drop(provider);
    let ended = plugin.wait().await;
    assert!(ended.status.success());
    assert!(ended.took > Duration::from_millis(200), "{:?}", ended.took);
}
