//! The status page in force, and the apps it waits for.

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::objects::Configuration;
use super::reach::{Reach, Whose, reach, required};

/// Whether the page in force leaves time.
pub(super) fn page(facts: &Facts<'_>) -> Finding {
    let possible = pages(facts)?;
    let without_time = possible.iter().filter(|page| {
        page.show_installation_progress == Some(true) && page.install_progress_timeout_in_minutes == Some(0)
    });
    let without_time: Vec<&&Configuration> = without_time.collect();
    let [first, ..] = without_time.as_slice() else {
        return Ok(match possible.as_slice() {
            [page] => Found::Ok(match page.show_installation_progress {
                Some(true) => format!(
                    "The status page `{}` applies, and waits for at most {} minutes.",
                    page.name(),
                    page.install_progress_timeout_in_minutes.unwrap_or_default()
                ),
                _ => format!("The status page `{}` applies, which shows no progress.", page.name()),
            }),
            several => Found::Ok(format!(
                "One of the status pages {} applies, as assignment filters decide when the device enrolls.",
                several.iter().map(|page| format!("`{}`", page.name())).collect::<Vec<_>>().join(", ")
            )),
        });
    };
    let lets_go_on = first.block_device_setup_retry_by_user == Some(true)
        || first.allow_device_use_on_install_failure == Some(true);
    let fix = format!("Give the page `{}` a `timeout_minutes` of 60 or more.", first.name());
    let what =
        format!("The status page `{}` has a time limit of 0 minutes, which is over at once", first.name());
    Ok(match lets_go_on || possible.len() > 1 {
        true => {
            Found::Warning(format!("{what}; it does not keep the user from the device in every case."), fix)
        }
        false => Found::Failed(format!("{what}, and blocks the device then."), fix),
    })
}

/// Whether the apps that a page names will ever come.
pub(super) fn blocking_apps(facts: &Facts<'_>) -> Finding {
    let apps = facts.tenant.apps.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let mut named = 0;
    let mut problems = Vec::new();
    for page in pages(facts)?.iter().filter(|page| page.show_installation_progress == Some(true)) {
        for id in page.selected_mobile_app_ids.iter().flatten() {
            named += 1;
            match apps.iter().find(|app| app.id.eq_ignore_ascii_case(id)) {
                None => problems.push(format!("`{id}` does not exist or cannot block a page")),
                Some(app) if !app.is_published() => {
                    problems.push(format!("`{}` is not published yet", app.name()))
                }
                Some(app) if required(facts, app)? == Reach::No => {
                    problems.push(format!("`{}` is not required for the device or its user", app.name()));
                }
                Some(_) => {}
            }
        }
    }
    Ok(match (named, problems.as_slice()) {
        (0, _) => Found::Ok("The status page names no apps.".to_owned()),
        (_, []) => Found::Ok("The apps that the status page names are required, and published.".to_owned()),
        (_, problems) => Found::Warning(
            format!("The status page does not wait for some of its apps: {}.", problems.join("; ")),
            "Assign these apps as required, or take them out of `blocking_app_ids`.".to_owned(),
        ),
    })
}

/// The pages that may be in force: more than one only where filters decide.
fn pages<'a>(facts: &Facts<'a>) -> Result<Vec<&'a Configuration>, Unknown> {
    let all = facts.tenant.configurations.iter();
    let all: Vec<&Configuration> =
        all.filter(|one| one.is_of("windows10EnrollmentCompletionPageConfiguration")).collect();
    let (default, mut own): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| one.id.to_lowercase().contains("_default"));
    own.sort_by_key(|page| page.priority);
    let mut possible = Vec::new();
    // Those for devices come before any for users.
    for whose in [Whose::Device, Whose::User] {
        for page in &own {
            match reach(facts, page.assignments.as_deref(), whose)? {
                Reach::No => {}
                Reach::Maybe => possible.push(*page),
                Reach::Yes => {
                    possible.push(*page);
                    return Ok(possible);
                }
            }
        }
    }
    possible.extend(default);
    Ok(possible)
}

impl Configuration {
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.kind.as_deref().unwrap_or_default().rsplit('.').next() == Some(kind)
    }
}
