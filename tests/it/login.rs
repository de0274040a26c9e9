//! `login` and what the provider does with it, through the real program and a person who clicks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use autopilot_provider::emulator::{Emulator, Options, Running, SignIn, environment};
use autopilot_provider::graph::signin::{Argument, Arguments, Settings};
use autopilot_provider::graph::{Endpoint, Error, Graph, Json, Scope};
use futures_util::future::join_all;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");
const ADMINISTRATOR: &str = "admin@contoso.onmicrosoft.com";

/// A tenant, and the folder in which a person keeps their sign-in.
struct Machine {
    running: Running,
    home: TempDir,
}

impl Machine {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = Emulator::start(Options::default()).await.expect("an emulator starts");
        Self { running, home: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("kept/login.json")
    }

    /// Where the tenant is and where sign-ins are kept; as whom to sign in, nothing says.
    fn environment(&self) -> BTreeMap<String, String> {
        let mut variables: BTreeMap<String, String> = environment(&self.running, None, SignIn::Nobody)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        variables.insert("AUTOPILOT_LOGIN_FILE".to_owned(), self.file().display().to_string());
        variables
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().envs(self.environment()).stdin(Stdio::null());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().await.expect("the program starts")
    }

    /// Runs `login` while a person decides so in the browser.
    async fn login(&self, arguments: &[&str], person: &str, decision: &str) -> (Option<i32>, String) {
        let mut child = self
            .command(&[&["login", "--no-browser"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut printed = String::new();
        while let Some(line) = lines.next_line().await.expect("a line") {
            printed.push_str(&format!("{line}\n"));
            if let Some(address) = line.trim().strip_prefix("http").map(|rest| format!("http{rest}")) {
                decide(&address, person, decision).await;
            }
        }
        let output = child.wait_with_output().await.expect("it ends");
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status.code(), printed)
    }

    async fn signed_in(&self) {
        let (code, printed) = self.login(&[], ADMINISTRATOR, "accept").await;
        assert_eq!(code, Some(0), "{printed}");
    }

    /// Graph as the provider reaches it.
    fn graph(&self, more: &[(&str, &str)]) -> Graph {
        let mut environment = self.environment();
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings::resolve(&Arguments::new(), &environment).expect("settings are complete");
        Graph::connect(settings, "test").expect("loopback is a good root")
    }

    async fn read(&self, more: &[(&str, &str)]) -> Result<Json, Error> {
        let scope = Scope::default().within(Duration::from_secs(30));
        self.graph(more).get(&scope, &Endpoint::beta("policies/mobileDeviceManagementPolicies")).await
    }

    fn kept(&self) -> Json {
        serde_json::from_slice(&std::fs::read(self.file()).expect("the file")).expect("JSON")
    }

    async fn control(&self, what: &str, body: Json) {
        let url = format!("{}/_emulator/{what}", self.running.url());
        let reply = reqwest::Client::new().post(url).body(body.to_string()).send().await.expect("an answer");
        assert!(reply.status().is_success(), "{what}");
    }
}

/// A person at the page to which the program sends them.
async fn decide(address: &str, person: &str, decision: &str) {
    let browser = reqwest::Client::new();
    let page = browser.get(address).send().await.expect("a page");
    assert_eq!(page.status(), 200);
    let (endpoint, query) = address.split_once('?').expect("a question");
    let choice = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("user", person), ("decision", decision)])
        .finish();
    let form = browser.post(endpoint).header("content-type", "application/x-www-form-urlencoded");
    let reply = form.body(format!("{query}&{choice}")).send().await.expect("the program answers its browser");
    let page = reply.text().await.expect("a page");
    // Where only an administrator may consent, the page offers a way back.
    if let Some((_, rest)) = page.split_once("<a href=\"") {
        let back = rest.split('"').next().expect("an address").replace("&amp;", "&");
        browser.get(back).send().await.expect("the program answers its browser");
    }
}

