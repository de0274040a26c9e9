//! How a plugin process starts: what it says, where it listens, whom it lets in.

use std::path::Path;
use std::time::{Duration, Instant};

use autopilot_provider::tf_provider::protocol::tfplugin6::validate_resource_config;
use tokio::io::AsyncWriteExt as _;

use crate::support::client_identity::ClientIdentity;
use crate::support::probe::{answers, entries, probe, still_serves_its_host};
use crate::support::raw::{provider_on, soon};

// ---- Starting ----

/// Check 1.
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
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }
}

/// Check 4.
#[tokio::test]
async fn always_speaks_version_six() {
    for versions in ["5,6", "6", "6,5", "", "5"] {
        let plugin = probe().env("PLUGIN_PROTOCOL_VERSIONS", versions).start().await;
        assert!(plugin.handshake.line.starts_with("1|6|unix|"), "{}", plugin.handshake.line);
    }
}

/// Check 3.
#[tokio::test]
async fn accepts_connections_as_soon_as_it_has_said_where() {
    for _ in 0..50 {
        let plugin = probe().encrypted().start().await;
        assert!(answers(&mut plugin.provider().await).await);
    }
}

/// Check 2.
#[tokio::test]
async fn writes_one_line_to_stdout_and_no_more() {
    let plugin = probe().env("TF_LOG", "TRACE").start().await;
    let mut provider = plugin.provider().await;
    soon(provider.validate_resource_config(validate_resource_config::Request::default()))
        .await
        .expect("valid");
    assert_eq!(plugin.shutdown().await.stdout, "");
}

/// Check 7.
#[tokio::test]
async fn answers_the_question_for_multiplexing() {
    let plugin = probe().env("PLUGIN_MULTIPLEX_GRPC", "true").start().await;
    assert_eq!(plugin.handshake.line.split('|').nth(6), Some("false"));
    let plugin = probe().start().await;
    assert_eq!(plugin.handshake.line.split('|').nth(6), None);
}

// ---- Where it listens ----

/// Check 6.
#[tokio::test]
async fn puts_its_socket_where_the_host_wants_it_and_takes_it_away() {
    let directory = tempfile::tempdir().expect("a directory");
    let launch = || probe().env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
    let (one, two) = (launch().start().await, launch().start().await);
    assert!(Path::new(&one.handshake.address).starts_with(directory.path()), "{}", one.handshake.line);
    assert_ne!(one.handshake.address, two.handshake.address);
    assert!(answers(&mut one.provider().await).await && answers(&mut two.provider().await).await);

    one.shutdown().await;
    assert_eq!(entries(directory.path()), 1, "the other one is still there");
    two.signal("TERM").await;
    assert!(two.wait().await.status.success());
    assert_eq!(entries(directory.path()), 0);
}

/// Check 5.
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
    let chosen = plugin.handshake.address.strip_prefix("127.0.0.1:").expect("loopback");
    assert!(chosen.parse::<u16>().expect("a port") > port, "{chosen} follows {port}, which is taken");
    assert!(answers(&mut plugin.provider().await).await);
    assert!(plugin.shutdown().await.status.success());
}

#[tokio::test]
async fn refuses_to_listen_on_tcp_without_tls() {
    let output = probe().env("PLUGIN_UNIX_SOCKET_DIR", "/nonexistent").run().await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("/nonexistent") && stderr.contains("TLS"), "{stderr}");
}

// ---- Whom it lets in ----

/// Checks 8 and 9.
#[tokio::test]
async fn lets_in_a_host_with_a_certificate_as_terraform_makes_them() {
    let plugin = probe().encrypted_for(ClientIdentity::like_terraform()).start().await;
    let certificate = plugin.handshake.certificate.as_ref().expect("a certificate");
    assert!(certificate.len() > 50);
    assert!(answers(&mut plugin.provider().await).await);
    assert!(plugin.shutdown().await.status.success());
}

/// A host signs with the hash that it likes best: in TLS 1.2 with any, in TLS 1.3 with the one that its curve asks for.
#[tokio::test]
async fn lets_in_its_host_over_both_versions_of_tls_with_every_hash() {
    use rustls::SignatureScheme as Scheme;
    use rustls::version::{TLS12, TLS13};
    let cases = [
        (&TLS12, Scheme::ECDSA_NISTP256_SHA256),
        (&TLS12, Scheme::ECDSA_NISTP384_SHA384),
        (&TLS12, Scheme::ECDSA_NISTP521_SHA512),
        (&TLS13, Scheme::ECDSA_NISTP521_SHA512),
    ];
    let plugin = probe().encrypted_for(ClientIdentity::like_terraform()).start().await;
    for (version, scheme) in cases {
        let host = ClientIdentity::like_terraform_signing(scheme);
        let channel = plugin.channel_over(&[version], Some(&host)).await;
        let channel = channel.unwrap_or_else(|error| panic!("{version:?} {scheme:?}: {error:?}"));
        assert!(answers(&mut provider_on(channel)).await, "{version:?} {scheme:?}");
    }
    for version in [&TLS12, &TLS13] {
        for stranger in [None, Some(&ClientIdentity::p256())] {
            let channel = plugin.channel_over(&[version], stranger).await;
            if let Ok(channel) = channel {
                assert!(!answers(&mut provider_on(channel)).await, "{version:?}");
            }
        }
    }
}

/// Check 10.
#[tokio::test]
async fn refuses_an_anonymous_client() {
    let plugin = probe().encrypted_for(ClientIdentity::like_terraform()).start().await;
    if let Ok(channel) = plugin.channel_as(None).await {
        assert!(!answers(&mut provider_on(channel)).await);
    }
    assert!(still_serves_its_host(&plugin).await);
}

/// Check 10.
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

/// Check 10.
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
        silent.push(tokio::net::UnixStream::connect(&plugin.handshake.address).await.expect("a connection"));
    }
    silent[0].write_all(&[22, 3, 1]).await.expect("half a TLS record");
    assert!(still_serves_its_host(&plugin).await);
}
