//! The file in which sign-ins are kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::protection;
use crate::graph::secret::Secret;
use crate::graph::signin::argument::Argument;
use crate::graph::signin::{Failure, Settings};

/// A sign-in of a person that can be used again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredSignIn {
    /// Who issues the tokens: the root address.
    pub authority: String,
    /// The tenant's id, as the token says it.
    pub tenant_id: String,
    /// Domains by which the tenant is known to the person.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The application that signed the person in.
    pub client_id: String,
    /// The person's user principal name.
    #[serde(default)]
    pub user: String,
    /// The delegated permissions that were given.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub signed_in: OffsetDateTime,
    #[serde(with = "exposed")]
    pub(super) refresh_token: Secret,
    /// What a newer version knows besides.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

impl StoredSignIn {
    /// Whether both are sign-ins of one application in one tenant; the later one takes the place of the other.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.authority == other.authority
            && self.tenant_id.eq_ignore_ascii_case(&other.tenant_id)
            && self.client_id.eq_ignore_ascii_case(&other.client_id)
    }

    /// What the refresh token is.
    pub(in crate::graph::signin) fn refresh_token(&self) -> &Secret {
        &self.refresh_token
    }
}

/// The file in which sign-ins are kept, for this user alone.
///
/// It is replaced whole and never changed in place, under a lock that other processes of this program obey. What a newer
/// version wrote into it and this one does not understand is kept.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    #[serde(default)]
    sign_ins: Vec<Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Store {
    /// The file that the environment names, or the usual one in the user's configuration folder.
    ///
    /// # Errors
    /// There is no such folder, as for a service without a home.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        if let Some(path) = settings.text(Argument::LoginFile) {
            return Ok(Self { path: PathBuf::from(path) });
        }
        let folders = etcetera::choose_base_strategy().map_err(|_| {
            Failure::settings(
                "this user has no home folder, so there is no place for a stored sign-in",
                "Name a file with AUTOPILOT_LOGIN_FILE.",
            )
        })?;
        Ok(Self { path: folders.config_dir().join("terraform-provider-autopilot").join("login.json") })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All sign-ins that this version understands; none when there is no file.
    ///
    /// # Errors
    /// The file is damaged, cannot be read, or is not this user's alone.
    pub fn sign_ins(&self) -> Result<Vec<StoredSignIn>, Failure> {
        let contents = self.read()?;
        Ok(contents.sign_ins.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
    }

    /// Keeps a sign-in, in place of an earlier one of the same application in the same tenant.
    ///
    /// # Errors
    /// The file cannot be written; the former one is unharmed then.
    pub fn put(&self, sign_in: &StoredSignIn) -> Result<(), Failure> {
        self.change(|sign_ins| {
            sign_ins.retain(|one| understood(one).is_none_or(|one| !one.is_same_place(sign_in)));
            sign_ins.extend(serde_json::to_value(sign_in));
        })
    }

    /// Keeps the token that redeeming `used` gave. Nothing happens when the person has signed in anew or out meanwhile.
    pub(in crate::graph::signin) fn renew(&self, used: &StoredSignIn, token: Secret) -> Result<(), Failure> {
        let renewed = StoredSignIn { refresh_token: token, ..used.clone() };
        self.change(|sign_ins| {
            for one in sign_ins {
                let is_used = |one: StoredSignIn| one.is_same_place(used) && one.signed_in == used.signed_in;
                if understood(one).is_some_and(is_used)
                    && let Ok(value) = serde_json::to_value(&renewed)
                {
                    *one = value;
                }
            }
        })
    }

    /// Removes the sign-ins that `which` names, and tells which they were.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn remove(&self, which: impl Fn(&StoredSignIn) -> bool) -> Result<Vec<StoredSignIn>, Failure> {
        let leaving: Vec<StoredSignIn> = self.sign_ins()?.into_iter().filter(|one| which(one)).collect();
        if !leaving.is_empty() {
            self.change(|sign_ins| sign_ins.retain(|one| understood(one).is_none_or(|one| !which(&one))))?;
        }
        Ok(leaving)
    }

    fn read(&self) -> Result<Contents, Failure> {
        protection::check(&self.path)?;
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Contents { version: VERSION, sign_ins: Vec::new(), other: Map::new() });
            }
            Err(error) => return Err(self.problem("read", &error)),
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::settings(
                format!(
                    "the stored sign-ins in {} are damaged (line {}, column {})",
                    self.path.display(),
                    error.line(),
                    error.column()
                ),
                "The file was left as it is. Remove it, and sign in again with `terraform-provider-autopilot login`.",
            )
        })
    }

    /// Changes the file's sign-ins while no other process does.
    fn change(&self, work: impl FnOnce(&mut Vec<Value>)) -> Result<(), Failure> {
        // What is replaced is the file itself, not a link to it.
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        if let Some(folder) = target.parent() {
            protection::make_folder(folder).map_err(|error| self.problem("written", &error))?;
        }
        let _lock = lock(&target).map_err(|error| self.problem("locked", &error))?;
        let mut contents = self.read()?;
        work(&mut contents.sign_ins);
        let text = serde_json::to_string_pretty(&contents).unwrap_or_default() + "\n";
        replace(&target, &text).map_err(|error| self.problem("written", &error))
    }

    fn problem(&self, verb: &str, error: &io::Error) -> Failure {
        let advice = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room on the disk.",
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                "Make the folder writable, or name a file elsewhere with AUTOPILOT_LOGIN_FILE."
            }
            _ => "Check the path, or name another file with AUTOPILOT_LOGIN_FILE.",
        };
        Failure::settings(
            format!("the stored sign-ins in {} cannot be {verb}: {error}", self.path.display()),
            advice,
        )
    }
}

