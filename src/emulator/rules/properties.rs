//! The properties a rule may name, and where Graph keeps them. The two sets of names differ.

use super::subject::Subject;

/// A property as a rule names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    /// The path in the entity.
    pub(super) path: &'static str,
    pub(super) kind: PropertyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyKind {
    Text,
    Flag,
    When,
    /// A collection of strings; `_` is an element.
    Texts,
    /// A collection of objects; an element's properties are named through this word.
    Objects(&'static str, &'static [&'static str]),
    /// The groups the object is a member of.
    Groups,
}

/// The word that names a group inside a `memberOf` condition.
pub(super) const GROUP: &str = "group";

/// The property of that name, in any case: Microsoft's own pages write `device.memberof` and `user.employeehiredate`.
pub(super) fn find(about: Subject, name: &str) -> Option<Property> {
    let table = match about {
        Subject::Users => USERS,
        Subject::Devices => DEVICES,
    };
    table.iter().find(|property| property.name.eq_ignore_ascii_case(name)).copied()
}

/// Whether the name is of a directory extension: `extension_<32 hex digits>_<name>`. These are compared as written.
pub(super) fn is_extension(name: &str) -> bool {
    let Some((id, own)) = name.strip_prefix("extension_").and_then(|rest| rest.split_once('_')) else {
        return false;
    };
    id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()) && !own.is_empty()
}

const fn text(name: &'static str, path: &'static str) -> Property {
    Property { name, path, kind: PropertyKind::Text }
}

const fn flag(name: &'static str, path: &'static str) -> Property {
    Property { name, path, kind: PropertyKind::Flag }
}

const fn texts(name: &'static str, path: &'static str) -> Property {
    Property { name, path, kind: PropertyKind::Texts }
}

const DEVICES: &[Property] = &[
    flag("accountEnabled", "accountEnabled"),
    text("deviceCategory", "deviceCategory"),
    text("deviceId", "deviceId"),
    text("deviceManagementAppId", "mdmAppId"),
    text("deviceManufacturer", "manufacturer"),
    text("deviceModel", "model"),
    text("displayName", "displayName"),
    text("deviceOSType", "operatingSystem"),
    text("deviceOSVersion", "operatingSystemVersion"),
    text("deviceOwnership", "deviceOwnership"),
    texts("devicePhysicalIds", "physicalIds"),
    text("deviceTrustType", "trustType"),
    text("enrollmentProfileName", "enrollmentProfileName"),
    text("extensionAttribute1", "extensionAttributes.extensionAttribute1"),
    text("extensionAttribute2", "extensionAttributes.extensionAttribute2"),
    text("extensionAttribute3", "extensionAttributes.extensionAttribute3"),
    text("extensionAttribute4", "extensionAttributes.extensionAttribute4"),
    text("extensionAttribute5", "extensionAttributes.extensionAttribute5"),
    text("extensionAttribute6", "extensionAttributes.extensionAttribute6"),
    text("extensionAttribute7", "extensionAttributes.extensionAttribute7"),
    text("extensionAttribute8", "extensionAttributes.extensionAttribute8"),
    text("extensionAttribute9", "extensionAttributes.extensionAttribute9"),
    text("extensionAttribute10", "extensionAttributes.extensionAttribute10"),
    text("extensionAttribute11", "extensionAttributes.extensionAttribute11"),
    text("extensionAttribute12", "extensionAttributes.extensionAttribute12"),
    text("extensionAttribute13", "extensionAttributes.extensionAttribute13"),
    text("extensionAttribute14", "extensionAttributes.extensionAttribute14"),
    text("extensionAttribute15", "extensionAttributes.extensionAttribute15"),
    flag("isRooted", "isRooted"),
    text("managementType", "managementType"),
    Property { name: "memberOf", path: "", kind: PropertyKind::Groups },
    text("objectId", "id"),
    text("profileType", "profileType"),
    texts("systemLabels", "systemLabels"),
];

const PLAN: &[&str] = &["capabilityStatus", "service", "servicePlanId"];

const USERS: &[Property] = &[
    flag("accountEnabled", "accountEnabled"),
    Property {
        name: "assignedPlans",
        path: "assignedPlans",
        kind: PropertyKind::Objects("assignedPlan", PLAN),
    },
    text("city", "city"),
    text("companyName", "companyName"),
    text("country", "country"),
    text("department", "department"),
    flag("dirSyncEnabled", "onPremisesSyncEnabled"),
    text("displayName", "displayName"),
    Property { name: "employeeHireDate", path: "employeeHireDate", kind: PropertyKind::When },
    text("employeeId", "employeeId"),
    text("extensionAttribute1", "onPremisesExtensionAttributes.extensionAttribute1"),
    text("extensionAttribute2", "onPremisesExtensionAttributes.extensionAttribute2"),
    text("extensionAttribute3", "onPremisesExtensionAttributes.extensionAttribute3"),
    text("extensionAttribute4", "onPremisesExtensionAttributes.extensionAttribute4"),
    text("extensionAttribute5", "onPremisesExtensionAttributes.extensionAttribute5"),
    text("extensionAttribute6", "onPremisesExtensionAttributes.extensionAttribute6"),
    text("extensionAttribute7", "onPremisesExtensionAttributes.extensionAttribute7"),
    text("extensionAttribute8", "onPremisesExtensionAttributes.extensionAttribute8"),
    text("extensionAttribute9", "onPremisesExtensionAttributes.extensionAttribute9"),
    text("extensionAttribute10", "onPremisesExtensionAttributes.extensionAttribute10"),
    text("extensionAttribute11", "onPremisesExtensionAttributes.extensionAttribute11"),
    text("extensionAttribute12", "onPremisesExtensionAttributes.extensionAttribute12"),
    text("extensionAttribute13", "onPremisesExtensionAttributes.extensionAttribute13"),
    text("extensionAttribute14", "onPremisesExtensionAttributes.extensionAttribute14"),
    text("extensionAttribute15", "onPremisesExtensionAttributes.extensionAttribute15"),
    text("facsimileTelephoneNumber", "faxNumber"),
    text("givenName", "givenName"),
    text("jobTitle", "jobTitle"),
    text("mail", "mail"),
    text("mailNickname", "mailNickname"),
    Property { name: "memberOf", path: "", kind: PropertyKind::Groups },
    text("mobile", "mobilePhone"),
    text("objectId", "id"),
    text("onPremisesDistinguishedName", "onPremisesDistinguishedName"),
    text("onPremisesSecurityIdentifier", "onPremisesSecurityIdentifier"),
    texts("otherMails", "otherMails"),
    text("passwordPolicies", "passwordPolicies"),
    text("physicalDeliveryOfficeName", "officeLocation"),
    text("postalCode", "postalCode"),
    text("preferredLanguage", "preferredLanguage"),
    texts("proxyAddresses", "proxyAddresses"),
    text("sipProxyAddress", "imAddresses"),
    text("state", "state"),
    text("streetAddress", "streetAddress"),
    text("surname", "surname"),
    text("telephoneNumber", "businessPhones"),
    text("usageLocation", "usageLocation"),
    text("userPrincipalName", "userPrincipalName"),
    text("userType", "userType"),
];
