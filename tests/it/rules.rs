//! Dynamic membership rules, as the directory reads them.

use autopilot_provider::emulator::rules::{MAX_LENGTH, Member, Rule, RuleError, Subject};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::macros::datetime;

fn entity(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn device() -> Map<String, Value> {
    entity(json!({
        "id": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
        "deviceId": "d4fe7726-5966-431c-b3b8-cddc8fdb717d",
        "displayName": "LAPTOP-0042",
        "accountEnabled": true,
        "operatingSystem": "Windows",
        "operatingSystemVersion": "10.0.26100.1",
        "deviceOwnership": "Company",
        "manufacturer": "Contoso \"Pro\"",
        "model": null,
        "enrollmentProfileName": "",
        "mdmAppId": "0000000a-0000-0000-c000-000000000000",
        "trustType": "AzureAd",
        "physicalIds": ["[ZTDID]:6a1b", "[OrderID]:Sales", "[PurchaseOrderId]:76222342342"],
        "systemLabels": [],
        "extensionAttributes": {"extensionAttribute1": "Kiosk"},
    }))
}

fn user() -> Map<String, Value> {
    entity(json!({
        "id": "11111111-0000-1111-2222-bbbbbbbbbbbb",
        "userPrincipalName": "megan@contoso.com",
        "displayName": "Megan O'Brien",
        "department": "Sales",
        "jobTitle": "SDE 2",
        "country": "US",
        "accountEnabled": true,
        "userType": "Member",
        "mail": null,
        "mobilePhone": "555",
        "officeLocation": "Lagos",
        "employeeHireDate": "2026-02-01T00:00:00Z",
        "proxyAddresses": ["SMTP:megan@contoso.com", "smtp:contoso-megan@contoso.com"],
        "otherMails": [],
        "assignedPlans": [
            {"service": "SCO", "servicePlanId": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "capabilityStatus": "Enabled"},
            {"service": "exchange", "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0", "capabilityStatus": "Deleted"},
        ],
        "onPremisesExtensionAttributes": {"extensionAttribute15": "Marketing"},
        "extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber": "123",
        "_manager": "99999999-0000-1111-2222-bbbbbbbbbbbb",
    }))
}

#[track_caller]
fn check(member: &Map<String, Value>, table: &[(&str, bool)]) {
    for (text, expected) in table {
        let rule = Rule::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(rule.matches_entity(member), *expected, "{text}");
    }
}

#[test]
fn the_autopilot_rules_select_autopilot_devices() {
    let table = [
        (r#"(device.devicePhysicalIDs -any (_ -startsWith "[ZTDid]"))"#, true),
        (r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDID]"))"#, true),
        (r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Sales"))"#, true),
        (r#"(device.devicePhysicalIds -any (_ -eq "[orderid]:sales"))"#, true),
        (r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Sale"))"#, false),
        (r#"(device.devicePhysicalIds -any (_ -eq "[PurchaseOrderId]:76222342342"))"#, true),
        (r#"device.devicePhysicalIDs -any _ -startsWith "[ZTDId]""#, true),
        (r#"(device.enrollmentProfileName -eq "Profile name")"#, false),
    ];
    check(&device(), &table);
    check(&entity(json!({"physicalIds": []})), &table.map(|(rule, _)| (rule, false)));
}

/// Microsoft's pages spell some properties in small letters, and expressions are .NET's.
#[test]
fn properties_are_known_in_any_case_and_expressions_look_ahead() {
    check(
        &device(),
        &[
            (r#"device.DISPLAYNAME -eq "laptop-0042""#, true),
            (r#"device.devicephysicalids -any (_ -startsWith "[ZTDid]")"#, true),
            (r#"device.displayName -match "^(?!SERVER).*""#, true),
            (r#"device.displayName -match "^(?!laptop).*""#, false),
            (r#"device.displayName -match "(?<=LAPTOP-)00""#, true),
        ],
    );
    for rule in
        ["device.memberof -any (group.objectId -in ['x'])", "user.memberof -any (group.objectid -in ['x'])"]
    {
        assert!(Rule::parse(rule).is_ok(), "{rule}");
    }
}

#[test]
fn operators_compare_device_properties() {
    check(
        &device(),
        &[
            (r#"device.displayName -eq "laptop-0042""#, true),
            (r#"device.displayName -ne "laptop-0042""#, false),
            (r#"device.displayName -startsWith "LAP""#, true),
            (r#"device.displayName -notStartsWith "LAP""#, false),
            (r#"device.displayName -endsWith "42""#, true),
            (r#"device.displayName -notEndsWith "42""#, false),
            (r#"device.displayName -contains "top-0""#, true),
            (r#"device.displayName -notContains "top-0""#, false),
            (r#"device.displayName -match "^laptop-\d{4}$""#, true),
            (r#"device.displayName -match "^\d""#, false),
            (r#"device.displayName -notMatch "^\d""#, true),
            (r#"device.displayName -in ["x", "LAPTOP-0042"]"#, true),
            (r#"device.displayName -notIn ["x", "LAPTOP-0042"]"#, false),
            ("device.accountEnabled -eq true", true),
            ("device.accountEnabled -ne true", false),
            (r#"device.deviceOSType -eq "Windows""#, true),
            (r#"device.deviceOSVersion -startsWith "10.0.2""#, true),
            (r#"device.deviceManagementAppId -eq "0000000a-0000-0000-c000-000000000000""#, true),
            (r#"device.deviceTrustType -eq "AzureAD""#, true),
            (r#"device.objectId -eq "AAAAAAAA-0000-1111-2222-bbbbbbbbbbbb""#, true),
            (r#"device.extensionAttribute1 -eq "kiosk""#, true),
            (r#"device.deviceId -in ['d4fe7726-5966-431c-b3b8-cddc8fdb717d']"#, true),
        ],
    );
}

#[test]
fn words_may_lack_their_hyphen_and_be_in_any_case() {
    check(
        &device(),
        &[
            (r#"device.displayName eq "LAPTOP-0042""#, true),
            (r#"device.displayName STARTSWITH "LAP" AND device.accountEnabled EQ TRUE"#, true),
            (r#"(device.devicePhysicalIds any (_ eq "[OrderID]:Sales"))"#, true),
            (r#"not (device.displayName contains "LAP")"#, false),
            (
                "device.displayName \u{2013}eq \"LAPTOP-0042\" \u{2013}and device.accountEnabled \u{2013}eq true",
                true,
            ),
            (r#"device.displayName -endsWith"42""#, true),
        ],
    );
}

#[test]
fn not_binds_before_and_before_or_before_any() {
    check(
        &device(),
        &[
            (
                r#"device.displayName -eq "LAPTOP-0042" -or device.displayName -eq "x" -and device.accountEnabled -eq false"#,
                true,
            ),
            (
                r#"(device.displayName -eq "LAPTOP-0042" -or device.displayName -eq "x") -and device.accountEnabled -eq false"#,
                false,
            ),
            (
                r#"device.displayName -eq "x" -and device.displayName -eq "y" -or device.accountEnabled -eq true"#,
                true,
            ),
            (r#"-not device.displayName -eq "x" -and device.accountEnabled -eq false"#, false),
            (r#"-not (device.displayName -eq "x" -and device.accountEnabled -eq true)"#, true),
            (r#"-not -not device.accountEnabled -eq true"#, true),
            (r#"((device.accountEnabled -eq true))"#, true),
            (r#"device.systemLabels -any (_ -eq "x") -or device.accountEnabled -eq true"#, false),
            (r#"(device.systemLabels -any (_ -eq "x")) -or device.accountEnabled -eq true"#, true),
            (r#"device.accountEnabled -eq true -or device.systemLabels -any (_ -eq "x")"#, true),
        ],
    );
}

#[test]
fn backticks_escape_quotes() {
    check(
        &device(),
        &[
            (r#"device.deviceManufacturer -eq "Contoso `"Pro`"""#, true),
            (r#"device.deviceManufacturer -endsWith `"Pro`""#, true),
            (r#"device.deviceManufacturer -eq "Contoso ``Pro``""#, false),
        ],
    );
    check(&user(), &[(r#"user.displayName -eq 'Megan O''Brien'"#, true)]);
}

#[test]
fn null_is_the_absence_of_a_value() {
    check(
        &device(),
        &[
            ("device.deviceModel -eq null", true),
            ("device.deviceModel -ne null", false),
            ("device.deviceModel -eq $null", true),
            ("device.enrollmentProfileName -eq null", true),
            ("device.deviceCategory -eq null", true),
            ("device.objectId -ne null", true),
            (r#"device.deviceModel -eq "null""#, false),
            (r#"device.deviceModel -ne "Surface""#, true),
            (r#"device.deviceModel -notIn ["Surface"]"#, true),
            (r#"device.deviceModel -notContains "Surface""#, true),
            (r#"device.deviceModel -contains "Surface""#, false),
            ("device.systemLabels -eq null", true),
        ],
    );
}

#[test]
fn any_and_all_look_at_elements() {
    check(
        &device(),
        &[
            (r#"device.devicePhysicalIds -all (_ -startsWith "[")"#, true),
            (r#"device.devicePhysicalIds -all (_ -startsWith "[O")"#, false),
            (r#"device.systemLabels -all (_ -eq "x")"#, true),
            (r#"device.systemLabels -any (_ -ne "x")"#, false),
            (r#"device.devicePhysicalIds -any (_ -startsWith "[O" -and _ -endsWith "sales")"#, true),
            (r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:Kiosk", "[OrderID]:Sales"])"#, true),
            (r#"-not (device.devicePhysicalIds -any (_ -match "^\[OrderID\]:K"))"#, true),
        ],
    );
    check(
        &user(),
        &[
            (r#"(user.proxyAddresses -any (_ -contains "contoso"))"#, true),
            (r#"user.proxyAddresses -startsWith "SMTP:megan""#, true),
            (r#"user.proxyAddresses -notEndsWith "@outlook.com""#, true),
            (
                r#"user.assignedPlans -any (assignedPlan.servicePlanId -eq "c1ec4a95-1f05-45b3-a911-aa3fa01094f5" -and assignedPlan.capabilityStatus -eq "Enabled")"#,
                true,
            ),
            (
                r#"user.assignedPlans -any (assignedPlan.service -eq "exchange" -and assignedPlan.capabilityStatus -eq "Enabled")"#,
                false,
            ),
            ("user.assignedPlans -all (assignedPlan.servicePlanId -eq null)", false),
        ],
    );
    check(
        &entity(json!({"assignedPlans": []})),
        &[("user.assignedPlans -all (assignedPlan.servicePlanId -eq null)", true)],
    );
}

#[test]
fn user_rules_use_the_directorys_own_names() {
    check(
        &user(),
        &[
            (r#"(user.department -eq "Sales") -or (user.department -eq "Marketing")"#, true),
            (r#"(user.department -eq "Sales") -and -not (user.jobTitle -startsWith "SDE")"#, false),
            (
                r#"user.country -eq "US" -and (user.department -eq "Marketing" -or user.department -eq "Sales")"#,
                true,
            ),
            (r#"(user.objectId -ne null) -and (user.userType -eq "Member")"#, true),
            (r#"user.physicalDeliveryOfficeName -eq "Lagos""#, true),
            (r#"user.mobile -eq "555""#, true),
            (r#"user.extensionAttribute15 -eq "Marketing""#, true),
            (r#"user.extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber -eq "123""#, true),
            ("user.mail -ne null", false),
            (r#"user.department -in ["50001","Sales"]"#, true),
            (r#"Direct Reports for "99999999-0000-1111-2222-bbbbbbbbbbbb""#, true),
            (r#"Direct Reports for "00000000-0000-1111-2222-bbbbbbbbbbbb""#, false),
            ("user.employeehiredate -le 2026-06-10T18:13:20Z", true),
        ],
    );
}

#[test]
fn dates_are_compared_with_now() {
    let user = user();
    let member = Member { entity: &user, groups: &[], now: datetime!(2026-01-31 00:00 UTC) };
    for (text, expected) in [
        ("user.employeeHireDate -ge system.now", true),
        ("user.employeeHireDate -ge system.now -plus p1d", true),
        ("user.employeeHireDate -ge system.now -plus P2D", false),
        ("user.employeeHireDate -le system.now -minus p1d", false),
    ] {
        assert_eq!(Rule::parse(text).expect(text).matches(&member), expected, "{text}");
    }
}

#[test]
fn member_of_looks_at_groups_and_stands_alone() {
    let device = device();
    let groups = ["33333333-0000-1111-2222-bbbbbbbbbbbb"];
    let member = Member { entity: &device, groups: &groups, now: datetime!(2026-01-31 00:00 UTC) };
    let inside =
        Rule::parse("device.memberOf -any (group.objectId -in ['33333333-0000-1111-2222-BBBBBBBBBBBB'])");
    assert!(inside.expect("well formed").matches(&member));
    let outside =
        Rule::parse("device.memberOf -any (group.objectId -in ['44444444-0000-1111-2222-bbbbbbbbbbbb'])");
    assert!(!outside.expect("well formed").matches(&member));
    for combined in [
        "device.memberOf -any (group.objectId -in ['x']) -and device.accountEnabled -eq true",
        "(device.memberOf -any (group.objectId -in ['x'])) -and device.accountEnabled -eq true",
        "device.accountEnabled -eq true -or device.memberOf -any (group.objectId -in ['x'])",
    ] {
        let refused = Rule::parse(combined).expect_err(combined);
        assert_eq!(refused.to_string(), "Property 'memberOf' cannot be combined with other expressions");
    }
}

#[test]
fn a_rule_knows_what_it_is_about() {
    assert_eq!(Rule::parse("user.mail -ne null").expect("well formed").about(), Subject::Users);
    assert_eq!(Rule::parse("device.objectId -ne null").expect("well formed").about(), Subject::Devices);
}

#[test]
fn mistakes_are_named() {
    assert_eq!(RuleError::CODE, "DynamicGroupQueryParseError");
    for (text, expected) in [
        ("user.employeeType -eq \"x\"", "Unsupported property 'employeeType'"),
        ("user.officeLocation -eq \"x\"", "Unsupported property 'officeLocation'"),
        ("device.physicalIds -any (_ -eq \"x\")", "Unsupported property 'physicalIds'"),
        ("computer.name -eq \"x\"", "Unsupported property 'name'"),
        ("_ -eq \"x\"", "Unsupported property '_'"),
        ("device.displayName -like \"x\"", "Invalid operator '-like'"),
        ("device.displayName \"x\"", "Invalid operator '\"x\"'"),
        (
            "user.accountEnabled -contains true",
            "Operator '-contains' is not supported on attribute 'user.accountEnabled'",
        ),
        (
            "device.displayName -any (_ -eq \"x\")",
            "Operator '-any' is not supported on attribute 'device.displayName'",
        ),
        (
            "device.displayName -contains null",
            "Operator '-contains' is not supported on attribute 'device.displayName'",
        ),
        ("device.accountEnabled -eq \"true\"", "Invalid value \"true\" for property 'device.accountEnabled'"),
        ("device.displayName -eq Sales", "Invalid value Sales for property 'device.displayName'"),
        ("device.displayName -in \"x\"", "Invalid value \"x\" for property 'device.displayName'"),
        ("device.displayName -match \"*@x\"", "Query compilation error: invalid regular expression \"*@x\""),
        (
            "(user.department -eq \"Sales\") (user.department -eq \"Marketing\")",
            "Query compilation error: unexpected '('",
        ),
        (
            "(user.department -eq \"Sales\") -and (user.displayName -eq )",
            "Binary expression is not in right format: 'user.displayName' has no value",
        ),
        (
            "(device.displayName -eq \"x\"",
            "Binary expression is not in right format: the rule ends too early",
        ),
        ("device.displayName -eq \"x", "Query compilation error: unterminated string 'x'"),
        ("device.displayName -not null", "Invalid operator '-not'"),
        (
            "user.mail -ne null -or device.objectId -ne null",
            "A rule cannot contain both user and device properties",
        ),
        ("device.displayName -eq \"x\" & true", "Invalid characters found in the rule: &"),
        ("", "Query compilation error: the rule is empty"),
    ] {
        assert_eq!(Rule::parse(text).expect_err(text).to_string(), expected, "{text}");
    }
    assert!(Rule::parse("device.displayName -eq 5").is_ok(), "quotes are optional around numbers");
    let long = format!("device.displayName -eq \"{}\"", "x".repeat(MAX_LENGTH));
    assert!(Rule::parse(&long).is_err());
    assert!(Rule::parse(&"(".repeat(3000)).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        if let Ok(rule) = Rule::parse(&text) {
            rule.matches_entity(&device());
        }
    }

    #[test]
    fn no_row_of_words_makes_the_parser_panic(words in proptest::collection::vec(prop_oneof![
        Just("device.displayName"), Just("device.devicePhysicalIds"), Just("user.assignedPlans"), Just("device.memberOf"),
        Just("-eq"), Just("-any"), Just("-all"), Just("-not"), Just("-and"), Just("-or"), Just("-in"), Just("-match"),
        Just("("), Just(")"), Just("["), Just("]"), Just(","), Just("_"), Just("\"x\""), Just("null"), Just("true"),
        Just("`"), Just("\""), Just("assignedPlan.service"), Just("group.objectId"),
    ], 0..20)) {
        if let Ok(rule) = Rule::parse(&words.join(" ")) {
            rule.matches_entity(&device());
        }
    }
}
