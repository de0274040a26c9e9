//! Signing in with the browser: authorization code with a proof key, brought back to a port of this machine.
//!
//! Sources: RFC 7636 (proof key), RFC 8252 (applications on a person's machine), and "Microsoft identity platform and
//! OAuth 2.0 authorization code flow", which lets `http://localhost` have any port.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::device_code::declined;
use super::{LoginRequest, SignedIn, random_text};
use crate::graph::signin::Failure;
use crate::graph::signin::wire::{ErrorResponse, Party, Trouble};

impl LoginRequest {
    /// Signs in with the browser: `open` gets the address to be opened, and the answer is awaited on a port of this
    /// machine, for five minutes.
    ///
    /// # Errors
    /// Entra refuses, the person declines, nobody comes back, or no port can be had.
    pub async fn with_browser(&self, open: impl FnOnce(&Url)) -> Result<SignedIn, Failure> {
        let ears = Ears::open().await.map_err(|error| {
            Failure::settings(
                format!("no port of this machine could be opened for the browser's answer: {error}"),
                "Sign in with --device-code.",
            )
        })?;
        let redirect_uri = format!("http://localhost:{}", ears.port);
        let (state, verifier) = (random_text()?, random_text()?);
        let mut page = self.endpoint("authorize")?;
        page.query_pairs_mut().extend_pairs([
            ("client_id", self.client_id.as_str()),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("redirect_uri", &redirect_uri),
            ("scope", &self.scope()),
            ("state", &state),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
        ]);
        open(&page);
        let brought = tokio::time::timeout(PATIENCE, ears.hear(&state)).await.map_err(|_| {
            Failure::settings(
                format!("the browser did not come back within {} minutes", PATIENCE.as_secs() / 60),
                "Run the command again. On a machine without a browser, use --device-code.",
            )
        })?;
        let code = brought.map_err(|refused| self.refused(&refused))?;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id.as_str()),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &verifier),
            ("scope", &self.scope()),
        ];
        let answer = self.exchange().must(&self.endpoint("token")?, &form).await?;
        self.signed_in(&answer).await
    }

    /// What Entra told the browser to bring back in place of a code.
    fn refused(&self, refused: &BTreeMap<String, String>) -> Failure {
        let declined_by_person = |description: &String| description.contains("AADSTS65004");
        if refused.get("error_description").is_some_and(declined_by_person) {
            return declined();
        }
        let answer = ErrorResponse {
            party: Party::Entra,
            host: self.settings.endpoints().authority.host_str().unwrap_or_default().to_owned(),
            status: 400,
            content_type: "application/json".to_owned(),
            retry_after: None,
            body: serde_json::json!(refused).to_string(),
        };
        self.exchange().explain(Trouble::Answered(answer))
    }
}

/// The challenge that belongs to a verifier (S256).
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()))
}

/// Where the browser comes back to. `localhost` is one address or the other.
struct Ears {
    port: u16,
    v4: TcpListener,
    v6: Option<TcpListener>,
}

/// What the browser brought: a code, or everything that stands in its place.
type Brought = Result<String, BTreeMap<String, String>>;

impl Ears {
    async fn open() -> io::Result<Self> {
        let v4 = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = v4.local_addr()?.port();
        let v6 = TcpListener::bind(("::1", port)).await.ok();
        Ok(Self { port, v4, v6 })
    }

    /// Waits for the answer that carries `state`; whatever else comes is sent away.
    async fn hear(&self, state: &str) -> Brought {
        loop {
            let accepted = match &self.v6 {
                Some(v6) => tokio::select! { one = self.v4.accept() => one, one = v6.accept() => one },
                None => self.v4.accept().await,
            };
            let Ok((stream, _)) = accepted else { continue };
            if let Ok(Ok(Some(brought))) = tokio::time::timeout(QUICK, answer(stream, state)).await {
                return brought;
            }
        }
    }
}

/// Answers one request of the browser.
async fn answer(mut stream: TcpStream, state: &str) -> io::Result<Option<Brought>> {
    let mut head = Vec::new();
    let mut chunk = [0_u8; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        match stream.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    let (brought, status, title, text) = judge(&String::from_utf8_lossy(&head), state);
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><p>{}</p>",
        plain(&text)
    );
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: \
         no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(brought)
}

/// What a request brings, and what it is answered with. Pure.
fn judge(head: &str, state: &str) -> (Option<Brought>, &'static str, &'static str, String) {
    let nothing = |text: &str| (None, "404 Not Found", "Nothing here", text.to_owned());
    let target = head
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("GET "))
        .and_then(|line| line.split(' ').next());
    let Some(url) = target.and_then(|target| Url::parse("http://localhost").ok()?.join(target).ok()) else {
        return nothing("Only the answer to a sign-in is expected here.");
    };
    let fields: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    if url.path() != "/" || !(fields.contains_key("code") || fields.contains_key("error")) {
        return nothing("Only the answer to a sign-in is expected here.");
    }
    if fields.get("state").map(String::as_str) != Some(state) {
        let text =
            "This answer belongs to another sign-in. Go back to the terminal, and open the address it shows.";
        return (None, "400 Bad Request", "Not this sign-in", text.to_owned());
    }
    match fields.get("code") {
        Some(code) => {
            let text = "You can close this window and go back to the terminal.";
            (Some(Ok(code.clone())), "200 OK", "Signed in", text.to_owned())
        }
        None => {
            let text = fields.get("error_description").or(fields.get("error")).cloned().unwrap_or_default();
            (Some(Err(fields)), "200 OK", "Not signed in", text)
        }
    }
}

/// Text that is no markup.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const PATIENCE: Duration = Duration::from_secs(300);
const QUICK: Duration = Duration::from_secs(10);
const LONGEST_HEAD: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_the_answer_to_this_sign_in_is_taken() {
        let judged = |line: &str| judge(&format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n"), "s1");
        assert_eq!(judged("GET /?code=c%2B1&state=s1").0, Some(Ok("c+1".to_owned())));
        let (refused, _, _, text) = judged("GET /?error=access_denied&error_description=no%3Cb%3E&state=s1");
        assert!(matches!(refused, Some(Err(_))) && text == "no<b>", "{text}");
        for line in [
            "GET /?code=c&state=other",
            "GET /?code=c",
            "GET /favicon.ico",
            "GET /elsewhere?code=c&state=s1",
            "GET /?state=s1",
            "POST /?code=c&state=s1",
            "",
        ] {
            assert!(judged(line).0.is_none(), "{line}");
        }
    }

    #[test]
    fn what_entra_says_is_no_markup_in_the_answer_page() {
        assert_eq!(plain("<script>&"), "&lt;script&gt;&amp;");
    }
}
