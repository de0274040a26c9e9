//! The addresses of the enrollment policies, and Intune's own: a tenant in which nobody ever restored the default URLs has
//! none, and then no device knows where to enroll.

use crate::tf_provider::schema::{Attribute, check, optional_computed, text};
use crate::tf_provider::value::Value;

/// The attributes that hold addresses. They keep what they are unless they are written.
pub(crate) fn attributes(is_mdm: bool) -> impl Iterator<Item = Attribute> {
    ADDRESSES.iter().map(move |address| {
        let own =
            address.own(is_mdm).map(|own| format!(" Left out where the tenant has none, it is `{own}`."));
        let description = format!("{}{}", address.description, own.unwrap_or_default());
        optional_computed(address.attribute, text(), description)
            .check(check::https_url().of_changes())
            .keep_prior()
    })
}

/// A policy as it is wanted, with Intune's own addresses where neither it nor the tenant's has one.
pub(crate) fn completed(wanted: &Value, now: &Value, is_mdm: bool) -> Value {
    ADDRESSES.iter().fold(wanted.clone(), |wanted, address| {
        let written = wanted.get(address.attribute);
        let is_open = written.is_null() || written.is_unknown();
        match is_open && now.get(address.attribute).is_null() {
            true => wanted.with(address.attribute, address.own(is_mdm)),
            false => wanted,
        }
    })
}

/// Whether Graph's root is that of the global cloud. Others have addresses of their own, which nobody has confirmed; there
/// they must be written.
pub(crate) fn is_global(root: &str) -> bool {
    !["microsoft.us", "chinacloudapi.cn"].iter().any(|host| root.contains(host))
}

/// An address of a policy, and Intune's own in the global cloud.
struct Address {
    attribute: &'static str,
    description: &'static str,
    mdm: Option<&'static str>,
    mam: Option<&'static str>,
}

impl Address {
    fn own(&self, is_mdm: bool) -> Option<&'static str> {
        if is_mdm { self.mdm } else { self.mam }
    }
}

const ADDRESSES: [Address; 3] = [
    Address {
        attribute: "discovery_url",
        description: "Address at which devices find the enrollment service.",
        mdm: Some("https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc"),
        mam: Some("https://wip.mam.manage.microsoft.com/Enroll"),
    },
    Address {
        attribute: "terms_of_use_url",
        description: "Address of the terms of use.",
        mdm: Some("https://portal.manage.microsoft.com/TermsofUse.aspx"),
        mam: None,
    },
    Address {
        attribute: "compliance_url",
        description: "Address at which users learn about compliance.",
        mdm: Some("https://portal.manage.microsoft.com/?portalAction=Compliance"),
        mam: None,
    },
];
