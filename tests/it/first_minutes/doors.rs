//! What stands below `/_emulator/`.

use autopilot_provider::emulator::{Emulator, Options, Running, files};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::autopilot::autopilot;

async fn started() -> (Running, reqwest::Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let running = Emulator::start(Options::default().with_https()).await.expect("an emulator starts");
    (running, reqwest::Client::builder().no_proxy().build().expect("a client"))
}

/// Method and path of every door, as the list has them.
async fn doors(running: &Running, http: &reqwest::Client) -> Vec<(String, String)> {
    let list = http.get(format!("{}/_emulator/", running.url())).send().await.expect("an answer");
    let list = list.text().await.expect("a list");
    let door = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let door = (words.next().expect("a method"), words.next().expect("a path"));
        assert!(words.count() > 1, "{line} says what it does");
        door
    };
    list.lines().map(door).collect()
}

#[tokio::test]
async fn the_list_of_doors_is_whole_and_the_guide_has_each() {
    let (running, http) = started().await;
    let guide = include_str!("../../../docs/guides/emulator.md");
    let doors = doors(&running, &http).await;
    assert!(doors.len() > 20, "{doors:?}");
    for (method, path) in doors {
        if method == "GET" {
            let answer = http.get(format!("{}{path}", running.url())).send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
        }
        let name = path.trim_start_matches("/_emulator/");
        let row = guide.lines().any(|line| line.starts_with(&format!("| `{method} {name}`")));
        assert!(row || name.is_empty(), "the guide has no row for {method} {name}");
    }
}

#[tokio::test]
async fn laptops_come_as_files_that_the_function_reads() {
    let (running, http) = started().await;
    let get = async |name: &str| {
        let answer = http.get(format!("{}/_emulator/{name}", running.url())).send().await.expect("an answer");
        base64::engine::general_purpose::STANDARD.encode(answer.bytes().await.expect("a file"))
    };
    let laptops: Value =
        http.get(format!("{}/_emulator/laptops", running.url())).send().await.unwrap().json().await.unwrap();
    let core = autopilot().await;
    let mut read = Vec::new();
    for name in ["laptops.csv", "laptops-utf16.csv"] {
        let devices = core.call("parse_device_csv", &[json!(get(name).await)]).await.expect("devices");
        read.push(devices);
    }
    assert_eq!(read[0], read[1]);
    assert_eq!(read[0].elements().len(), laptops.as_array().expect("a list").len());
}

/// `UPDATE=1` writes them.
#[test]
fn the_schemas_of_both_files_are_in_the_manual() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    for (name, schema) in files::schemas() {
        let text = format!("{schema:#}\n");
        let file = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            there == text,
            "run `UPDATE=1 cargo test --test it -- schemas` and commit {}",
            file.display()
        );
        assert!(schema["properties"].is_object() || schema["anyOf"].is_array(), "{schema:#}");
    }
}
