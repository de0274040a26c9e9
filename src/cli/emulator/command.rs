//! A command that lives in the pretend tenant.

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use autopilot_provider::graph::signin::{ARGUMENTS, Argument};
use tokio::process::Command;

use crate::cli::Failed;

/// Runs a command to its end with these variables, and answers its exit code.
pub(super) async fn run(
    command: &[OsString],
    variables: Vec<(&'static str, String)>,
) -> Result<ExitCode, Failed> {
    let [program, arguments @ ..] = command else {
        return Err(Failed::new("there is no command after `--`"));
    };
    let mut started = Command::new(program);
    started.args(arguments);
    // What signs in elsewhere must not win over this tenant's sign-in, nor reach it.
    for name in foreign() {
        started.env_remove(name);
    }
    let mut child = started.envs(variables).kill_on_drop(true).spawn().map_err(|error| {
        let program = program.to_string_lossy();
        Failed::new(format!("`{program}` cannot be started: {error}. After `--` comes a program on the PATH"))
    })?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status?)),
            // The terminal has told the command too, which decides what becomes of it.
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            () = termination() => terminate(&child),
        }
    }
}

/// Environment variables that say where and as whom to sign in.
fn foreign() -> impl Iterator<Item = &'static str> {
    let arguments = ARGUMENTS.iter().filter(|facts| facts.argument != Argument::ReadOnly);
    let names = arguments.flat_map(|facts| facts.environment.iter().copied());
    names.filter(|name| name.starts_with("ARM_") || name.starts_with("AZURE_"))
}

fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        // As shells say it.
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Answers when this process is told to end by something other than a terminal.
#[cfg(unix)]
async fn termination() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut told) => drop(told.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(unix)]
fn terminate(child: &tokio::process::Child) {
    if let Some(pid) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
async fn termination() {
    std::future::pending().await
}

#[cfg(not(unix))]
fn terminate(_child: &tokio::process::Child) {}
