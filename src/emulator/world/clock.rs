//! The tenant's time, and how long the service takes for what it does later.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The tenant's clock.
///
/// A running clock shows the real time, so that tokens and time stamps look right to any client; it is made *faster*
/// by shortening every latency ([`Clock::scaled`]), never by letting time stamps run ahead. A stepped clock stands
/// still until a test moves it.
#[derive(Debug, Clone)]
pub struct Clock {
    frozen_at: Option<OffsetDateTime>,
    moved: Duration,
    scale: f64,
}

impl Clock {
    /// Shows the real time; the service takes as long as [`Latencies`] say.
    pub fn real() -> Self {
        Self { frozen_at: None, moved: Duration::ZERO, scale: 1.0 }
    }

    /// Shows the real time; everything the service does later takes `1 / scale` of its time.
    /// A scale that is not a positive number counts as 1.
    pub fn scaled(scale: f64) -> Self {
        let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
        Self { scale, ..Self::real() }
    }

    /// Stands still at the present moment (whole seconds) until stepped.
    pub fn stepped() -> Self {
        let now = OffsetDateTime::now_utc();
        Self { frozen_at: Some(now.replace_nanosecond(0).unwrap_or(now)), ..Self::real() }
    }

    /// What the clock shows.
    pub fn now(&self) -> OffsetDateTime {
        self.frozen_at.unwrap_or_else(OffsetDateTime::now_utc) + self.moved
    }

    /// Moves the clock forward. A running clock keeps running from there.
    pub fn step(&mut self, by: Duration) {
        self.moved += by;
    }

    /// How long something takes here that takes `real` in the real service.
    pub fn scaled_duration(&self, real: Duration) -> Duration {
        real.div_f64(self.scale)
    }

    /// The same as real waiting, which a clock that stands still does not do.
    pub(crate) fn wait(&self, real: Duration) -> Duration {
        if self.frozen_at.is_some() { Duration::ZERO } else { self.scaled_duration(real) }
    }

    pub(crate) fn moved(&self) -> Duration {
        self.moved
    }
}

/// How long the real service takes for what it does after answering. The clock's scale shortens these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Latencies {
    /// From an imported device to its terminal state (`complete` or `error`).
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub import: Duration,
    /// From a complete import to the row among the Autopilot identities.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub identity: Duration,
    /// From the identity to its Entra device object with physical ids.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub entra_device: Duration,
    /// From a change to a dynamic group's members following it.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub dynamic_group: Duration,
    /// From membership or assignment to a device's status `pending`, and again from there to assigned.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub profile_assignment: Duration,
    /// From an accepted change of a device's properties or user to a read that shows it.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub device_update: Duration,
    /// From an accepted deletion of an identity to the row's disappearance.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub device_deletion: Duration,
    /// How long replicas may not know a new directory object, or still know a deleted one.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub replication: Duration,
    /// How long the writing of an enrollment configuration takes; others that are written meanwhile do not see it.
    /// Real time only: a stepped clock does not wait.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub page_write: Duration,
    /// How long a sync of the Autopilot service is in progress.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub sync: Duration,
    /// How long after a sync another one is refused.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub sync_window: Duration,
    /// How long a deleted directory object can be restored.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub soft_delete: Duration,
}

impl Latencies {
    /// Everything happens at once, which is what most tests want. Only the windows of the contract remain (10 minutes
    /// between syncs, 30 days of soft deletion): they are rules, not delays.
    pub fn none() -> Self {
        let zero = Duration::ZERO;
        Self {
            import: zero,
            identity: zero,
            entra_device: zero,
            dynamic_group: zero,
            profile_assignment: zero,
            device_update: zero,
            device_deletion: zero,
            replication: zero,
            page_write: zero,
            sync: zero,
            ..Self::realistic()
        }
    }

    /// Times as seen in quiet tenants.
    pub fn realistic() -> Self {
        let seconds = Duration::from_secs;
        Self {
            import: seconds(90),
            identity: seconds(30),
            entra_device: seconds(60),
            dynamic_group: seconds(180),
            profile_assignment: seconds(120),
            device_update: seconds(30),
            device_deletion: seconds(180),
            replication: seconds(18),
            page_write: seconds(1),
            sync: seconds(60),
            sync_window: seconds(600),
            soft_delete: seconds(30 * 24 * 3600),
        }
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::none()
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
    }
}

/// A time stamp as the directory writes it: whole seconds.
pub(crate) fn directory_timestamp(at: OffsetDateTime) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.format(format).unwrap_or_default()
}

/// A time stamp as Intune writes it: seven digits of fraction.
pub(crate) fn intune_timestamp(at: OffsetDateTime) -> String {
    let format = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z"
    );
    at.format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepped_clock_moves_only_when_stepped() {
        let mut clock = Clock::stepped();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.step(Duration::from_secs(90));
        assert_eq!(clock.now() - before, time::Duration::seconds(90));
    }

    #[test]
    fn a_faster_clock_shortens_waits_and_leaves_time_stamps_alone() {
        let clock = Clock::scaled(60.0);
        assert_eq!(clock.scaled_duration(Duration::from_secs(90)), Duration::from_millis(1500));
        assert!((clock.now() - OffsetDateTime::now_utc()).abs() < time::Duration::seconds(1));
    }

    #[test]
    fn each_service_writes_time_stamps_its_own_way() {
        let at = time::macros::datetime!(2026-01-31 12:00:00.1234567 UTC);
        assert_eq!(directory_timestamp(at), "2026-01-31T12:00:00Z");
        assert_eq!(intune_timestamp(at), "2026-01-31T12:00:00.1234567Z");
    }
}
