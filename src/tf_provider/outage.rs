//! What keeps a whole run from its service: reported once, and asked about once.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::failure::Failure;
use super::provider::Doing;

/// Whether the service can be reached at all, as far as the operations of this run have found out.
///
/// A run that has failed to read or to plan has failed; what else it would ask is not asked. A run that applies may
/// outlive an outage: it goes on once [`HOLD`] has passed.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<Instant>>);

impl Outage {
    /// Forgets the last run.
    pub(crate) fn clear(&self) {
        *self.0.lock() = None;
    }

    /// Why it is not worth trying, after what other operations have met.
    pub(crate) fn stops(&self, doing: Doing) -> Option<Failure> {
        let met = (*self.0.lock())?;
        (doing != Doing::Change || met.elapsed() < HOLD).then(not_tried)
    }

    /// What there is to say of how an operation failed.
    pub(crate) fn met(&self, failure: Failure) -> Met {
        if !failure.is_outage() {
            return Met::New(failure);
        }
        match self.0.lock().replace(Instant::now()) {
            None => Met::New(failure),
            Some(_) => Met::Again(met_again(&failure)),
        }
    }
}

/// How an operation failed.
#[derive(Debug)]
pub(crate) enum Met {
    /// In a way that concerns this one, or that nobody has met before.
    New(Failure),
    /// As others have, in one sentence for where silence is no answer.
    Again(Failure),
}

fn not_tried() -> Failure {
    Failure::new(
        "Not tried",
        "The service cannot be reached, as is said in full by another error. Nothing was asked or changed here.",
    )
}

fn met_again(failure: &Failure) -> Failure {
    let summary =
        failure.diagnostics().iter().next().map_or("The service failed", |first| first.summary.as_str());
    Failure::new(
        summary,
        "It is the failure that another error tells in full. Apply again once it is mended.",
    )
}

/// How long a failure is the answer to everybody who would change something.
const HOLD: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn outage() -> Failure {
        Failure::new("a", "b").as_outage()
    }

    #[test]
    fn an_outage_is_reported_in_full_once_and_then_nothing_is_tried() {
        let met = Outage::default();
        assert!(met.stops(Doing::Read).is_none());
        assert!(matches!(met.met(outage()), Met::New(_)));
        assert!(matches!(met.met(outage()), Met::Again(_)));
        for doing in [Doing::Read, Doing::PlanChange, Doing::Change] {
            assert!(met.stops(doing).is_some(), "{doing:?}");
        }
        met.clear();
        assert!(met.stops(Doing::Read).is_none());
    }

    #[test]
    fn what_concerns_one_object_is_reported_of_each() {
        let met = Outage::default();
        for _ in 0..2 {
            assert!(matches!(met.met(Failure::new("a", "b")), Met::New(_)));
            assert!(met.stops(Doing::Change).is_none());
        }
    }

    #[test]
    fn a_run_that_applies_tries_again_later() {
        let met = Outage(Mutex::new(Instant::now().checked_sub(HOLD)));
        assert!(met.stops(Doing::Change).is_none());
        assert!(met.stops(Doing::PlanChange).is_some(), "a plan that has failed has failed");
    }
}
