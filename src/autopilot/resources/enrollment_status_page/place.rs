//! A page's place among the others.

use serde_json::json;

use super::PAGES;
use crate::autopilot::engine::collection::{RARELY, SOON, id};
use crate::autopilot::page_order::{next_move, patience};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Kind, Look, Schedule};
use crate::tf_provider::failure::Failure;

/// Two pages of one configuration cannot have one place.
pub(super) fn claim(cx: &Cx, priority: i64, name: &str) -> Result<(), Failure> {
    match cx.client().claim(&format!("status page priority {priority}"), name) {
        None => Ok(()),
        Some(other) => Err(Failure::at(
            "priority",
            "Two status pages with one priority",
            format!(
                "Only one page can have priority {priority}, and this configuration gives it to `{other}` and `{name}`. \
                 Give them different priorities, or leave the argument out."
            ),
        )),
    }
}

/// Moves a page to its place, and pages of this run that thereby lose theirs back to it.
pub(super) async fn place(cx: &Cx, session: &Session, page: &str, priority: i64) -> Result<(), Failure> {
    let order = cx.client().status_pages();
    order.turn(session).await?.promise(page, priority);
    let what = format!("the enrollment status page {page} to have priority {priority}");
    let patient = session.narrowed(patience(session));
    let schedule = Schedule::growing(SOON, RARELY);
    let placed = graph::wait::<_, graph::Error, _, _>(&what, patient.scope(), schedule, || async {
        let turn = order.turn(&patient).await?;
        let pages: Vec<(String, i64)> = PAGES
            .all(&patient)
            .await?
            .iter()
            .filter_map(|one| Some((id(one).to_owned(), one["priority"].as_i64()?)))
            .collect();
        if let Some((moving, to)) = next_move(&pages, turn.promised()) {
            let action = PAGES.member(moving).then("setPriority");
            return match patient.post(&action, json!({"priority": to})).await {
                Ok(_) => Ok(Look::NotYet(format!("moving {moving} to {to}"))),
                // It has the place already, or somebody else moved pages meanwhile: the next look tells.
                Err(error) if error.kind() == Kind::Refused => Ok(Look::NotYet(error.what().to_owned())),
                Err(error) => Err(error),
            };
        }
        let has_it = pages.iter().any(|(id, now)| id == page && *now == priority);
        Ok(if has_it { Look::Done(()) } else { Look::NotYet(held(&pages)) })
    })
    .await;
    match placed {
        Err(error) if error.kind() == Kind::TimedOut => Err(Failure::at(
            "priority",
            "Priority cannot be reached",
            format!(
                "The page cannot have priority {priority}: the service only moves a page to a number that some page \
                 already has, and numbers of deleted pages are not used again. Choose one of the numbers in use, or \
                 leave `priority` out.\n\n{error}."
            ),
        )),
        other => Ok(other?),
    }
}

/// The numbers in use, for a message.
fn held(pages: &[(String, i64)]) -> String {
    let mut numbers: Vec<i64> = pages.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("the numbers in use are {}", numbers.join(", "))
}
