//! Whether a file with sign-ins is this user's alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::graph::signin::Failure;

/// Refuses a file that others can read, or that belongs to somebody else.
///
/// On Windows nothing is looked at: the folder of the user's profile gives access to the user, the system and
/// administrators, and files inherit that.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let Ok(facts) = fs::metadata(path) else { return Ok(()) };
        let shown = path.display();
        if facts.uid() != rustix::process::getuid().as_raw() {
            return Err(Failure::settings(
                format!("the stored sign-ins in {shown} belong to another user"),
                "Run as the user who signed in; or name a file of your own with AUTOPILOT_LOGIN_FILE and sign in with \
                 `terraform-provider-autopilot login`.",
            ));
        }
        if facts.mode() & 0o077 != 0 {
            return Err(Failure::settings(
                format!("others may read or change the stored sign-ins in {shown}"),
                format!(
                    "Whoever can read it can act as you. Run `chmod 600 {shown}`; if others may have read it, run \
                     `terraform-provider-autopilot logout` and sign in again."
                ),
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, fs::metadata::<&Path>);
    Ok(())
}

/// Makes the folder, for this user alone.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for writing that only this user can read; `new` when it must not exist yet.
pub(super) fn open(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
