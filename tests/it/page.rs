//! The emulator's page, in the browser that people have: seen, used, and broken, without an error on its console.
//!
//! Needs `chromedriver` on the PATH (Debian: `chromium-driver`). Where there is none, one line says so.

#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use autopilot_provider::emulator::collections::{GROUPS, IDENTITIES, MDM_POLICIES, USERS};
use autopilot_provider::emulator::{Emulator, Options, Running};
use base64::Engine as _;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_is_switched_on_in_the_browser_and_gets_to_its_desktop() {
    let Some(mut browser) = Browser::start().await else { return };
    let emulator = tenant(3).await;
    browser.open(&emulator.url()).await;
    browser.shows("live", "live").await;
    browser.shows("tenant", "Contoso").await;
    browser.shows("found", "1 to 3 of 3").await;

    browser
        .run("document.getElementById('search').value = 'sn-2'; document.getElementById('search').oninput()")
        .await;
    browser.shows("found", "1 to 1 of 1").await;

    browser.run("document.getElementById('person').value = 'megan@contoso.com'").await;
    browser.run("document.getElementById('power').click()").await;
    browser.shows("screen", "The desktop of megan@contoso.com").await;
    browser.shows("said", "The desktop is reached").await;

    // One that stops says what to do about it, in the words in which readiness says it beforehand.
    browser.run("document.getElementById('laptop').selectedIndex = 0").await;
    emulator.control().with_tenant(|tenant| {
        for user in tenant.collection_mut(USERS).iter_mut() {
            user.insert("accountEnabled".to_owned(), json!(false));
        }
    });
    browser.run("document.getElementById('power').click()").await;
    browser.shows("screen", "What to do: Unblock the account, or assign another user.").await;
    browser.shows("said", "It stops at sign-in").await;

    browser.run("document.getElementById('add-fault').click()").await;
    browser.shows("faults", "unavailable (503): met 0 of 1").await;
    // The tenant changes, and is seen without reloading.
    emulator.control().with_tenant(|tenant| {
        tenant.collection_mut(GROUPS).insert(object(json!({"id": "g-1", "displayName": "Seen live"})));
    });
    browser.shows("groups", "Seen live").await;

    for (width, height) in [(1440, 1000), (360, 800)] {
        browser.resize(width, height).await;
        let needed = browser.run("return document.documentElement.scrollWidth").await;
        assert!(needed.as_u64() <= Some(width), "{needed} of {width} pixels");
        browser.keep_picture(&format!("page-{width}")).await;
    }
    browser.has_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_is_switched_on_by_keyboard_and_everything_has_a_name() {
    let Some(mut browser) = Browser::start().await else { return };
    let emulator = tenant(1).await;
    browser.open(&emulator.url()).await;
    browser.shows("live", "live").await;
    browser.shows("found", "1 to 1 of 1").await;
    let mut passed = Vec::new();
    while passed.last().is_none_or(|id| id != "power") {
        assert!(passed.len() < 10, "the power button is not reached: {passed:?}");
        browser.press(TAB).await;
        let id = browser.run("return document.activeElement.id").await;
        passed.push(id.as_str().unwrap_or_default().to_owned());
    }
    browser.press(ENTER).await;
    browser.shows("said", "The desktop is reached").await;
    let tree = browser.devtools("Accessibility.getFullAXTree").await;
    let nodes = tree["nodes"].as_array().expect("a tree");
    let is_used = |node: &&Json| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        ["button", "combobox", "link", "log", "progressbar", "searchbox", "spinbutton", "status"]
            .contains(&role)
    };
    let used: Vec<&Json> = nodes.iter().filter(|node| node["ignored"] == false).filter(is_used).collect();
    assert!(used.len() > 8, "{used:?}");
    let is_status = |node: &Json| node["role"]["value"] == "status";
    let nameless = used
        .iter()
        .filter(|node| !is_status(node) && node["name"]["value"].as_str().is_none_or(str::is_empty));
    assert_eq!(nameless.collect::<Vec<_>>(), Vec::<&&Json>::new());
    browser.has_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_the_tenant_becomes_markup() {
    let Some(mut browser) = Browser::start().await else { return };
    let emulator = tenant(1).await;
    let nasty = "<img src=x onerror=\"document.title='caught'\">'\"&amp;\u{202e}gpj";
    emulator.control().with_tenant(|tenant| {
        tenant.collection_mut(GROUPS).insert(object(json!({"id": "g-1", "displayName": nasty})));
        let device = json!({"id": "d-9", "serialNumber": nasty, "groupTag": "</td><script>document.title='caught'</script>"});
        tenant.collection_mut(IDENTITIES).insert(object(device));
    });
    browser.open(&emulator.url()).await;
    browser.shows("groups", "onerror").await;
    browser.shows("devices", "</td>").await;
    let pictures = browser.run("return document.querySelectorAll('img').length").await;
    let title = browser.run("return document.title").await;
    assert_eq!((pictures, title.as_str()), (json!(0), Some("Contoso – emulated tenant")));
    browser.has_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_devices_are_turned_over_a_page_at_a_time() {
    let emulator = tenant(10_000).await;
    let client = client();
    let get = async |door: &str| -> Json {
        let url = format!("{}/_emulator/page/{door}", emulator.url());
        client.get(url).send().await.expect("an answer").json().await.expect("JSON")
    };
    let first = get("devices").await;
    assert_eq!((first["found"].as_u64(), first["rows"].as_array().map(Vec::len)), (Some(10_000), Some(25)));
    let last = get("devices?search=SN-9999&skip=0").await;
    assert_eq!(
        (last["found"].as_u64(), last["rows"][0]["serialNumber"].as_str()),
        (Some(1), Some("SN-9999"))
    );
    let size = get("overview").await.to_string().len();
    assert!(size < 20_000, "the overview names no device: {size} bytes");
}

/// Intune's default (Microsoft's "Set up automatic enrollment").
const DISCOVERY: &str = "https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc";

/// Contoso, where everybody may enroll, with so many devices registered.
async fn tenant(devices: usize) -> Running {
    let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
    emulator.control().with_tenant(|tenant| {
        for policy in tenant.collection_mut(MDM_POLICIES).iter_mut() {
            policy.insert("appliesTo".to_owned(), json!("all"));
            policy.insert("discoveryUrl".to_owned(), json!(DISCOVERY));
        }
        for n in 0..devices {
            let device = json!({"id": format!("d-{n}"), "serialNumber": format!("SN-{n}"), "groupTag": "HQ", "model": "Book"});
            tenant.collection_mut(IDENTITIES).insert(object(device));
        }
    });
    emulator
}

fn client() -> reqwest::Client {
    // Only the first in this process is taken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn object(json: Json) -> serde_json::Map<String, Json> {
    match json {
        Json::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// A browser without a window, driven as <https://www.w3.org/TR/webdriver2/> says.
struct Browser {
    client: reqwest::Client,
    session: String,
    _driver: Child,
}

impl Browser {
    async fn start() -> Option<Self> {
        let driver = Command::new("chromedriver")
            .args(["--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut driver) = driver else {
            eprintln!("left out: no chromedriver is on the PATH, so the page was not seen in a browser");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("it can be read").expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let root = format!("http://127.0.0.1:{port}/session");
        let client = client();
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1440,1000"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments},
        }}});
        let mut browser = Self { client, session: root, _driver: driver };
        let made = browser.post("", &wanted).await;
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    async fn post(&self, command: &str, body: &Json) -> Json {
        let answer = self.client.post(format!("{}{command}", self.session)).json(body).send().await;
        let answer: Json = answer.expect("an answer").json().await.expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].clone()
    }

    async fn open(&mut self, url: &str) {
        self.post("/url", &json!({"url": url})).await;
    }

    async fn run(&self, script: &str) -> Json {
        self.post("/execute/sync", &json!({"script": script, "args": []})).await
    }

    /// Waits until an element has the text.
    async fn shows(&self, id: &str, text: &str) {
        let script = format!("return document.getElementById('{id}').textContent");
        let mut seen = Json::Null;
        for _ in 0..300 {
            seen = self.run(&script).await;
            if seen.as_str().is_some_and(|seen| seen.contains(text)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("#{id} never shows {text:?}, but {seen}");
    }

    async fn resize(&self, width: u64, height: u64) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics});
        self.post("/goog/cdp/execute", &command).await;
    }

    async fn devtools(&self, command: &str) -> Json {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": {}})).await
    }

    async fn press(&self, key: &str) {
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}))
            .await;
    }

    async fn keep_picture(&self, name: &str) {
        let answer = self.client.get(format!("{}/screenshot", self.session)).send().await.expect("an answer");
        let answer: Json = answer.json().await.expect("JSON");
        let picture =
            base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str().expect("a picture"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), picture.expect("base64")).expect("a file");
    }

    async fn has_no_complaint(&self) {
        let said = self.post("/se/log", &json!({"type": "browser"})).await;
        assert_eq!(said, json!([]), "the console says something");
    }
}

/// Keys, as WebDriver names them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
