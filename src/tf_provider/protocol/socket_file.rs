//! A unix socket in a directory of its own that nobody else may enter, and its removal.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::handshake::Launch;
use super::listen_error::ListenError;

/// Binds a socket below the directory the host asked for, else below the temporary directory.
pub(super) fn bind(launch: &Launch) -> Result<(UnixListener, SocketFile), ListenError> {
    let parent = launch.socket_directory.clone().unwrap_or_else(std::env::temp_dir);
    let group = launch.socket_group.as_deref().map(group_number).transpose()?;
    // Short, because the whole path may have about a hundred bytes (104 on macOS, 108 on Linux).
    let directory = parent.join(format!("plugin-{:.12}", uuid::Uuid::new_v4().simple()));
    let path = directory.join("socket");
    let failed = |source| ListenError::Socket { path: path.clone(), source };

    fs::DirBuilder::new().mode(0o700).create(&directory).map_err(failed)?;
    // From here on, whatever fails, the directory goes again.
    let file = SocketFile { directory, path: path.clone() };
    let listener = UnixListener::bind(&path).map_err(failed)?;
    file.permit(group).map_err(failed)?;
    Ok((listener, file))
}

/// The socket on disk. Dropping it removes it, and its directory.
#[derive(Debug)]
pub(super) struct SocketFile {
    directory: PathBuf,
    path: PathBuf,
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Ourselves only, or the group as well: it may pass through the directory and use the socket, no more.
    fn permit(&self, group: Option<u32>) -> io::Result<()> {
        let Some(group) = group else {
            return fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600));
        };
        chown(&self.path, None, Some(group))?;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o660))?;
        chown(&self.directory, None, Some(group))?;
        fs::set_permissions(&self.directory, fs::Permissions::from_mode(0o710))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Nobody is left to tell, and a leftover in the temporary directory does no harm.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir(&self.directory);
    }
}

fn group_number(group: &str) -> Result<u32, ListenError> {
    let known = fs::read_to_string("/etc/group").unwrap_or_default();
    find_group(&known, group)
        .or_else(|| group.parse().ok())
        .ok_or_else(|| ListenError::UnknownGroup(group.to_owned()))
}

/// Looks a name up in the text of `/etc/group`: `name:password:number:members`.
fn find_group(known: &str, name: &str) -> Option<u32> {
    known
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn nobody_else_can_reach_the_socket_and_nothing_is_left_behind() {
        let parent = tempfile::tempdir().expect("a directory");
        let launch = Launch { socket_directory: Some(parent.path().into()), ..Launch::default() };
        let (_listener, file) = bind(&launch).expect("a socket");
        assert!(file.path().starts_with(parent.path()));
        assert_eq!((mode(&file.directory), mode(file.path())), (0o700, 0o600));
        drop(file);
        assert_eq!(fs::read_dir(parent.path()).expect("a listing").count(), 0);
    }

    #[tokio::test]
    async fn a_group_may_use_the_socket_but_not_list_its_directory() {
        let parent = tempfile::tempdir().expect("a directory");
        // The only group a test may be sure to belong to is the one its files get.
        let own = std::os::unix::fs::MetadataExt::gid(&fs::metadata(parent.path()).expect("it exists"));
        let launch = Launch {
            socket_directory: Some(parent.path().into()),
            socket_group: Some(own.to_string()),
            ..Launch::default()
        };
        let (_listener, file) = bind(&launch).expect("a socket");
        assert_eq!((mode(&file.directory), mode(file.path())), (0o710, 0o660));
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_leaves_no_directory() {
        let parent = tempfile::tempdir().expect("a directory");
        let long = parent.path().join("d".repeat(100));
        fs::create_dir(&long).expect("a directory");
        let launch = Launch { socket_directory: Some(long.clone()), ..Launch::default() };
        assert!(matches!(bind(&launch), Err(ListenError::Socket { .. })));
        assert_eq!(fs::read_dir(long).expect("a listing").count(), 0);
    }

    #[test]
    fn groups_are_found_by_their_whole_name() {
        let known = "root:x:0:\nadmins:x:27:ann,bob\nbroken\n";
        assert_eq!(find_group(known, "admins"), Some(27));
        assert_eq!(find_group(known, "admin"), None);
        assert_eq!(find_group(known, "broken"), None);
    }
}
