//! Apps that a status page can wait for.

use serde::Deserialize;

use super::app_kinds::{self, KINDS, apps};
use super::permissions::APPS_READ;
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{Collection, ErrorKind, decode, decode_all};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::path::Path;
use crate::tf_provider::permission::{Permission, aside};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::value::Value;

/// What is read of an app.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct App {
    pub(crate) id: String,
    #[serde(rename = "@odata.type")]
    pub(crate) kind: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) publisher: Option<String>,
    publishing_state: Option<String>,
}

/// The list of apps that can block the page.
pub(crate) fn blocking() -> Collection {
    Collection::new(app_kinds::blocking())
}

/// What looking needs.
pub(crate) fn permission() -> Permission {
    aside("check `blocking_app_ids` while planning (optional)", APPS_READ)
}

/// Looks while planning whether the apps of a changed list exist and can block. Without the permission to look there is a
/// warning instead.
pub(crate) async fn check(cx: &Cx, plan: &Plan) -> Result<(), Failure> {
    let ids = plan.planned.get(ATTRIBUTE);
    if !plan.changes(ATTRIBUTE) || ids.elements().is_empty() || !cx.can_check() {
        return Ok(());
    }
    look(cx, &cx.session()?, ids).await
}

async fn look(cx: &Cx, session: &Session, ids: &Value) -> Result<(), Failure> {
    let found = match session.graph().read_all(session.scope(), &blocking()).await {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::PermissionMissing => {
            cx.warn(
                "Blocking apps not checked",
                format!(
                    "Whether the apps in `{ATTRIBUTE}` exist and can block the page could not be looked up: the \
                     account has none of the permissions {}. The page is set up all the same; check the ids, or \
                     grant one of them.",
                    APPS_READ.join(", ")
                ),
            );
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let found: Vec<App> = decode_all(&found)?;
    let mut problems = Diagnostics::default();
    for id in ids.elements() {
        let Some(text) = id.as_str() else { continue };
        let listed = found.iter().find(|app| app.id.eq_ignore_ascii_case(text));
        // A new app is listed late.
        let alone: Option<App> = match listed {
            Some(_) => None,
            None => session.get_opt(&apps().key(text)).await?.as_ref().map(decode).transpose()?,
        };
        judge(text, listed.or(alone.as_ref()), &mut problems, cx);
    }
    if problems.has_errors() { Err(problems.into()) } else { Ok(()) }
}

fn judge(id: &str, app: Option<&App>, problems: &mut Diagnostics, cx: &Cx) {
    let at = Path::from(ATTRIBUTE).set_element(Value::from(id));
    let Some(app) = app else {
        let what = format!(
            "There is no app with the id `{id}` in this tenant, so devices would wait for it until the time limit. \
             Correct the id, or remove it. The data source `autopilot_mobile_apps` lists the apps that can be named."
        );
        problems.error_at(at, "No such app", what);
        return;
    };
    let name = app.display_name.as_deref().unwrap_or(id);
    let kind = app.kind.as_deref().unwrap_or_default();
    if !KINDS.iter().any(|choice| choice.remote == kind) {
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let what = format!(
            "`{name}` ({id}) is a {kind}, and status pages do not wait for such apps. Remove it, or deploy it as \
             another kind of app."
        );
        problems.error_at(at, "App cannot block a status page", what);
    } else if app.publishing_state.as_deref().is_some_and(|state| state != "published") {
        cx.warn(
            "Blocking app not published yet",
            format!(
                "`{name}` ({id}) is still being uploaded or processed. Until it is published and assigned as \
                 required, devices that wait for it run into the page's time limit."
            ),
        );
    }
}

/// The attribute with the ids of blocking apps.
pub(crate) const ATTRIBUTE: &str = "blocking_app_ids";
