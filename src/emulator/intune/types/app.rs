use super::target::TARGET;
use crate::emulator::api::model::{
    Default, Property, PropertyKind, Type, boolean, collection, date_time, enumeration, int32, navigation,
    text,
};

/// What all apps have.
pub(crate) static APP: Type = Type::new("mobileApp")
    .properties(&[
        text("id"),
        text("displayName").nullable(),
        text("description").nullable(),
        text("publisher").nullable(),
        Property::new("largeIcon", PropertyKind::Untyped).nullable(),
        date_time("createdDateTime"),
        date_time("lastModifiedDateTime"),
        boolean("isFeatured"),
        text("privacyInformationUrl").nullable(),
        text("informationUrl").nullable(),
        text("owner").nullable(),
        text("developer").nullable(),
        text("notes").nullable(),
        int32("uploadState").default(Default::Number(1)).beta(),
        enumeration("publishingState", &["notPublished", "processing", "published"])
            .default(Default::Text("published")),
        boolean("isAssigned").beta(),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])).beta(),
        int32("dependentAppCount").beta(),
        int32("supersedingAppCount").beta(),
        int32("supersededAppCount").beta(),
        navigation("assignments"),
        navigation("categories"),
        navigation("relationships").beta(),
    ])
    .abstract_with(&[&LOB, &WIN_GET, &OFFICE, &EDGE, &STORE, &WEB, &IOS_STORE]);

static LOB: Type = Type::new("mobileLobApp")
    .properties(&[
        text("committedContentVersion").nullable(),
        text("fileName").nullable(),
        Property::new("size", PropertyKind::Int64),
        navigation("contentVersions"),
    ])
    .extends(&APP)
    .abstract_with(&[&WIN32, &MSI, &UNIVERSAL, &APPX]);

const ARCHITECTURES: &[&str] = &["none", "x86", "x64", "arm", "neutral", "arm64"];

static WIN32: Type = Type::new("win32LobApp")
    .properties(&[
        boolean("allowAvailableUninstall").beta(),
        enumeration("applicableArchitectures", ARCHITECTURES),
        text("displayVersion").nullable().beta(),
        text("installCommandLine").nullable(),
        text("minimumSupportedWindowsRelease").nullable(),
        text("setupFilePath").nullable(),
        text("uninstallCommandLine").nullable(),
    ])
    .extends(&LOB)
    .with_derived(&[&CATALOG]);

static CATALOG: Type = Type::new("win32CatalogApp")
    .properties(&[text("mobileAppCatalogPackageId").nullable().beta()])
    .extends(&WIN32);

static MSI: Type = Type::new("windowsMobileMSI")
    .properties(&[
        text("commandLine").nullable(),
        text("identityVersion").nullable().beta(),
        boolean("ignoreVersionDetection"),
        text("productCode").nullable(),
        text("productVersion").nullable(),
        boolean("useDeviceContext").beta(),
    ])
    .extends(&LOB);

static UNIVERSAL: Type = Type::new("windowsUniversalAppX")
    .properties(&[
        enumeration("applicableArchitectures", ARCHITECTURES),
        text("identityName").nullable(),
        text("identityPublisherHash").nullable(),
        text("identityResourceIdentifier").nullable(),
        text("identityVersion").nullable(),
        boolean("isBundle"),
    ])
    .extends(&LOB);

static APPX: Type = Type::new("windowsAppX")
    .properties(&[
        enumeration("applicableArchitectures", ARCHITECTURES),
        text("identityName").nullable(),
        text("identityPublisherHash").nullable(),
        text("identityResourceIdentifier").nullable(),
        text("identityVersion").nullable(),
        boolean("isBundle"),
    ])
    .extends(&LOB);

static WIN_GET: Type = Type::new("winGetApp")
    .properties(&[text("manifestHash").nullable().beta(), text("packageIdentifier").nullable().beta()])
    .extends(&APP);

static OFFICE: Type = Type::new("officeSuiteApp")
    .properties(&[
        boolean("autoAcceptEula").beta(),
        collection("localesToInstall", &PropertyKind::String).beta(),
        enumeration("officePlatformArchitecture", ARCHITECTURES).beta(),
        collection("productIds", &PropertyKind::String).beta(),
        boolean("shouldUninstallOlderVersionsOfOffice").beta(),
        text("targetVersion").nullable().beta(),
        boolean("useSharedComputerActivation").beta(),
    ])
    .extends(&APP);

static EDGE: Type = Type::new("windowsMicrosoftEdgeApp")
    .properties(&[
        enumeration("channel", &["dev", "beta", "stable", "unknownFutureValue"]),
        text("displayLanguageLocale").nullable(),
    ])
    .extends(&APP);

static STORE: Type =
    Type::new("windowsStoreApp").properties(&[text("appStoreUrl").nullable().beta()]).extends(&APP);

static WEB: Type =
    Type::new("webApp").properties(&[text("appUrl").nullable(), boolean("useManagedBrowser")]).extends(&APP);

static IOS_STORE: Type = Type::new("iosStoreApp")
    .properties(&[text("appStoreUrl").nullable(), text("bundleId").nullable()])
    .extends(&APP);

/// Apps of which v1.0 knows nothing.
pub(super) static BETA_ONLY: [&Type; 4] = [&CATALOG, &WIN_GET, &OFFICE, &STORE];

pub(crate) static APP_ASSIGNMENT: Type = Type::new("mobileAppAssignment").properties(&[
    text("id"),
    enumeration("intent", &["available", "required", "uninstall", "availableWithoutEnrollment"]),
    enumeration("source", &["direct", "policySets"]).beta(),
    text("sourceId").nullable().beta(),
    Property::new("settings", PropertyKind::Untyped).nullable(),
    Property::new("target", PropertyKind::Complex(&TARGET)),
]);
