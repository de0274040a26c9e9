//! What a person meets who starts the program by hand.

use std::process::{Command, Output};

#[test]
fn started_without_anything_to_do_it_explains_itself_and_fails() {
    let output = start(&[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "stdout belongs to the handshake");
    assert!(said.contains("Terraform starts this program by itself"), "{said}");
    assert!(said.contains("demo") && said.contains("emulator"), "{said}");
}

#[test]
fn asked_for_help_or_its_version_it_answers() {
    for (asked, expected) in [("--help", "demo"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let output = start(&[asked]);
        assert!(output.status.success(), "{asked}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(expected), "{asked}");
    }
}

#[test]
fn a_demo_without_terraform_says_what_to_install() {
    let output = Command::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"))
        .arg("demo")
        .env("PATH", "")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("neither terraform nor tofu is on the PATH"), "{said}");
}

fn start(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_terraform-provider-autopilot");
    Command::new(program).args(arguments).output().expect("the program starts")
}
