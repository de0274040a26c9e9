//! A command that lives in the emulated tenant.

use std::ffi::OsString;
use std::io;
use std::process::{ExitCode, ExitStatus};

use autopilot_provider::graph::signin::{ARGUMENTS, Argument};
use tokio::process::{Child, Command};

use crate::cli::common::Failed;

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
    // Before it starts: a signal may come at once.
    let mut signals = Signals::listen()?;
    let mut child = started.envs(variables).kill_on_drop(true).spawn().map_err(|error| {
        let program = program.to_string_lossy();
        Failed::new(format!("`{program}` cannot be started: {error}. After `--` comes a program on the PATH"))
    })?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status?)),
            signal = signals.next() => match signal {
                // The terminal has sent it to the command too, which decides what becomes of it.
                Ending::Interrupt => {}
                Ending::Terminate => terminate(&child),
            },
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

/// How this process may be asked to end.
enum Ending {
    /// By a terminal: Ctrl-C.
    Interrupt,
    /// By somebody who means this process alone.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Windows has no such thing"))]
    Terminate,
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Ending {
        tokio::select! {
            _ = self.interrupt.recv() => Ending::Interrupt,
            _ = self.terminate.recv() => Ending::Terminate,
        }
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    if let Some(pid) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Ending {
        self.0.recv().await;
        Ending::Interrupt
    }
}

#[cfg(windows)]
fn terminate(_child: &Child) {}
