//! How often to look at what devices become. Pure.
//!
//! What is waited for takes seconds before an emulated tenant, minutes or a quarter of an hour at the service. So pauses follow
//! from what was waited already. A look at thousands of devices is many pages, a look at a few is one request; a few are awaited
//! by somebody who counts requests, thousands by somebody who counts minutes.

use std::time::Duration;

use crate::autopilot::collection::POLL_MIN;
use crate::graph::Schedule;

/// How often to look at so many devices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// What is decided is noticed at most this part of the time later that was waited for it.
    late_by: u32,
    /// The same of what follows a registration, as a part of the time that the registration took.
    follows_by: u32,
    longest: Duration,
}

impl Pace {
    pub(super) fn of(devices: usize) -> Self {
        if devices <= FEW {
            Self { late_by: 4, follows_by: 4, longest: Duration::from_secs(20) }
        } else {
            // Until they have their objects in Entra takes a minute, so that a decision that is noticed within that minute
            // is noticed soon enough.
            Self { late_by: 16, follows_by: 100, longest: Duration::from_secs(30) }
        }
    }

    /// The pause after so long.
    pub(super) fn pause(self, waited: Duration) -> Duration {
        let part = if waited < BRIEF { 1 } else { self.late_by };
        (waited / part).clamp(POLL_MIN, self.longest)
    }

    /// When to look for what follows a registration that took so long.
    pub(super) fn afterwards(self, took: Duration) -> Schedule {
        let pause = (took / self.follows_by).min(self.longest);
        Schedule::growing(pause.max(POLL_MIN), self.longest).starting_after(pause)
    }
}

/// Up to as many devices are a few.
const FEW: usize = 20;
/// What takes no longer is an emulated tenant's, and is looked at after twice the time, and twice that.
const BRIEF: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    /// When something was looked at that takes so long, from the first look on.
    fn looks(devices: usize, first: Duration, takes: Duration) -> Vec<Duration> {
        let mut looks = vec![first];
        while *looks.last().unwrap() < takes {
            let waited = *looks.last().unwrap();
            looks.push(waited + Pace::of(devices).pause(waited));
        }
        looks
    }

    #[test]
    fn a_few_devices_take_few_looks() {
        for (first, takes) in
            [(45_000, 60_000), (45_000, 75_000), (45_000, 95_000), (300, 6_000), (300, 9_500)]
        {
            let takes = Duration::from_millis(takes);
            let looks = looks(1, Duration::from_millis(first), takes);
            assert!(looks.len() <= 6, "{takes:?}: {looks:?}");
        }
    }

    #[test]
    fn a_decision_about_thousands_is_noticed_soon() {
        for seconds in [60, 90, 300, 900] {
            let takes = Duration::from_secs(seconds);
            let looks = looks(5_000, POLL_MIN, takes);
            let late = *looks.last().unwrap() - takes;
            assert!(late <= (takes / 16).min(Duration::from_secs(30)), "{seconds} s: {late:?} late");
            assert!(looks.len() <= 90, "{seconds} s: {} looks", looks.len());
        }
    }
}
