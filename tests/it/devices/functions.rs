//! The provider functions, called as Terraform calls them.

use base64::Engine;
use serde_json::json;

use super::Tenant;

#[tokio::test]
async fn a_file_becomes_devices() {
    let tenant = Tenant::quick().await;
    let hash = tenant.hash("SN1");
    let text =
        format!("Device Serial Number,Windows Product ID,Hardware Hash,Group Tag\r\nSN1,,{hash},HQ\r\n");
    let devices = tenant.core.call("parse_device_csv", &[json!(text)]).await.expect("devices");
    let device = &devices.elements()[0];
    assert_eq!(device.get("hardware_hash").as_str(), Some(hash.as_str()));
    assert_eq!(device.get("group_tag").as_str(), Some("HQ"));
    assert!(device.get("assigned_user").is_null());

    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = json!(base64::engine::general_purpose::STANDARD.encode(wide));
    assert_eq!(tenant.core.call("parse_device_csv", &[wide]).await.expect("devices"), devices);
    let (message, argument) =
        tenant.core.call("parse_device_csv", &[json!(text), json!("klingon")]).await.unwrap_err();
    assert!(message.contains("`klingon`"), "{message}");
    assert!(!message.ends_with('.'), "Terraform ends the sentence: {message}");
    assert_eq!(argument, Some(1));

    let many = format!("Device Serial Number,Hardware Hash\n{}", "SN1,\n".repeat(600));
    let (message, _) = tenant.core.call("parse_device_csv", &[json!(many)]).await.unwrap_err();
    assert!(message.contains("600 things") && message.ends_with("and 590 more"), "{message}");
    assert_eq!(message.lines().count(), 12);

    let broken = text.replace("SN1,,T", "SN1,,");
    let (message, argument) = tenant.core.call("parse_device_csv", &[json!(broken)]).await.unwrap_err();
    assert!(message.contains("Line 2: the hardware hash is not one"), "{message}");
    assert_eq!(argument, Some(0));
}

#[tokio::test]
async fn the_emulators_hashes_can_be_read() {
    let tenant = Tenant::quick().await;
    let read = tenant.core.call("decode_hardware_hash", &[json!(tenant.hash("SN1"))]).await.expect("a hash");
    assert_eq!(read.get("serial_number").as_str(), Some("SN1"));
    assert_eq!(read.get("manufacturer").as_str(), Some("Contoso Devices"));
    assert_eq!(read.get("checksum_valid").as_bool(), Some(true));
    assert_eq!(read.get("memory_bytes").as_i64(), Some(17_179_869_184));
    assert_eq!(read.get("disks").elements()[0].get("capacity_bytes").as_i64(), Some(512_110_190_592));
    assert_eq!(read.get("network_adapters").elements()[0].get("medium").as_str(), Some("wireless"));
}

#[tokio::test]
async fn rules_and_names_are_made_and_refused() {
    let tenant = Tenant::quick().await;
    let call = async |name: &str, arguments: &[serde_json::Value]| tenant.core.call(name, arguments).await;
    let rule = call("membership_rule", &[json!("group_tag"), json!("HQ"), json!("say \"hi\"")]).await;
    assert_eq!(
        rule.expect("a rule").as_str(),
        Some(
            "(device.devicePhysicalIds -any (_ -eq \"[OrderID]:HQ\")) or \
             (device.devicePhysicalIds -any (_ -eq \"[OrderID]:say `\"hi`\"\"))"
        )
    );
    assert!(call("membership_rule", &[json!("all")]).await.is_ok());
    for (arguments, part) in [
        (vec![json!("all"), json!("HQ")], "takes no value"),
        (vec![json!("group_tag")], "at least one"),
        (vec![json!("group_tag"), json!("")], "empty value"),
        (vec![json!("tag"), json!("HQ")], "`tag`"),
        (vec![json!("group_tag"), json!("x".repeat(4000))], "3072"),
    ] {
        let (message, _) = call("membership_rule", &arguments).await.unwrap_err();
        assert!(message.contains(part), "{message}");
    }
    let longest = call("longest_device_name", &[json!("PC-%RAND:4%")]).await.expect("a length");
    assert_eq!(longest.as_i64(), Some(7));
    let name = call("device_name_example", &[json!("PC-%SERIAL%"), json!("0000-1234-5678-9")]).await;
    assert_eq!(name.expect("a name").as_str(), Some("PC--1234-5678-9"));
    assert!(call("longest_device_name", &[json!("%SERIAL%-LAPTOP-LAPTOPS")]).await.is_err());
}
