//! When to send: the tenant's published budgets, kept from this side so that nobody has to refuse.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::request::{Charge, Service};

/// So many units in any window of so much time, for this application in this tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    service: Service,
    counts: Counts,
    units: u32,
    window: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Everything,
    Reads,
    Writes,
}

/// What Microsoft publishes. Intune counts requests. The directory counts writes as requests and reads as resource
/// units of which a list costs two; the smallest tenants have 3,500 units in 10 seconds.
const PUBLISHED: [Limit; 4] = [
    Limit { service: Service::Intune, counts: Counts::Writes, units: 100, window: Duration::from_secs(20) },
    Limit {
        service: Service::Intune,
        counts: Counts::Everything,
        units: 1000,
        window: Duration::from_secs(20),
    },
    Limit {
        service: Service::Directory,
        counts: Counts::Writes,
        units: 3000,
        window: Duration::from_secs(150),
    },
    Limit {
        service: Service::Directory,
        counts: Counts::Reads,
        units: 3500,
        window: Duration::from_secs(10),
    },
];

impl Charge {
    fn units(self, limit: &Limit) -> u32 {
        let counts = match limit.counts {
            Counts::Everything => true,
            Counts::Reads => !self.writes,
            Counts::Writes => self.writes,
        };
        match (limit.service == self.service && counts, limit.service, self.writes) {
            (false, ..) => 0,
            (true, Service::Directory, false) => 2 * self.requests,
            (true, ..) => self.requests,
        }
    }
}

/// What an answer says about the budget.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Feedback {
    /// 429: nothing before this has passed.
    pub(crate) refused: Option<Duration>,
    /// `x-ms-throttle-limit-percentage`: the used share of the budget, sent from 0.8 on; above 1 when overdrawn.
    pub(crate) used: Option<f64>,
}

/// Keeps the budgets.
pub(crate) struct Pacer {
    budgets: Vec<Arc<Budget>>,
}

impl Pacer {
    pub(crate) fn new() -> Self {
        Self { budgets: PUBLISHED.into_iter().map(|limit| Arc::new(Budget::new(limit))).collect() }
    }

    /// Waits, in the order of asking, until every budget has room. Dropping the permit unsaid counts as sent.
    pub(crate) async fn admit(&self, charge: Charge) -> Permit {
        let mut permit = Permit(Vec::new());
        for budget in &self.budgets {
            let units = charge.units(&budget.limit);
            if units > 0 {
                permit.0.push(budget.admit(units).await);
            }
        }
        permit
    }
}

impl Pacer {
    /// An item of a batch was refused: nothing of its kind before this has passed.
    pub(crate) fn refused(&self, charge: Charge, wait: Duration) {
        if let Some(budget) = self.budgets.iter().find(|budget| charge.units(&budget.limit) > 0) {
            budget.learn(Feedback { refused: Some(wait), used: None }, 0);
        }
    }
}

/// Leave to send one request. It counts until a window after its end: when the service counted it is unknown, but
/// not later than its answer came.
pub(crate) struct Permit(Vec<Taken>);

struct Taken {
    budget: Arc<Budget>,
    units: u32,
}

