//! People: the authorize page, consent, roles, and what Microsoft's own applications may.

use super::*;
use crate::emulator::core::events;
use std::collections::BTreeMap;

const GRAPH_CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const ADMINISTRATOR: &str = crate::emulator::directory::sample::ADMINISTRATOR;
const REDIRECT: &str = "http://localhost:53682";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Fields<'a> = Vec<(&'a str, &'a str)>;

fn asked<'a>(changed: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = vec![
        ("client_id", GRAPH_CLI),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "https://graph.microsoft.com/User.Read offline_access openid"),
        ("state", "s<1>"),
        ("nonce", "n1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    fields.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
    fields
}

impl Stage {
    fn see_page(&mut self, changed: &[(&str, &str)]) -> (u16, String) {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked(changed)).finish();
        let (status, page) = self.get(&format!("/organizations/oauth2/v2.0/authorize?{query}"));
        (status, page.as_str().expect("a page or an address").to_owned())
    }

    /// Accepts on the page as this person, and gives what the browser is sent back with.
    fn accept(&mut self, user: &str, changed: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut fields = asked(changed);
        fields.extend([("user", user), ("decision", "accept")]);
        let (status, address) = self.post("/organizations/oauth2/v2.0/authorize", &fields);
        let address = address.as_str().unwrap();
        assert_eq!(status, 302, "{address}");
        let url = url::Url::parse(address).expect("an address");
        assert!(address.starts_with(REDIRECT), "{address}");
        url.query_pairs().into_owned().collect()
    }

    fn redeem(&mut self, code: &str, changed: &[(&str, &str)]) -> (u16, Value) {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", GRAPH_CLI),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        fields.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/organizations/oauth2/v2.0/token", &fields)
    }

    fn device_code(&mut self, client: &str, scope: &str, user: &str) -> (u16, Value) {
        self.tenant.registrations.approve_as = Some(user.to_owned());
        let (_, begun) =
            self.post("/contoso.com/oauth2/v2.0/devicecode", &[("client_id", client), ("scope", scope)]);
        let Some(code) = begun["device_code"].as_str() else { return (400, begun) };
        let fields = [("grant_type", "device_code"), ("client_id", client), ("device_code", code)];
        self.post("/contoso.com/oauth2/v2.0/token", &fields)
    }
}

#[test]
fn a_person_signs_in_with_the_browser_and_a_proof_key() {
    let mut stage = Stage::new();
    let (status, page) = stage.see_page(&[]);
    assert_eq!(status, 200);
    assert!(page.contains("Microsoft Graph Command Line Tools asks for"), "{page}");
    assert!(page.contains("<li>User.Read</li>") && page.contains("iris@contoso.com (Intune Administrator)"));
    assert!(page.contains("value=\"s&lt;1&gt;\"") && !page.contains("s<1>"), "nothing asked becomes markup");

    let back = stage.accept("megan@contoso.com", &[]);
    assert_eq!(back["state"], "s<1>");
    let (status, answer) = stage.redeem(&back["code"], &[]);
    assert_eq!(status, 200, "{answer}");
    let token = claims(&answer);
    assert_eq!(
        (token["upn"].as_str(), token["scp"].as_str()),
        (Some("megan@contoso.com"), Some("User.Read"))
    );
    assert_eq!(
        token["wids"],
        json!(["b79fbf4d-3ef9-4689-8143-76b194e85509"]),
        "no role but that of every member"
    );
    assert!(answer["refresh_token"].is_string());
    let id = jwt::parts(answer["id_token"].as_str().unwrap()).unwrap().1;
    assert_eq!((id["nonce"].as_str(), id["aud"].as_str()), (Some("n1"), Some(GRAPH_CLI)));
    assert_eq!(number(&stage.redeem(&back["code"], &[]).1), 54_005, "a code is good once");
}

#[test]
fn a_code_is_redeemed_only_by_whom_it_was_given() {
    let mut stage = Stage::new();
    let code = stage.accept(ADMINISTRATOR, &[])["code"].clone();
    for (changed, expected) in [
        (&[("code_verifier", "wrong")][..], 501_481),
        (&[("code_verifier", "")], 50_148),
        (&[("redirect_uri", "http://localhost:1")], 500_112),
        (&[("client_id", WORKSTATION)], 70_000),
        (&[("code", "made up")], 70_000),
        (&[("code", "")], 900_144),
    ] {
        assert_eq!(number(&stage.redeem(&code, changed).1), expected, "{changed:?}");
    }
    events::step(&mut stage.tenant, Duration::from_secs(601));
    assert_eq!(number(&stage.redeem(&code, &[]).1), 70_008);
    let plain =
        stage.accept(ADMINISTRATOR, &[("code_challenge", "as it is"), ("code_challenge_method", "plain")]);
    assert_eq!(stage.redeem(&plain["code"], &[("code_verifier", "as it is")]).0, 200);
}

