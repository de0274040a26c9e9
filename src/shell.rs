//! What to paste into which shell.

use std::io;

/// A shell, by how it sets variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    /// The Bourne shell and its heirs: bash, zsh, Git's shell on Windows.
    Sh,
    /// fish.
    Fish,
    /// PowerShell, on Windows and elsewhere.
    #[value(name = "powershell", alias = "pwsh")]
    Pwsh,
    /// The command prompt of Windows.
    Cmd,
}

impl Shell {
    /// The one that most people here have.
    pub(crate) fn usual() -> Self {
        // Git's shell says so, on Windows too.
        match cfg!(windows) && std::env::var_os("SHELL").is_none() {
            true => Self::Pwsh,
            false => Self::Sh,
        }
    }

    /// A line for each variable.
    pub(crate) fn sets(self, variables: &[(&str, String)]) -> String {
        variables.iter().map(|(name, value)| self.set(name, value)).collect()
    }

    fn set(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}={}\n", quoted(value, r"'\''", "'")),
            Self::Fish => {
                let value = value.replace('\\', r"\\");
                format!("set -gx {name} {}\n", quoted(&value, r"\'", "'"))
            }
            Self::Pwsh => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
            // Doubled for a file, which is the only place where a percent sign can be kept.
            Self::Cmd => format!("set \"{name}={}\"\n", value.replace('%', "%%")),
        }
    }

    /// A line that forgets a variable.
    pub(crate) fn unset(self, name: &str) -> String {
        match self {
            Self::Sh => format!("unset {name}\n"),
            Self::Fish => format!("set -e {name}\n"),
            Self::Pwsh => format!("$env:{name} = $null\n"),
            Self::Cmd => format!("set \"{name}=\"\n"),
        }
    }

    /// A line for people.
    pub(crate) fn comment(self, text: &str) -> String {
        match self {
            Self::Cmd => format!("rem {text}\n"),
            _ => format!("# {text}\n"),
        }
    }
}

/// In single quotes, if it needs any.
fn quoted(value: &str, inner: &str, quote: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("{quote}{}{quote}", value.replace('\'', inner))
}

/// Lets whoever reads what was printed through a pipe see its end, while this process goes on:
/// `eval "$(... emulator --print-env &)"` waits for it.
///
/// Such a reader is a shell's substitution, whose processes a Ctrl-C at the prompt would reach too; they get a session of
/// their own. A pipeline's first process leads its group already, so that is refused there and Ctrl-C goes on to end it.
#[cfg(unix)]
pub(crate) fn let_go_of_reader() -> io::Result<()> {
    use std::fs::File;
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;

    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    if stdout.metadata()?.file_type().is_fifo() {
        rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?;
        let _ = rustix::process::setsid();
    }
    Ok(())
}

/// Not here: nothing safe closes a standard stream on Windows, so the guide has lines that read from a file.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as its twin for Unix")]
pub(crate) fn let_go_of_reader() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_gets_its_own_quotes() {
        let value = "C:\\it's 100% here";
        for (shell, wanted) in [
            (Shell::Sh, "export X='C:\\it'\\''s 100% here'\n"),
            (Shell::Fish, "set -gx X 'C:\\\\it\\'s 100% here'\n"),
            (Shell::Pwsh, "$env:X = 'C:\\it''s 100% here'\n"),
            (Shell::Cmd, "set \"X=C:\\it's 100%% here\"\n"),
        ] {
            assert_eq!(shell.set("X", value), wanted);
        }
        assert_eq!(Shell::Sh.set("X", "http://127.0.0.1:8642"), "export X=http://127.0.0.1:8642\n");
    }
}