impl Permit {
    /// The request is over, and this is what its answer says.
    pub(crate) fn done(self, feedback: Feedback) {
        // The first budget is the narrowest that counts this request, and so the one the service speaks of.
        if let Some(taken) = self.0.first() {
            taken.budget.learn(feedback, taken.units);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut state = self.budget.state.lock();
        state.in_flight -= self.units;
        state.over.push_back((Instant::now(), self.units));
        drop(state);
        self.budget.freed.notify_one();
    }
}

/// One budget and its use.
struct Budget {
    limit: Limit,
    /// Held by whoever is next: first come, first served.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    in_flight: u32,
    /// Requests that are over, oldest first, for as long as they count.
    over: VecDeque<(Instant, u32)>,
    /// What we allow ourselves: the budget, or less after a refusal.
    allowed: f64,
    /// What others have left of this window, until it is over.
    left_by_others: Option<(f64, Instant)>,
    held_until: Option<Instant>,
    cut_at: Option<Instant>,
    /// Of what goes well, the share by which `allowed` grows again. Each refusal says that others are here to stay.
    regain: f64,
}

impl Budget {
    fn new(limit: Limit) -> Self {
        let state = State {
            in_flight: 0,
            over: VecDeque::new(),
            allowed: f64::from(limit.units),
            left_by_others: None,
            held_until: None,
            cut_at: None,
            regain: REGAIN,
        };
        Self { limit, turn: tokio::sync::Mutex::new(()), state: Mutex::new(state), freed: Notify::new() }
    }

    async fn admit(self: &Arc<Self>, units: u32) -> Taken {
        let _turn = self.turn.lock().await;
        loop {
            let wake = match self.state.lock().take(&self.limit, units, Instant::now()) {
                Ok(()) => {
                    return Taken { budget: Arc::clone(self), units };
                }
                Err(wake) => wake,
            };
            tokio::select! {
                () = async { match wake { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {}
                () = self.freed.notified() => {}
            }
        }
    }

    fn learn(&self, feedback: Feedback, units: u32) {
        self.state.lock().learn(&self.limit, feedback, units, Instant::now());
    }
}

impl State {
    /// Takes the units, or tells when it is worth asking again; `None` is "when something in flight is over".
    fn take(&mut self, limit: &Limit, units: u32, now: Instant) -> Result<(), Option<Instant>> {
        while self.over.front().is_some_and(|(at, _)| *at + limit.window <= now) {
            self.over.pop_front();
        }
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return Err(Some(until));
        }
        self.left_by_others = self.left_by_others.filter(|(_, until)| *until > now);
        let left = self.left_by_others.map_or(self.allowed, |(left, _)| left.min(self.allowed));
        let used = self.used();
        if used == 0 || f64::from(used + units) <= left {
            self.in_flight += units;
            return Ok(());
        }
        let freed = self.over.front().map(|(at, _)| *at + limit.window);
        Err(freed.into_iter().chain(self.left_by_others.map(|(_, until)| until)).min())
    }

    fn used(&self) -> u32 {
        self.in_flight + self.over.iter().map(|(_, units)| units).sum::<u32>()
    }

    fn learn(&mut self, limit: &Limit, feedback: Feedback, units: u32, now: Instant) {
        let whole = f64::from(limit.units);
        let least = (whole * LEAST_SHARE).max(1.0);
        if let Some(wait) = feedback.refused {
            self.held_until = self.held_until.max(Some(now + wait));
            // Ten refusals of one burst are one piece of news.
            if self.cut_at.is_none_or(|at| at + limit.window <= now) {
                self.cut_at = Some(now);
                self.allowed = (self.allowed / 2.0).max(least);
                self.regain /= 2.0;
            }
        } else if let Some(share) = feedback.used.filter(|share| *share >= NEARLY_USED) {
            let room = (whole * (1.0 - share)).max(0.0);
            self.left_by_others = Some(((f64::from(self.used()) + room).max(least), now + limit.window));
        } else {
            self.allowed = (self.allowed + f64::from(units) * self.regain).min(whole);
            if self.allowed >= whole {
                self.regain = REGAIN;
            }
        }
    }
}

const NEARLY_USED: f64 = 0.8;
const LEAST_SHARE: f64 = 0.05;
/// After one refusal the allowance is whole again within a window.
const REGAIN: f64 = 2.0;

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    const WRITE: Charge = Charge { service: Service::Intune, writes: true, requests: 1 };
    const READ: Charge = Charge { service: Service::Intune, writes: false, requests: 1 };
    const SECOND: Duration = Duration::from_secs(1);

