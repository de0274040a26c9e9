//! The kinds of apps that a status page can wait for.

use super::permissions::APPS_READ;
use crate::graph::Endpoint;
use crate::tf_provider::schema::{Choice, pick};

/// All apps.
pub(crate) fn apps() -> Endpoint {
    Endpoint::beta("deviceAppManagement/mobileApps").needs(APPS_READ)
}

/// Those of kinds that can block the page.
pub(crate) fn blocking() -> Endpoint {
    let kinds: Vec<String> =
        KINDS.iter().map(|kind| format!("isof('{}')", kind.remote.trim_start_matches('#'))).collect();
    apps().filter(format!("({})", kinds.join(" or ")))
}

/// Kinds of apps that can block the page.
pub(crate) const KINDS: &[Choice] = &[
    pick("win32", "#microsoft.graph.win32LobApp", "Windows app (Win32)"),
    pick("win32_catalog", "#microsoft.graph.win32CatalogApp", "app of the Enterprise App Catalog"),
    pick("store", "#microsoft.graph.winGetApp", "Microsoft Store app (new)"),
    pick("msi", "#microsoft.graph.windowsMobileMSI", "line-of-business app (MSI)"),
    pick(
        "universal_appx",
        "#microsoft.graph.windowsUniversalAppX",
        "line-of-business app (MSIX, universal AppX)",
    ),
    pick("appx", "#microsoft.graph.windowsAppX", "line-of-business app (AppX)"),
    pick("microsoft_365", "#microsoft.graph.officeSuiteApp", "Microsoft 365 Apps for Windows"),
    pick("edge", "#microsoft.graph.windowsMicrosoftEdgeApp", "Microsoft Edge for Windows"),
];