fn understood(one: &Value) -> Option<StoredSignIn> {
    serde_json::from_value(one.clone()).ok()
}

/// Held until the file that is returned is dropped. The lock lies beside the file, since the file itself is replaced.
fn lock(path: &Path) -> io::Result<File> {
    let file = protection::open(&beside(path, "lock"), false)?;
    match file.lock() {
        // Some network drives know no locks; the file is still replaced whole.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(file),
    }
}

/// Puts a new file in the place of the old one: whoever reads sees one or the other, whole.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let fresh = beside(path, &format!("{}.new", uuid::Uuid::new_v4()));
    let written = protection::open(&fresh, true).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&fresh, path)).inspect_err(|_| drop(fs::remove_file(&fresh)))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

const VERSION: u32 = 1;

/// The one place where a refresh token is written to a file, because that is the file's purpose.
mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Bench {
        _folder: tempfile::TempDir,
        store: Store,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sub/login.json");
            let environment =
                BTreeMap::from([("AUTOPILOT_LOGIN_FILE".to_owned(), path.display().to_string())]);
            let settings = Settings::resolve(&BTreeMap::new(), &environment).unwrap();
            Self { _folder: folder, store: Store::of(&settings).unwrap() }
        }

        fn write(&self, text: &str) {
            protection::make_folder(self.store.path.parent().unwrap()).unwrap();
            replace(&self.store.path, text).unwrap();
        }

        fn tokens(&self) -> Vec<String> {
            let kept = self.store.sign_ins().unwrap();
            kept.iter().map(|one| one.refresh_token.expose().to_owned()).collect()
        }
    }

    fn sign_in(tenant: &str, client: &str, token: &str) -> StoredSignIn {
        StoredSignIn {
            authority: "https://login.example".into(),
            tenant_id: tenant.into(),
            domains: vec!["contoso.com".into()],
            client_id: client.into(),
            user: "kim@contoso.com".into(),
            scopes: Vec::new(),
            signed_in: OffsetDateTime::UNIX_EPOCH,
            refresh_token: Secret::new(token),
            other: Map::new(),
        }
    }

    #[test]
    fn a_sign_in_takes_the_place_of_the_one_before_and_of_no_other() {
        let bench = Bench::new();
        assert!(bench.tokens().is_empty(), "no file is no sign-in");
        for (tenant, client, token) in
            [("t1", "a", "1"), ("t2", "a", "2"), ("T1", "A", "3"), ("t1", "b", "4")]
        {
            bench.store.put(&sign_in(tenant, client, token)).unwrap();
        }
        assert_eq!(bench.tokens(), ["2", "3", "4"]);
        let removed = bench.store.remove(|one| one.tenant_id.eq_ignore_ascii_case("t1")).unwrap();
        assert_eq!((removed.len(), bench.tokens()), (2, vec!["2".to_owned()]));
        assert!(bench.store.remove(|_| false).unwrap().is_empty());
    }

    #[test]
    fn a_renewed_token_is_kept_unless_the_person_signed_in_anew_or_out() {
        let bench = Bench::new();
        let used = sign_in("t", "a", "old");
        bench.store.put(&used).unwrap();
        bench.store.renew(&used, Secret::new("new")).unwrap();
        assert_eq!(bench.tokens(), ["new"]);
        let anew = StoredSignIn { signed_in: OffsetDateTime::now_utc(), ..sign_in("t", "a", "anew") };
        bench.store.put(&anew).unwrap();
        bench.store.renew(&used, Secret::new("late")).unwrap();
        assert_eq!(bench.tokens(), ["anew"]);
        bench.store.remove(|_| true).unwrap();
        bench.store.renew(&used, Secret::new("later")).unwrap();
        assert!(bench.tokens().is_empty());
    }

    #[test]
    fn what_a_newer_version_wrote_is_kept() {
        let bench = Bench::new();
        bench.write(r#"{"version": 2, "colour": "blue", "sign_ins": [{"shape": "of tomorrow"}]}"#);
        bench.store.put(&sign_in("t", "a", "1")).unwrap();
        let text = fs::read_to_string(&bench.store.path).unwrap();
        assert!(["blue", "of tomorrow", "\"version\": 2"].iter().all(|kept| text.contains(kept)), "{text}");
        assert_eq!(bench.tokens(), ["1"]);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_is_left_alone() {
        let bench = Bench::new();
        for damaged in ["", "{", "[]", r#"{"version": "one"}"#] {
            bench.write(damaged);
            for outcome in [bench.store.sign_ins().map(drop), bench.store.put(&sign_in("t", "a", "1"))] {
                let text = outcome.unwrap_err().to_string();
                assert!(text.contains("are damaged") && text.contains("login"), "{text}");
            }
            assert_eq!(fs::read_to_string(&bench.store.path).unwrap(), damaged);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_this_user_alone_and_one_that_is_not_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let bench = Bench::new();
        bench.store.put(&sign_in("t", "a", "1")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&bench.store.path), mode(bench.store.path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&bench.store.path, fs::Permissions::from_mode(0o644)).unwrap();
        for outcome in [bench.store.sign_ins().map(drop), bench.store.put(&sign_in("t", "a", "2"))] {
            let text = outcome.unwrap_err().to_string();
            assert!(text.contains("chmod 600"), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_is_refused() {
        let bench = Bench::new();
        bench.store.put(&sign_in("t", "a", "1")).unwrap();
        // Only the superuser can give a file away.
        if std::os::unix::fs::chown(&bench.store.path, Some(1), None).is_ok() {
            let text = bench.store.sign_ins().unwrap_err().to_string();
            assert!(text.contains("belong to another user"), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let bench = Bench::new();
        let folder = bench.store.path.parent().unwrap();
        let real = folder.with_file_name("elsewhere.json");
        replace(&real, r#"{"version": 1}"#).unwrap();
        protection::make_folder(folder).unwrap();
        std::os::unix::fs::symlink(&real, &bench.store.path).unwrap();
        bench.store.put(&sign_in("t", "a", "1")).unwrap();
        assert!(fs::symlink_metadata(&bench.store.path).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("kim@contoso.com"));
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_former_one() {
        let bench = Bench::new();
        bench.store.put(&sign_in("t", "a", "1")).unwrap();
        let lock = beside(&bench.store.path, "lock");
        fs::remove_file(&lock).and_then(|()| fs::create_dir(&lock)).unwrap();
        let text = bench.store.put(&sign_in("t", "a", "2")).unwrap_err().to_string();
        assert!(text.contains("cannot be locked") && text.contains("AUTOPILOT_LOGIN_FILE"), "{text}");
        assert_eq!(bench.tokens(), ["1"]);
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let bench = Bench::new();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let store = &bench.store;
                scope.spawn(move || {
                    for round in 0..5 {
                        store.put(&sign_in(&format!("t{writer}-{round}"), "a", "x")).unwrap();
                    }
                });
            }
        });
        assert_eq!(bench.tokens().len(), 40);
    }

    #[test]
    fn debug_shows_no_token() {
        assert!(!format!("{:?}", sign_in("t", "a", "hunter2")).contains("hunter2"));
    }
}