    /// A service that counts in a rolling window, somewhere between a request's start and its end.
    struct Judge {
        limit: usize,
        window: Duration,
        seen: Mutex<VecDeque<Instant>>,
        others: usize,
        tells: bool,
    }

    impl Judge {
        fn new(limit: usize) -> Arc<Self> {
            Arc::new(Self { limit, window: SECOND * 20, seen: Mutex::default(), others: 0, tells: false })
        }

        async fn serve(&self, latency: Duration, counted_at: f64) -> Feedback {
            tokio::time::sleep(latency.mul_f64(counted_at)).await;
            let now = Instant::now();
            let (refused, used) = {
                let mut seen = self.seen.lock();
                seen.retain(|at| *at + self.window > now);
                let full = seen.len() + self.others >= self.limit;
                if !full {
                    seen.push_back(now);
                }
                let share = (seen.len() + self.others) as f64 / self.limit as f64;
                let refused = full.then(|| seen.front().map_or(self.window, |at| *at + self.window - now));
                (refused, (self.tells && share >= NEARLY_USED).then_some(share))
            };
            tokio::time::sleep(latency.mul_f64(1.0 - counted_at)).await;
            Feedback { refused, used }
        }
    }

    /// All at once.
    async fn burst(pacer: &Arc<Pacer>, judge: &Arc<Judge>, n: u32, latency: Duration) -> (Duration, u32) {
        few_at_a_time(pacer, judge, n, n, latency).await
    }

    async fn few_at_a_time(
        pacer: &Arc<Pacer>,
        judge: &Arc<Judge>,
        n: u32,
        at_a_time: u32,
        latency: Duration,
    ) -> (Duration, u32) {
        let started = Instant::now();
        let writes = (0..n).map(|i| {
            let (pacer, judge) = (Arc::clone(pacer), Arc::clone(judge));
            async move {
                let mut refusals = 0;
                loop {
                    let permit = pacer.admit(WRITE).await;
                    let feedback = judge.serve(latency, f64::from(i % 11) / 10.0).await;
                    permit.done(feedback);
                    match feedback.refused {
                        None => return refusals,
                        Some(wait) => tokio::time::sleep(wait).await,
                    }
                    refusals += 1;
                }
            }
        });
        let writes = futures_util::stream::iter(writes).buffer_unordered(at_a_time as usize);
        let refusals = writes.fold(0, async |sum, refusals| sum + refusals).await;
        (started.elapsed(), refusals)
    }

