//! Whether a registered device would set itself up for its user, and if not, why.
//!
//! `facts` is what is known, each part of it as it was read or as the permission that reading it takes. `tenant_facts`,
//! `device_facts` and `user_facts` read it, from lists as soon as many devices are asked about (`holders`). The judgement
//! is pure: one function for each check, in the order in which setup meets what is checked. Whoever adds a check teaches
//! the emulator's first start the same fact, from Microsoft's documents and not from here; a test asks both about hundreds
//! of tenants.

mod check;
mod device_facts;
mod enrollment;
mod facts;
mod holders;
mod join;
mod known;
mod objects;
mod payload;
mod profile;
mod reach;
mod reader;
mod sign_in;
mod status_page;
mod tenant_facts;
mod user_facts;

pub(crate) use check::{Check, STATUSES, STEPS, Verdict};
pub(crate) use device_facts::{read as read_device, with_profile};
pub(crate) use facts::{Facts, TenantFacts};
pub(crate) use known::permissions;
pub(crate) use objects::Device;
pub(crate) use tenant_facts::read as read_tenant;

use check::Step;

/// Judges what is known of a registered device.
pub(crate) fn judge(facts: &Facts<'_>) -> Verdict {
    let checks = CHECKS.iter().map(|(name, step, check)| Check::new(name, *step, check(facts)));
    Verdict::of(checks.collect())
}

/// The judgement of a device that is not registered.
pub(crate) fn unregistered(named: &str) -> Verdict {
    Verdict::of(vec![Check::new("registered", Step::Registration, profile::unregistered(named))])
}

type Judge = fn(&Facts<'_>) -> check::Finding;

/// Every check: its name, the step of setup at which a device stops that fails it, and the judge.
const CHECKS: &[(&str, Step, Judge)] = &[
    ("registered", Step::Registration, profile::registered),
    ("hardware", Step::Profile, profile::hardware),
    ("groups", Step::Profile, profile::groups),
    ("profile_assigned", Step::Profile, profile::assigned),
    ("profile_fits", Step::Profile, profile::fits),
    ("device_name", Step::Profile, profile::device_name),
    ("user", Step::SignIn, sign_in::user),
    ("assigned_user", Step::SignIn, sign_in::assigned_user),
    ("branding", Step::SignIn, sign_in::branding),
    ("entra_device", Step::Join, join::entra_device),
    ("may_join", Step::Join, join::may_join),
    ("device_limit", Step::Join, join::device_limit),
    ("mdm_scope", Step::Enrollment, enrollment::scope),
    ("licence", Step::Enrollment, enrollment::licence),
    ("discovery_url", Step::Enrollment, enrollment::discovery_url),
    ("platform_restriction", Step::Enrollment, enrollment::restriction),
    ("former_enrollment", Step::Enrollment, enrollment::former),
    ("next_enrollment", Step::Enrollment, enrollment::next),
    ("status_page", Step::DeviceSetup, status_page::page),
    ("blocking_apps", Step::DeviceSetup, status_page::blocking_apps),
    ("apps", Step::DeviceSetup, payload::apps),
    ("policies", Step::DeviceSetup, payload::policies),
];
