//! What the guides say to type, typed.

use std::path::Path;

use autopilot_provider::emulator::files;

use super::{program, said};
#[cfg(unix)]
use crate::support::terraform::Workspace;

const GUIDES: [(&str, &str); 3] = [
    ("emulator.md", include_str!("../../../docs/guides/emulator.md")),
    ("getting-started.md", include_str!("../../../docs/guides/getting-started.md")),
    ("README.md", include_str!("../../../README.md")),
];

/// The texts of a guide in one language.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    guide.split(&start).skip(1).filter_map(|rest| Some(rest.split("```").next()?.to_owned())).collect()
}

/// Each in a folder with the tutorial, of a person who has installed the provider.
#[cfg(unix)]
#[test]
fn the_lines_of_the_guide_to_the_emulator_work_as_they_stand_in_sh() {
    let home = tempfile::tempdir().expect("a folder");
    let installed = program(&["install"]).env("HOME", home.path()).env_remove("XDG_DATA_HOME").output();
    assert!(installed.expect("it starts").status.success());
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", binary.parent().expect("a folder").display());
    let scripts = blocks(GUIDES[0].1, "shell");
    assert!(scripts.len() >= 5, "{}", scripts.len());
    let ran = scripts.into_iter().map(|script| {
        let (home, path) = (home.path().to_owned(), path.clone());
        std::thread::spawn(move || {
            let Some(workspace) = tutorial() else { return };
            let script = format!("terraform init -no-color >/dev/null\n{script}");
            let mut shell = std::process::Command::new("sh");
            shell.args(["-e", "-c", &script]).current_dir(workspace.path());
            for name in ["SSL_CERT_FILE", "XDG_DATA_HOME", "TF_CLI_CONFIG_FILE"] {
                shell.env_remove(name);
            }
            shell
                .env("HOME", home)
                .env("PATH", path)
                .env("CHECKPOINT_DISABLE", "1")
                .env("NO_PROXY", "localhost,127.0.0.1");
            let output = shell.output().expect("a shell");
            assert!(output.status.success(), "{script}\n{}", said(&output));
        })
    });
    let ran: Vec<_> = ran.collect();
    ran.into_iter().for_each(|one| one.join().expect("it works"));
}

#[cfg(unix)]
fn tutorial() -> Option<Workspace> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/user-driven-entra-join");
    let names = [
        "main.tf",
        "variables.tf",
        "outputs.tf",
        "tests/seven-steps.tftest.hcl",
        "tests/mocks/autopilot.tfmock.hcl",
    ];
    names.iter().try_fold(Workspace::new()?, |workspace, name| {
        Some(workspace.file(name, &std::fs::read_to_string(folder.join(name)).ok()?))
    })
}

/// Without those shells at hand: what they start is started with the same arguments.
#[test]
fn the_lines_for_other_shells_name_options_that_there_are() {
    let mut tried = 0;
    for (guide, text) in GUIDES {
        for language in ["powershell", "bat", "fish", "console", "shell", "text"] {
            for line in blocks(text, language).iter().flat_map(|block| block.lines()) {
                let Some(typed) = arguments(line) else { continue };
                let words = typed.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
                let words: Vec<&str> = words.take_while(|word| *word != "--").chain(["--help"]).collect();
                let output = program(&words).output().expect("it starts");
                assert!(output.status.success(), "{guide}: {words:?}: {}", said(&output));
                tried += 1;
            }
        }
    }
    assert!(tried >= 15, "{tried}");
}

/// What a line gives this program to read, if it starts it.
fn arguments(line: &str) -> Option<&str> {
    if let Some((_, list)) = line.split_once("ArgumentList") {
        return list.split('\'').nth(1);
    }
    let line = line.split(['#', '|', '>', '}', '$', '&']).find(|part| part.contains(NAME))?;
    let (_, typed) = line.split_once(NAME)?;
    // In columns, what it does comes after.
    typed.split("   ").next()
}

#[test]
fn the_files_that_the_guide_shows_are_read() {
    let examples = blocks(GUIDES[0].1, "json");
    let [tenant, faults] = examples.as_slice() else { panic!("two examples: {examples:?}") };
    assert_eq!(files::seed(tenant).expect("a tenant").display_name, "Fabrikam");
    assert_eq!(files::faults(faults).expect("faults").len(), 3);
    // Every effect of the table too.
    let effects =
        GUIDES[0].1.split("| Effect |").nth(1).expect("the table").split("\n\n").next().expect("it");
    for row in effects.lines().filter_map(|line| line.strip_prefix("| `")) {
        let effect = row.split("` |").next().expect("a cell").replace("...", "{}");
        files::faults(&format!("{{\"effect\": {effect}}}"))
            .unwrap_or_else(|error| panic!("{effect}: {error}"));
    }
}

const NAME: &str = "terraform-provider-autopilot ";

/// Whoever meets a code in the emulator finds it, and what to do about it, in one place.
#[test]
fn every_code_of_the_emulator_is_in_the_guide_to_what_goes_wrong() {
    let guide = include_str!("../../../docs/guides/troubleshooting.md").to_ascii_lowercase();
    let source = |folder: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emulator").join(folder);
        let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        files.filter_map(|file| std::fs::read_to_string(file).ok()).collect::<String>()
    };
    let found = |pattern: &str, text: &str| -> Vec<String> {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        pattern.captures_iter(text).map(|found| found[1].replace('_', "").to_ascii_lowercase()).collect()
    };
    let sign_in = found(r"\b(\d{1,3}(?:_\d{3})+)\b", &source("login"));
    let sign_in = sign_in.into_iter().map(|number| format!("aadsts{number}`"));
    let imports = found(r#"Err\(\(\d+, "(\w+)""#, &source("intune"));
    let laptop = found(r"\(0x([0-9A-F]{8})\)", &source("oobe"));
    let all: Vec<String> = sign_in.chain(imports).chain(laptop).collect();
    assert!(all.len() > 40, "{all:?}");
    let missing: Vec<_> = all.iter().filter(|code| !guide.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "docs/guides/troubleshooting.md does not know {missing:?}");
}