#[tokio::test]
async fn a_person_signs_in_with_the_browser_and_the_provider_goes_on_with_it() {
    let machine = Machine::new().await;
    let (code, printed) = machine.login(&[], ADMINISTRATOR, "accept").await;
    assert_eq!(code, Some(0), "{printed}");
    for expected in [
        "Signed in as admin@contoso.onmicrosoft.com",
        "(Contoso)",
        "Policy.ReadWrite.MobilityManagement",
        "whoami",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    assert!(!printed.contains("not granted"), "{printed}");
    let kept = machine.kept();
    let first = kept["sign_ins"][0]["refresh_token"].as_str().expect("a token").to_owned();
    assert!(!printed.contains(&first), "the token is nobody's to see");
    assert_eq!(kept["sign_ins"][0]["domains"], json!(["contoso.com", "contoso.onmicrosoft.com"]));

    machine.read(&[]).await.expect("step 1 can be read");
    let second = machine.kept()["sign_ins"][0]["refresh_token"].clone();
    assert_ne!(second.as_str(), Some(first.as_str()), "the next token is kept");
    machine.read(&[("ARM_TENANT_ID", "contoso.com")]).await.expect("the tenant by its domain");
}

#[tokio::test]
async fn a_code_on_another_device_does_as_well() {
    let machine = Machine::new().await;
    let output = machine.run(&["login", "--device-code", "--read-only"]).await;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("enter the code") && printed.contains("read_only = true"), "{printed}");
    assert!(!printed.contains("ReadWrite"), "only what reads was asked for: {printed}");
    machine.read(&[]).await.expect("step 1 can be read");
}

#[tokio::test]
async fn who_declines_or_needs_an_administrator_learns_it_and_nothing_is_stored() {
    let machine = Machine::new().await;
    let (code, printed) = machine.login(&[], ADMINISTRATOR, "cancel").await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("declined") && printed.contains("Nothing was stored"), "{printed}");
    let (code, printed) = machine.login(&[], "iris@contoso.com", "accept").await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("AADSTS90094") && printed.contains("Cloud Application Administrator"),
        "{printed}"
    );
    assert!(!machine.file().exists());
    let (code, printed) = machine
        .login(&["--client-id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"], ADMINISTRATOR, "accept")
        .await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("AADSTS65002") && printed.contains("Sign in without --client-id"), "{printed}");
}

#[tokio::test]
async fn an_ended_sign_in_says_which_command_begins_it_anew() {
    let machine = Machine::new().await;
    machine.signed_in().await;
    machine.control("revoke", json!({"user": ADMINISTRATOR})).await;
    let error = machine.read(&[]).await.expect_err("the sign-in has ended");
    let text = format!("{error}\n{}", error.advice());
    let tenant = &machine.running.credentials().tenant_id;
    assert!(text.contains("AADSTS50173"), "{text}");
    assert!(text.contains(&format!("terraform-provider-autopilot login --tenant {tenant}")), "{text}");
    machine.signed_in().await;
    machine.read(&[]).await.expect("and so it is");
}

#[tokio::test]
async fn runs_at_the_same_time_share_the_sign_in_and_lose_nothing() {
    let machine = Machine::new().await;
    machine.signed_in().await;
    let all = join_all((0..12).map(|_| machine.read(&[]))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(machine.kept()["sign_ins"].as_array().map(Vec::len), Some(1));
    machine.read(&[]).await.expect("what is kept is good");
    let left: Vec<_> =
        std::fs::read_dir(machine.file().parent().expect("a folder")).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 2, "the file and its lock, and nothing half-written: {left:?}");
}

#[tokio::test]
async fn a_run_goes_on_when_the_new_token_cannot_be_kept() {
    let machine = Machine::new().await;
    machine.signed_in().await;
    let before = machine.kept();
    let lock = machine.file().with_file_name("login.json.lock");
    std::fs::remove_file(&lock).and_then(|()| std::fs::create_dir(&lock)).expect("the lock cannot be had");
    machine.read(&[]).await.expect("the token at hand is good");
    assert_eq!(machine.kept(), before);
    machine.read(&[]).await.expect("and so is the stored one");
}

