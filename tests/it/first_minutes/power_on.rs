//! `power-on`: a test of a configuration that says whether the laptop would get there.

use serde_json::{Value, json};

use super::{program, said};
use crate::out_of_box::ready::Ready;

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_by_its_exit_code_whether_the_laptop_gets_there() {
    let ready = Ready::new().await;
    let url = ready.tenant.url("");
    let power_on = |serial: &str, more: &[&str]| {
        let arguments = [&["power-on", serial, "--user", "megan@contoso.com"], more].concat();
        let output = program(&arguments).env("ARM_MSGRAPH_ENDPOINT", &url).output().expect("it starts");
        (output.status.code(), said(&output))
    };
    let (code, text) = power_on("HQ-1", &[]);
    assert!(code == Some(0) && text.contains("ok   desktop"), "{text}");

    let (code, text) = power_on("HQ-1", &["--json"]);
    let played: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &played["asIntended"], &played["stoppedAt"]), (Some(0), &json!(true), &Value::Null));

    // A laptop that nobody registered reaches a desktop as any laptop does.
    let (code, text) = power_on("STRANGER", &[]);
    assert!(code == Some(1) && text.contains("not as a laptop of Windows Autopilot"), "{text}");

    ready.join_policy(|policy| {
        policy["azureADJoin"]["allowedToJoin"] =
            json!({ "@odata.type": "#microsoft.graph.noDeviceRegistrationMembership" });
    });
    let (code, text) = power_on("HQ-1", &[]);
    assert!(code == Some(1) && text.contains("STOP join") && text.contains("it stops at `join`"), "{text}");
    assert!(text.contains("  Let all users join, or one of the user's groups"), "{text}");

    let (code, text) = power_on(" ", &[]);
    assert!(code == Some(2) && text.contains("a laptop has a \"serialNumber\""), "{text}");
}

#[test]
fn what_could_not_be_tried_is_neither_yes_nor_no() {
    let arguments = ["power-on", "HQ-1", "--emulator", "http://127.0.0.1:9"];
    let output = program(&arguments).output().expect("it starts");
    let said = said(&output);
    assert!(
        output.status.code() == Some(2) && said.contains("No emulator answers at http://127.0.0.1:9"),
        "{said}"
    );
}
