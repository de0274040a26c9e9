//! Runs `az` and `azd` for azure_identity, and explains what they say when they fail.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_identity::Executor;
use serde_json::Value;

use super::Failure;
use super::wire::{Record, Trouble};

/// A command line tool that can give tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Az,
    Azd,
}

impl Tool {
    fn command(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::Azd => "azd",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Az => "Azure CLI",
            Self::Azd => "Azure Developer CLI",
        }
    }

    fn login(self) -> &'static str {
        match self {
            Self::Az => "az login",
            Self::Azd => "azd auth login",
        }
    }
}

/// Runs the tool as it would be found on `search_path`; it ends when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) tool: Tool,
    pub(super) search_path: Option<OsString>,
    pub(super) record: Arc<Record>,
}

#[async_trait]
impl Executor for Runner {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(path) = &self.search_path {
            command.env("PATH", path);
        }
        let output = match finished(&mut command).await {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                self.record.note(Trouble::Local(hangs(self.tool)));
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        if let Some(failure) = judge(self.tool, output.status.code(), &stdout, &stderr) {
            self.record.note(Trouble::Local(failure));
        }
        Ok(output)
    }
}

/// Waits for a command for as long as a person would, and ends it with all it started when nobody waits any more.
async fn finished(command: &mut tokio::process::Command) -> io::Result<Output> {
    #[cfg(unix)]
    command.process_group(0);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    #[cfg(unix)]
    let _group = Group(child.id());
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    output.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// A process with its children. Killed when dropped: `az` is a script, and what it starts would hang on without it.
///
/// Windows has no such groups: there `kill_on_drop` ends the tool, and what it started is left alone.
#[cfg(unix)]
struct Group(Option<u32>);

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

fn hangs(tool: Tool) -> Failure {
    let by_hand = match tool {
        Tool::Az => "az account get-access-token --resource-type ms-graph",
        Tool::Azd => "azd auth token --scope https://graph.microsoft.com/.default",
    };
    Failure::settings(
        format!("the {} did not answer within {} seconds; it was ended", tool.title(), PATIENCE.as_secs()),
        format!(
            "It hangs by itself: Microsoft Graph was not asked yet. Run `{by_hand}` to see what it waits for (an update, a \
             question, a broken installation). {}",
            better(tool)
        ),
    )
}

/// What goes further than a sign-in of the Azure CLI, whose application Microsoft gave fixed permissions (azd uses it
/// too).
fn better(tool: Tool) -> String {
    format!(
        "The {}'s sign-in can manage groups only: for all the rest, `terraform-provider-autopilot login` signs you in.",
        tool.title()
    )
}

/// Longer than a cold start of `az` on a slow machine, shorter than the whole attempt.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 45 });

/// Why this output holds no token, if it holds none.
fn judge(tool: Tool, code: Option<i32>, stdout: &str, stderr: &str) -> Option<Failure> {
    let (command, title, login) = (tool.command(), tool.title(), tool.login());
    if code == Some(0) {
        let printed: Option<Value> = serde_json::from_str(stdout).ok();
        let has = |name: &str| printed.as_ref().is_some_and(|printed| printed.get(name).is_some());
        return match tool {
            Tool::Az if has("accessToken") && !has("expires_on") => Some(Failure::settings(
                "this Azure CLI is too old: it does not tell when its tokens expire",
                "Update it to version 2.54 or later with `az upgrade`.",
            )),
            Tool::Az if has("accessToken") => None,
            Tool::Azd if has("token") => None,
            _ => Some(Failure::settings(
                format!("the {title} printed something that is no token"),
                format!("Run `{command} --version` to see whether it is the tool you expect."),
            )),
        };
    }
    if code == Some(127) || stderr.contains("is not recognized as") {
        return Some(Failure::settings(
            format!("the {title} was not found: there is no `{command}` on PATH"),
            format!(
                "Install the {title} and run `{login}`, or configure another way to sign in. {}",
                better(tool)
            ),
        ));
    }
    let said = said(tool, stderr);
    let lower = said.to_lowercase();
    let asks_for_login =
        [login, "please run", "not logged in", "aadsts"].iter().any(|sign| lower.contains(sign));
    let advice = if asks_for_login {
        format!(
            "Run `{login}` in this environment, as the user who runs Terraform, then try again. {}",
            better(tool)
        )
    } else {
        format!("Try `{command}` by itself to see what it needs; `{login}` signs in again.")
    };
    Some(Failure::settings(format!("the {title} gave no token: {said}"), advice))
}

/// What the tool said, on one line. azd writes JSON, az text with a prefix.
fn said(tool: Tool, stderr: &str) -> String {
    let message = (tool == Tool::Azd)
        .then(|| {
            let json: Value = stderr.lines().find_map(|line| serde_json::from_str(line.trim()).ok())?;
            Some(json.pointer("/data/message")?.as_str()?.to_owned())
        })
        .flatten();
    let text = message.unwrap_or_else(|| stderr.to_owned());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_prefix("ERROR: ").unwrap_or(&text);
    if text.is_empty() { "it did not say why".to_owned() } else { text.chars().take(1000).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tools_say_is_explained() {
        for (tool, code, stdout, stderr, said, advice) in [
            (Tool::Az, 127, "", "az: not found", "there is no `az` on PATH", "Install the Azure CLI"),
            (
                Tool::Az,
                1,
                "",
                "'az' is not recognized as an internal or external command",
                "there is no `az` on PATH",
                "Install the Azure CLI",
            ),
            (
                Tool::Az,
                1,
                "",
                "ERROR: Please run 'az login' to setup account.\n",
                "gave no token: Please run 'az login' to setup account.",
                "Run `az login`",
            ),
            (
                Tool::Azd,
                1,
                "",
                "{\"type\":\"consoleMessage\",\"data\":{\"message\":\"\\nERROR: not logged in, run `azd auth login`\\n\"}}",
                "gave no token: not logged in, run `azd auth login`",
                "Run `azd auth login`",
            ),
            (Tool::Azd, 127, "", "", "there is no `azd` on PATH", "Install the Azure Developer CLI"),
            (Tool::Az, 2, "", "", "it did not say why", "`az login` signs in again"),
            (Tool::Az, 0, "{\"accessToken\":\"x\"}", "", "too old", "az upgrade"),
            (Tool::Az, 0, "hello", "", "no token", "az --version"),
        ] {
            let failure = judge(tool, Some(code), stdout, stderr).expect(said);
            assert!(failure.what.contains(said), "{failure}");
            assert!(failure.advice.contains(advice), "{failure}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_tool_that_hangs_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("alive");
        let script = format!("(while :; do date +%N > {0}; sleep 0.05; done) & wait", mark.display());
        let record = Arc::new(Record::default());
        let runner = Runner { tool: Tool::Az, search_path: None, record: record.clone() };
        let error = runner.run(OsStr::new("sh"), &[OsStr::new("-c"), OsStr::new(&script)]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        match record.trouble() {
            Some(Trouble::Local(failure)) => {
                let text = failure.to_string();
                assert!(
                    text.contains("it was ended") && text.contains("az account get-access-token"),
                    "{text}"
                );
            }
            other => panic!("{other:?}"),
        }
        // Its child writes no more.
        let before = std::fs::read(&mark).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(std::fs::read(&mark).unwrap(), before);
    }

    #[test]
    fn a_token_is_no_failure() {
        assert_eq!(judge(Tool::Az, Some(0), r#"{"accessToken":"x","expires_on":1}"#, "WARNING: beta"), None);
        assert_eq!(
            judge(Tool::Azd, Some(0), r#"{"token":"x","expiresOn":"2026-01-01T00:00:00Z"}"#, ""),
            None
        );
    }
}
