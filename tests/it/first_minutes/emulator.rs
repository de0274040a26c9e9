//! `emulator` as people start it: with a command, in a shell's substitution, on a full disk, for other clients.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Emulator, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{program, said};
use crate::support::site::signal;

#[test]
fn a_command_finds_the_tenant_in_its_environment_and_its_exit_code_is_returned() {
    let script = r#"
        [ -z "$ARM_ACCESS_TOKEN$ARM_CLIENT_SECRET" ] && [ -n "$ARM_REFRESH_TOKEN" ] || exit 1
        [ -n "$EMULATOR_APPLICATION_CLIENT_SECRET" ] && [ -n "$EMULATOR_ADMINISTRATOR_REFRESH_TOKEN" ] || exit 2
        [ "$ARM_READ_ONLY" = true ] || exit 3
        curl -sS "$ARM_MSGRAPH_ENDPOINT/_emulator/health" --noproxy '*' || exit 4
        exit 42"#;
    let output = program(&["emulator", "--", "sh", "-c", script])
        .env("ARM_ACCESS_TOKEN", "of another tenant")
        .env("ARM_READ_ONLY", "true")
        .output()
        .expect("it starts");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(42), "{said}");
    assert!(
        said.starts_with(r#"{"running":true"#) && said.contains("Contoso"),
        "nothing but the command: {said}"
    );
}

