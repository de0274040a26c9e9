//! Where Terraform and OpenTofu look for providers and for their settings, on each system.

use std::ffi::OsString;
use std::path::PathBuf;

/// A system, by how it lays out a person's folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Windows,
    Mac,
    /// Linux, and everything else with XDG's folders.
    Unix,
}

impl System {
    pub(super) fn this() -> Self {
        match std::env::consts::OS {
            "windows" => Self::Windows,
            "macos" => Self::Mac,
            _ => Self::Unix,
        }
    }
}

/// The folder of plugins in which both hosts look on their own ("implied local mirror directories" of Terraform's page on
/// the CLI configuration file; OpenTofu's `cmd/tofu/provider_source.go` has the same three). None when the environment
/// does not tell.
///
/// Both look into `~/.terraform.d/plugins` as well; but that folder's existence changes where OpenTofu keeps everything
/// else of its own (`internal/command/cliconfig/config_unix.go`), so it is not for us to make.
pub(super) fn plugins(system: System, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).map(PathBuf::from);
    let data = match system {
        System::Windows => path("APPDATA")?.join("HashiCorp").join("Terraform"),
        System::Mac => path("HOME")?.join("Library").join("Application Support").join("io.terraform"),
        System::Unix => {
            let data = path("XDG_DATA_HOME").filter(|data| data.is_absolute());
            data.or_else(|| Some(path("HOME")?.join(".local").join("share")))?.join("terraform")
        }
    };
    Some(data.join("plugins"))
}

/// Files that may hold the hosts' settings. One named in the environment is in place of all others.
pub(super) fn configurations(system: System, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    if let Some(named) = variable("TF_CLI_CONFIG_FILE") {
        return vec![named.into()];
    }
    let (home, names) = match system {
        System::Windows => ("APPDATA", ["terraform.rc", "tofu.rc"]),
        _ => ("HOME", [".terraformrc", ".tofurc"]),
    };
    let home = variable(home).map(PathBuf::from);
    home.iter().flat_map(|home| names.map(|name| home.join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_folder() {
        let all = [("APPDATA", "/roaming"), ("HOME", "/home/me"), ("XDG_DATA_HOME", "/data")];
        let home = [("HOME", "/home/me")];
        let relative = [("HOME", "/home/me"), ("XDG_DATA_HOME", "data")];
        let cases = [
            (System::Windows, &all[..], Some("/roaming/HashiCorp/Terraform/plugins")),
            (System::Windows, &home[..], None),
            (System::Mac, &all[..], Some("/home/me/Library/Application Support/io.terraform/plugins")),
            (System::Unix, &all[..], Some("/data/terraform/plugins")),
            (System::Unix, &home[..], Some("/home/me/.local/share/terraform/plugins")),
            (System::Unix, &relative[..], Some("/home/me/.local/share/terraform/plugins")),
        ];
        for (system, environment, wanted) in cases {
            let variable = |name: &str| {
                environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            };
            assert_eq!(plugins(system, variable), wanted.map(PathBuf::from), "{system:?}");
        }
    }
}