#[tokio::test]
async fn the_sign_in_of_another_tenant_is_never_used() {
    let machine = Machine::new().await;
    machine.signed_in().await;
    let other = [("ARM_TENANT_ID", "fabrikam.com"), ("ARM_USE_LOGIN", "true")];
    let error = machine.read(&other).await.expect_err("nobody signed in there");
    let text = format!("{error}\n{}", error.advice());
    assert!(text.contains("login --tenant fabrikam.com"), "{text}");
    assert!(
        machine.running.control().requests().iter().all(|one| !one.path.contains("fabrikam")),
        "and nobody is asked"
    );
}

#[tokio::test]
async fn logging_out_removes_what_was_kept_and_says_what_stays() {
    let machine = Machine::new().await;
    let nothing = machine.run(&["logout"]).await;
    assert!(
        nothing.status.success() && String::from_utf8_lossy(&nothing.stdout).contains("nothing to remove")
    );
    machine.signed_in().await;
    let output = machine.run(&["logout", "--tenant", "contoso.com"]).await;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        printed.contains("Removed the sign-in of admin@contoso") && printed.contains("Revoke sessions"),
        "{printed}"
    );
    let error = machine.read(&[("ARM_USE_LOGIN", "true")]).await.expect_err("nobody is signed in");
    assert!(error.advice().contains("login"), "{}", error.advice());
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new().await;
    machine.signed_in().await;
    std::fs::set_permissions(machine.file(), std::fs::Permissions::from_mode(0o640)).expect("it is ours");
    let error = machine.read(&[]).await.expect_err("not such a file");
    assert!(error.to_string().contains("chmod 600"), "{error}");
    let output = machine.run(&["login", "--no-browser"]).await;
    assert!(String::from_utf8_lossy(&output.stderr).contains("chmod 600"), "and nobody signs in for nothing");
}

/// What the README says, with the emulator in place of a tenant: nothing exported but where it is.
#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_the_applied_tutorial() {
    let machine = Machine::new().await;
    machine.signed_in().await;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/user-driven-entra-join");
    let variables = machine.environment();
    let laptop = machine.running.control().laptop(&json!({"serialNumber": "PF4ZT7QN"})).expect("a laptop");
    let laptops = json!({"PF4ZT7QN": {"hardware_hash": laptop["hardwareHash"], "user": "megan@contoso.com", "greeting": "Megan"}});
    let ran = tokio::task::spawn_blocking(move || {
        let binary = Path::new(PROGRAM).parent().expect("a folder");
        let mut workspace = crate::support::terraform::Workspace::new()?
            .dev_override(autopilot_provider::autopilot::ADDRESS, binary);
        for entry in
            std::fs::read_dir(example).expect("the example").flatten().filter(|entry| entry.path().is_file())
        {
            let text = std::fs::read_to_string(entry.path()).expect("a text");
            workspace = workspace.file(&entry.file_name().to_string_lossy(), &text);
        }
        for (name, value) in &variables {
            workspace = workspace.env(name, value);
        }
        let workspace = workspace.env("TF_VAR_laptops", &laptops.to_string());
        workspace.run(&["apply", "-auto-approve", "-input=false"]).success();
        workspace.run(&["plan", "-detailed-exitcode", "-input=false"]).success();
        Some(())
    });
    ran.await.expect("it ends");
}

#[test]
fn flags_and_files_of_sign_in_are_named_in_messages() {
    assert_eq!(Argument::UseLogin.how(), "argument use_login, environment ARM_USE_LOGIN");
    assert_eq!(Argument::LoginFile.how(), "environment AUTOPILOT_LOGIN_FILE");
}