    #[tokio::test(start_paused = true)]
    async fn five_hundred_writes_take_hardly_longer_than_the_budget_and_are_never_refused() {
        // The budget allows 100 at once and 100 more every 20 seconds: the last at 80.
        for latency in [10, 200, 1500] {
            let (took, refusals) =
                burst(&Arc::new(Pacer::new()), &Judge::new(100), 500, Duration::from_millis(latency)).await;
            assert_eq!(refusals, 0, "at {latency} ms");
            assert!(took <= Duration::from_secs(88), "{took:?} at {latency} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenant_shared_with_others_costs_few_refusals() {
        let mut judge = Judge::new(100);
        Arc::get_mut(&mut judge).unwrap().others = 60;
        let (_, refusals) = burst(&Arc::new(Pacer::new()), &judge, 400, SECOND / 5).await;
        assert!(refusals <= 140, "{refusals} refusals for 400 writes where 40 fit");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_refusal_nobody_sends_before_its_time() {
        let pacer = Pacer::new();
        pacer.admit(WRITE).await.done(Feedback { refused: Some(SECOND * 7), used: None });
        let started = Instant::now();
        drop(pacer.admit(WRITE).await);
        assert_eq!(started.elapsed(), SECOND * 7);
    }

    #[tokio::test(start_paused = true)]
    async fn reads_are_not_held_by_writes() {
        let pacer = Pacer::new();
        pacer.admit(WRITE).await.done(Feedback { refused: Some(SECOND * 600), used: None });
        let started = Instant::now();
        drop(pacer.admit(READ).await);
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_nearly_used_budget_slows_us_before_it_refuses() {
        let pacer = Pacer::new();
        let started = Instant::now();
        pacer.admit(WRITE).await.done(Feedback { refused: None, used: Some(0.95) });
        for _ in 0..5 {
            drop(pacer.admit(WRITE).await);
        }
        assert_eq!(started.elapsed(), Duration::ZERO, "five in a hundred are left");
        drop(pacer.admit(WRITE).await);
        assert_eq!(started.elapsed(), SECOND * 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_right_after_anothers_waits_for_its_window_and_no_longer() {
        for tells in [true, false] {
            let mut judge = Judge::new(100);
            Arc::get_mut(&mut judge).unwrap().tells = tells;
            let latency = SECOND / 10;
            few_at_a_time(&Arc::new(Pacer::new()), &judge, 90, 10, latency).await;
            let (took, refusals) = few_at_a_time(&Arc::new(Pacer::new()), &judge, 90, 10, latency).await;
            assert!(took <= SECOND * 22, "{took:?}, share sent: {tells}");
            assert!(refusals <= if tells { 0 } else { 10 }, "{refusals} refusals, share sent: {tells}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bursts_after_bursts_go_at_the_budgets_pace() {
        let mut judge = Judge::new(100);
        Arc::get_mut(&mut judge).unwrap().tells = true;
        let started = Instant::now();
        for _ in 0..10 {
            few_at_a_time(&Arc::new(Pacer::new()), &judge, 100, 10, SECOND / 10).await;
        }
        // A thousand writes at 100 in 20 seconds; the first hundred at once.
        let took = started.elapsed();
        assert!(took <= SECOND * 180 * 12 / 10, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_allowance_grows_back() {
        let budget = Budget::new(PUBLISHED[0]);
        let allowed = || budget.state.lock().allowed;
        budget.learn(Feedback { refused: Some(Duration::ZERO), used: None }, 1);
        budget.learn(Feedback { refused: Some(Duration::ZERO), used: None }, 1);
        assert_eq!(allowed(), 50.0, "one burst of refusals cuts once");
        for _ in 0..50 {
            budget.learn(Feedback::default(), 1);
        }
        assert_eq!(allowed(), 100.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_pays_for_its_items_and_an_oversized_one_still_goes() {
        let pacer = Pacer::new();
        let started = Instant::now();
        for _ in 0..50 {
            drop(pacer.admit(Charge { requests: 20, ..READ }).await);
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        drop(pacer.admit(READ).await);
        assert_eq!(started.elapsed(), SECOND * 20);
        let fresh = Pacer::new();
        drop(fresh.admit(Charge { requests: 2000, ..READ }).await);
        assert_eq!(started.elapsed(), SECOND * 20);
    }

    #[tokio::test(start_paused = true)]
    async fn giving_up_the_wait_gives_back_what_was_taken() {
        let pacer = Pacer::new();
        pacer.admit(READ).await.done(Feedback { refused: Some(SECOND * 5), used: None });
        let waiting = pacer.admit(WRITE);
        assert!(tokio::time::timeout(SECOND, waiting).await.is_err());
        assert_eq!(pacer.budgets[0].state.lock().in_flight, 0);
    }

    #[test]
    fn each_request_is_charged_where_it_counts() {
        let units = |charge: Charge| PUBLISHED.map(|limit| charge.units(&limit));
        let directory = |writes| Charge { service: Service::Directory, writes, requests: 1 };
        assert_eq!(units(WRITE), [1, 1, 0, 0]);
        assert_eq!(units(READ), [0, 1, 0, 0]);
        assert_eq!(units(directory(true)), [0, 0, 1, 0]);
        assert_eq!(units(directory(false)), [0, 0, 0, 2]);
    }
}