#[test]
fn an_application_that_is_not_trusted_gets_no_answer_at_its_address() {
    let mut stage = Stage::new();
    for (changed, code) in [
        (("redirect_uri", "https://evil.test/"), "AADSTS50011"),
        (("redirect_uri", "http://localhost:1/elsewhere"), "AADSTS50011"),
        (("redirect_uri", "http://127.0.0.1:1"), "AADSTS50011"),
        (("redirect_uri", ""), "AADSTS900144"),
        (("client_id", "5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943"), "AADSTS700016"),
    ] {
        let (status, page) = stage.see_page(&[changed]);
        assert_eq!(status, 400, "{changed:?}");
        assert!(page.contains(code), "{changed:?}: {page}");
    }
    for (changed, error) in [
        (("response_type", "token"), "error=unsupported_response_type"),
        (("scope", ""), "AADSTS900144"),
        (("prompt", "none"), "error=login_required"),
        (("scope", "https://graph.example/.default"), "AADSTS500011"),
    ] {
        let (status, address) = stage.see_page(&[changed]);
        assert_eq!(status, 302, "{changed:?}: {address}");
        assert!(address.starts_with(REDIRECT) && address.contains(error), "{changed:?}: {address}");
    }
    let declined = [asked(&[]), vec![("user", ADMINISTRATOR), ("decision", "cancel")]].concat();
    let (_, address) = stage.post("/organizations/oauth2/v2.0/authorize", &declined);
    assert!(address.as_str().unwrap().contains("error=access_denied"), "{address}");
}

#[test]
fn an_answer_comes_in_the_way_it_was_asked_for() {
    let mut stage = Stage::new();
    let mut answer = |mode| {
        let mut fields = asked(&[("response_mode", mode)]);
        fields.extend([("user", ADMINISTRATOR), ("decision", "accept")]);
        stage.post("/organizations/oauth2/v2.0/authorize", &fields)
    };
    let (status, address) = answer("fragment");
    assert!(status == 302 && address.as_str().unwrap().contains("#code="), "{address}");
    let (status, page) = answer("form_post");
    assert!(status == 200 && page.as_str().unwrap().contains("name=\"code\""), "{page}");
}

#[test]
fn permissions_need_the_consent_of_somebody_who_may_give_it() {
    let mut stage = Stage::new();
    let scope = "https://graph.microsoft.com/DeviceManagementServiceConfig.Read.All offline_access";
    let mut fields = asked(&[("scope", scope)]);
    fields.extend([("user", "iris@contoso.com"), ("decision", "accept")]);
    let (status, page) = stage.post("/organizations/oauth2/v2.0/authorize", &fields);
    assert!(status == 200 && page.as_str().unwrap().contains("AADSTS90094"), "{page}");
    assert_eq!(number(&stage.device_code(GRAPH_CLI, scope, "iris@contoso.com").1), 90_094);

    let back = stage.accept(ADMINISTRATOR, &[("scope", scope)]);
    let (_, answer) = stage.redeem(&back["code"], &[]);
    assert_eq!(claims(&answer)["scp"], "DeviceManagementServiceConfig.Read.All");
    assert_eq!(
        number(&stage.device_code(GRAPH_CLI, scope, "iris@contoso.com").1),
        90_094,
        "that was for one person"
    );

    stage.accept(ADMINISTRATOR, &[("scope", scope), ("for_organization", "on")]);
    assert_eq!(stage.device_code(GRAPH_CLI, scope, "iris@contoso.com").0, 200, "and that for everybody");
}

#[test]
fn a_permission_that_does_not_exist_or_was_not_consented_to_is_refused_and_not_left_out() {
    let mut stage = Stage::new();
    let unknown = "https://graph.microsoft.com/Coffee.ReadWrite.All";
    assert_eq!(number(&stage.device_code(GRAPH_CLI, unknown, ADMINISTRATOR).1), 650_053);
    let (_, answer) = stage.device_code(GRAPH_CLI, "User.Read offline_access", "megan@contoso.com");
    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    let more = "https://graph.microsoft.com/Group.ReadWrite.All";
    let fields = |scope| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", GRAPH_CLI),
            ("refresh_token", &*refresh),
            ("scope", scope),
        ]
    };
    assert_eq!(number(&stage.post("/contoso.com/oauth2/v2.0/token", &fields(more)).1), 65_001);
    assert_eq!(stage.post("/contoso.com/oauth2/v2.0/token", &fields("User.Read")).0, 200);
}