#[test]
fn a_command_gets_the_sign_in_that_was_asked_for() {
    let asks = |flag: &str, script: &str| {
        let output = program(&["emulator", flag, "--", "sh", "-c", script]).output().expect("it starts");
        assert!(output.status.success(), "{flag}: {}", said(&output));
    };
    asks("--as-application", r#"[ -n "$ARM_CLIENT_SECRET" ] && [ -z "$ARM_REFRESH_TOKEN" ]"#);
    asks("--no-credentials", r#"[ -n "$ARM_TENANT_ID" ] && [ -z "$ARM_CLIENT_ID$ARM_REFRESH_TOKEN" ]"#);
}

#[test]
fn a_command_that_cannot_be_started_is_named() {
    let output = program(&["emulator", "--", "no-such-program"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("`no-such-program` cannot be started"), "{}", said(&output));
}

#[test]
fn a_command_is_ended_when_the_emulator_is() {
    let script =
        r#"trap 'echo ended; exit 3' TERM; echo "$ARM_MSGRAPH_ENDPOINT"; while :; do sleep 0.05; done"#;
    let mut child =
        program(&["emulator", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines =
        BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
    assert!(lines.next().is_some_and(|line| line.starts_with("http://127.0.0.1:")));
    signal("TERM", &child.id().to_string());
    assert_eq!(lines.next().as_deref(), Some("ended"));
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

/// Ctrl-C reaches both from the terminal, and it is for the command to decide.
#[test]
fn the_tenant_outlives_an_interrupt_as_long_as_its_command_does() {
    let script = r#"kill -INT "$PPID"; sleep 0.2
        curl -sS --noproxy '*' "$ARM_MSGRAPH_ENDPOINT/_emulator/health" && exit 5"#;
    let output = program(&["emulator", "--", "sh", "-c", script]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
}

/// The line that people paste. It used to wait for the end of the emulator.
#[test]
fn a_substitution_ends_while_the_emulator_goes_on() {
    let script = r#"
        eval "$("$PROGRAM" emulator --listen localhost:0 --print-env &)"
        curl -sS --noproxy '*' "$ARM_MSGRAPH_ENDPOINT/_emulator/health" && kill "$EMULATOR_PID""#;
    let started = Instant::now();
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .env("PROGRAM", env!("CARGO_BIN_EXE_terraform-provider-autopilot"))
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("Contoso"), "{}", said(&output));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Started for reading its first lines; ended when dropped.
struct Started(Child, Vec<String>);

impl Started {
    fn until(arguments: &[&str], last: &str) -> Self {
        let mut child = program(arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut read = Vec::new();
        for line in lines.map(|line| line.expect("text")) {
            let is_last = line.contains(last);
            read.push(line);
            if is_last {
                break;
            }
        }
        Self(child, read)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_person_is_shown_both_sign_ins_and_where_everything_is() {
    let started = Started::until(&["emulator", "--listen", "0.0.0.0:0"], "/_emulator/");
    let text = started.1.join("\n");
    for part in [
        "export ARM_REFRESH_TOKEN=",
        "unset ARM_CLIENT_SECRET",
        "export ARM_CLIENT_SECRET=",
        "unset ARM_REFRESH",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("http://127.0.0.1:") && !text.contains("0.0.0.0"), "{text}");
}

#[test]
fn every_shell_gets_its_own_words() {
    for (shell, wanted) in [
        ("fish", "set -gx ARM_CLIENT_SECRET contoso-emulated-secret"),
        ("powershell", "$env:ARM_CLIENT_SECRET = 'contoso-emulated-secret'"),
        ("cmd", "set \"ARM_CLIENT_SECRET=contoso-emulated-secret\""),
    ] {
        let arguments = ["emulator", "--listen", "localhost:0", "--print-env", "--shell", shell];
        let started = Started::until(&arguments, "EMULATOR_PID");
        assert!(started.1.iter().any(|line| line == wanted), "{shell}: {:?}", started.1);
    }
}

/// No client is told anything but what the emulator exports.
#[test]
fn https_works_out_of_the_box_with_curl_python_and_node() {
    for (tool, script) in [
        ("curl", r#"curl -sS "$ARM_MSGRAPH_ENDPOINT/_emulator/health""#),
        (
            "python3",
            r#"python3 -c 'import os, ssl, urllib.request
trust = ssl.create_default_context()
trust.verify_flags |= ssl.VERIFY_X509_STRICT
address = os.environ["ARM_MSGRAPH_ENDPOINT"] + "/_emulator/health"
print(urllib.request.urlopen(address, context=trust).read().decode())'"#,
        ),
        (
            "node",
            r#"node -e 'fetch(process.env.ARM_MSGRAPH_ENDPOINT + "/_emulator/health")
                .then((answer) => answer.text()).then(console.log)'"#,
        ),
    ] {
        let there =
            std::process::Command::new(tool).arg("--version").output().is_ok_and(|ran| ran.status.success());
        if !there {
            continue;
        }
        let output = program(&["emulator", "--https-listen", "localhost", "--", "sh", "-c", script])
            .env("NO_PROXY", "localhost")
            .env("no_proxy", "localhost")
            .current_dir(std::env::temp_dir())
            .output()
            .expect("it starts");
        assert!(output.status.success() && said(&output).contains("Contoso"), "{tool}: {}", said(&output));
    }
}

/// The folder is missing, as the room on a full disk is.
#[test]
fn a_state_file_that_cannot_be_written_is_reported_once_and_written_when_it_can_be() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("room");
    let state = folder.join("state.json");
    let script = format!(
        r#"seed=$ARM_MSGRAPH_ENDPOINT/_emulator/seed
        grow() {{ curl -sS --noproxy '*' -d '{{"groups": [{{"displayName": "'$1'"}}]}}' "$seed" >&2; }}
        grow one; grow two; mkdir '{folder}'
        for _ in $(seq 100); do grep -q two '{state}' 2>/dev/null && exit 0; sleep 0.1; done; exit 1"#,
        folder = folder.display(),
        state = state.display(),
    );
    let arguments = ["emulator", "--state", state.to_str().expect("text"), "--", "sh", "-c", &script];
    let output = program(&arguments).output().expect("it starts");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("cannot be written").count(), 1, "{said}");
    assert_eq!(said.matches("is written again").count(), 1, "{said}");
}

#[tokio::test]
async fn who_does_not_finish_asking_is_dismissed() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let patience = Duration::from_millis(200);
    let options = Options { patience, ..Options::default() }.with_https();
    let running = Emulator::start(options).await.expect("an emulator starts");
    let beginnings: [&[u8]; 5] = [
        b"",
        b"P",
        b"GET /_emulator/health HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ];
    for address in [running.url(), running.https_url().expect("HTTPS")] {
        let address = address.split_once("://").expect("a URL").1;
        for beginning in beginnings {
            let mut socket = tokio::net::TcpStream::connect(address).await.expect("a connection");
            socket.write_all(beginning).await.expect("sent");
            let mut answer = Vec::new();
            let ended = tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await;
            assert!(ended.is_ok(), "{address} waits on after {:?}", String::from_utf8_lossy(beginning));
        }
    }
}