#[test]
fn the_azure_cli_gets_its_fixed_permissions_and_no_others() {
    let mut stage = Stage::new();
    let (status, answer) =
        stage.device_code(AZURE_CLI, "https://graph.microsoft.com/.default", ADMINISTRATOR);
    assert_eq!(status, 200, "{answer}");
    let held = claims(&answer)["scp"].as_str().unwrap().to_owned();
    assert!(held.contains("Group.ReadWrite.All") && !held.contains("DeviceManagement"), "{held}");
    let wanted = "https://graph.microsoft.com/DeviceManagementServiceConfig.ReadWrite.All";
    assert_eq!(number(&stage.device_code(AZURE_CLI, wanted, ADMINISTRATOR).1), 65_002);
}

#[test]
fn an_application_with_a_secret_shows_it_for_a_persons_token_too() {
    let mut stage = Stage::new();
    stage.automation().redirect_uris.push("http://localhost".to_owned());
    let scope = ("scope", "https://graph.microsoft.com/.default");
    let back = stage.accept(ADMINISTRATOR, &[("client_id", CLIENT), scope]);
    assert_eq!(number(&stage.redeem(&back["code"], &[("client_id", CLIENT)]).1), 7_000_218);
    let shown = [("client_id", CLIENT), ("client_secret", SECRET)];
    assert_eq!(stage.redeem(&back["code"], &shown).0, 200);
    assert_eq!(number(&stage.device_code(CLIENT, scope.1, ADMINISTRATOR).1), 7_000_218);
}

#[test]
fn a_session_ends_when_it_is_revoked_or_not_used() {
    let mut stage = Stage::new();
    let (_, answer) = stage.device_code(GRAPH_CLI, "User.Read offline_access", "megan@contoso.com");
    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", GRAPH_CLI),
        ("refresh_token", &*refresh),
        ("scope", "User.Read offline_access"),
    ];
    let (_, answer) = stage.post("/contoso.com/oauth2/v2.0/token", &fields);
    assert_ne!(answer["refresh_token"].as_str(), Some(&*refresh), "redeeming gives a new one");
    assert_eq!(stage.post("/contoso.com/oauth2/v2.0/token", &fields).0, 200, "and the old one stays good");
    stage.tenant.registrations.refresh_tokens.iter_mut().for_each(|token| token.revoked = true);
    assert_eq!(number(&stage.post("/contoso.com/oauth2/v2.0/token", &fields).1), 50_173);
    let (_, answer) = stage.device_code(GRAPH_CLI, "User.Read offline_access", "megan@contoso.com");
    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    events::step(&mut stage.tenant, Duration::from_secs(90 * 86_400 + 1));
    let fields = [("grant_type", "refresh_token"), ("client_id", GRAPH_CLI), ("refresh_token", &*refresh)];
    assert_eq!(number(&stage.post("/contoso.com/oauth2/v2.0/token", &fields).1), 700_082);
}

#[test]
fn roles_stand_in_the_token_by_their_templates() {
    let mut stage = Stage::new();
    for (user, template) in [
        (ADMINISTRATOR, "62e90394-69f5-4237-9190-012177145e10"),
        ("iris@contoso.com", "3a2c62db-5318-420d-8d74-23affee5d9d5"),
        ("cleo@contoso.com", "7698a772-787b-4ac8-901f-60d6b08affd2"),
        ("gina@contoso.com", "fdd7a751-b60b-444a-984c-02652fe8fa1c"),
    ] {
        let (_, answer) = stage.device_code(GRAPH_CLI, "User.Read", user);
        assert!(claims(&answer)["wids"].as_array().unwrap().contains(&json!(template)), "{user}");
    }
}

#[test]
fn an_assertion_may_give_its_times_as_fractions() {
    let mut stage = Stage::new();
    let head = json!({ "typ": "JWT", "alg": "RS256", "x5t#S256": stage.register_certificate() });
    let mut claims = stage.assertion_claims();
    let now = stage.tenant.now().unix_timestamp() as f64;
    claims["exp"] = json!(now + 600.25);
    claims["nbf"] = json!(now - 0.5);
    assert_eq!(stage.with_assertion(&jwt::sign_under(&head, &claims)).0, 200);
    claims["exp"] = json!(now - 301.5);
    assert_eq!(number(&stage.with_assertion(&jwt::sign_under(&head, &claims)).1), 700_024);
}

#[test]
fn a_confidential_application_shows_its_secret_for_a_device_code_too() {
    let mut stage = Stage::new();
    assert_eq!(number(&stage.device_code(CLIENT, "User.Read", ADMINISTRATOR).1), 7_000_218);
}
