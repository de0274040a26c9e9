//! The service's published request budgets.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use http::Method;
use time::OffsetDateTime;

use crate::emulator::api::error::Service;

/// A budget: so many units in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Budget {
    name: &'static str,
    units: u64,
    window: Duration,
    per_application: bool,
    writes_only: bool,
    /// What `x-ms-throttle-information` says.
    information: &'static str,
}

const INTUNE: [Budget; 4] = [
    intune("Intune writes of this application", 100, true, true),
    intune("Intune writes of the tenant", 200, false, true),
    intune("Intune requests of this application", 1000, true, false),
    intune("Intune requests of the tenant", 2000, false, false),
];

const fn intune(name: &'static str, units: u64, per_application: bool, writes_only: bool) -> Budget {
    let information = if writes_only { "WriteLimitExceeded" } else { "ResourceUnitLimitExceeded" };
    Budget { name, units, window: Duration::from_secs(20), per_application, writes_only, information }
}

/// The directory's budgets grow with the number of users.
fn directory(users: usize) -> [Budget; 3] {
    let units = match users {
        0..50 => 3500,
        50..=500 => 5000,
        _ => 8000,
    };
    let budget = |name, units, seconds, per_application, writes_only, information| Budget {
        name,
        units,
        window: Duration::from_secs(seconds),
        per_application,
        writes_only,
        information,
    };
    [
        budget("directory units of this application", units, 10, true, false, "ResourceUnitLimitExceeded"),
        budget("directory writes of this application", 3000, 150, true, true, "WriteLimitExceeded"),
        budget("directory units of the tenant", 18_000, 300, false, false, "ResourceUnitLimitExceeded"),
    ]
}

/// What one request asks of the budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demand<'a> {
    pub(crate) app: &'a str,
    pub(crate) service: Service,
    pub(crate) is_write: bool,
    /// Resource units; Intune counts every request as 1.
    pub(crate) units: u64,
}

impl<'a> Demand<'a> {
    /// By the directory's price list: reading one object 1, a list 2, `$expand` 1 more, `$select` and a `$top` below
    /// 20 one less each, never below 1. Writes count 1.
    pub(crate) fn new(app: &'a str, service: Service, method: &Method, is_list: bool, query: &str) -> Self {
        let is_write = !matches!(*method, Method::GET | Method::HEAD);
        let mut units: i64 = if is_list && !is_write { 2 } else { 1 };
        if service == Service::Directory && !is_write {
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                units += match name.trim_start_matches('$') {
                    "expand" => 1,
                    "select" => -1,
                    "top" if value.parse::<u32>().is_ok_and(|top| top < 20) => -1,
                    _ => 0,
                };
            }
        }
        let units = match service {
            Service::Intune => 1,
            Service::Directory => units.max(1).unsigned_abs(),
        };
        Demand { app, service, is_write, units }
    }
}

/// How a demand stands against the budgets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Within all; the fullest budget is used to this part (1.0 is full).
    Within { used: f64 },
    /// Beyond one of them.
    Beyond { budget: &'static str, retry_after: u64, information: &'static str },
}

/// What was used of every budget lately.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    /// Whether what is beyond a budget is refused (and then not counted).
    pub(crate) enforced: bool,
    used: HashMap<(&'static str, String), Window>,
}

#[derive(Debug, Default)]
struct Window {
    entries: VecDeque<(OffsetDateTime, u64)>,
    sum: u64,
}

impl Throttle {
    /// Judges a demand and counts it, unless it is refused.
    pub(crate) fn judge(&mut self, demand: Demand<'_>, users: usize, now: OffsetDateTime) -> Verdict {
        let all: Vec<Budget> = match demand.service {
            Service::Intune => INTUNE.to_vec(),
            Service::Directory => directory(users).to_vec(),
        };
        let budgets = all.into_iter().filter(|budget| demand.is_write || !budget.writes_only);
        let (mut fullest, mut beyond) = (0f64, None);
        let budgets: Vec<Budget> = budgets.collect();
        for budget in &budgets {
            let window = self.window(budget, demand.app);
            window.forget_before(now - budget.window);
            let units = if budget.writes_only { 1 } else { demand.units };
            fullest = fullest.max((window.sum + units) as f64 / budget.units as f64);
            if window.sum + units > budget.units && beyond.is_none() {
                let oldest = window.entries.front().map_or(now, |(at, _)| *at);
                let wait = (oldest + budget.window - now).as_seconds_f64().ceil().max(1.0);
                beyond = Some(Verdict::Beyond {
                    budget: budget.name,
                    retry_after: wait as u64,
                    information: budget.information,
                });
            }
        }
        if beyond.is_none() || !self.enforced {
            for budget in &budgets {
                let units = if budget.writes_only { 1 } else { demand.units };
                self.window(budget, demand.app).add(now, units);
            }
        }
        beyond.unwrap_or(Verdict::Within { used: fullest })
    }

    pub(crate) fn clear(&mut self) {
        self.used.clear();
    }

    fn window(&mut self, budget: &Budget, app: &str) -> &mut Window {
        let whose = if budget.per_application { app.to_owned() } else { String::new() };
        self.used.entry((budget.name, whose)).or_default()
    }
}

impl Window {
    fn forget_before(&mut self, moment: OffsetDateTime) {
        while let Some((at, units)) = self.entries.front()
            && *at <= moment
        {
            self.sum -= units;
            self.entries.pop_front();
        }
    }

    fn add(&mut self, now: OffsetDateTime, units: u64) {
        self.sum += units;
        self.entries.push_back((now, units));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intune_write(app: &str) -> Demand<'_> {
        Demand::new(app, Service::Intune, &Method::POST, false, "")
    }

    #[test]
    fn the_101st_write_in_twenty_seconds_is_beyond_the_budget() {
        let mut throttle = Throttle { enforced: true, ..Throttle::default() };
        let start = time::macros::datetime!(2026-01-01 0:00 UTC);
        for n in 0..100 {
            let now = start + Duration::from_millis(n * 100);
            assert!(matches!(throttle.judge(intune_write("a"), 1, now), Verdict::Within { .. }), "{n}");
        }
        let now = start + Duration::from_secs(15);
        let beyond = throttle.judge(intune_write("a"), 1, now);
        assert!(matches!(beyond, Verdict::Beyond { retry_after: 5, .. }), "{beyond:?}");
        let read = Demand::new("a", Service::Intune, &Method::GET, true, "");
        assert!(matches!(throttle.judge(read, 1, now), Verdict::Within { .. }));
        assert!(matches!(throttle.judge(intune_write("b"), 1, now), Verdict::Within { .. }));
        // What is refused does not count, or a stubborn client would be refused for ever.
        for _ in 0..200 {
            throttle.judge(intune_write("a"), 1, now);
        }
        let later = start + Duration::from_secs(21);
        assert!(matches!(throttle.judge(intune_write("a"), 1, later), Verdict::Within { .. }));
    }

    #[test]
    fn a_second_application_shares_the_budget_of_the_tenant() {
        let mut throttle = Throttle { enforced: true, ..Throttle::default() };
        let now = time::macros::datetime!(2026-01-01 0:00 UTC);
        for n in 0..200 {
            let app = ["a", "b"][n % 2];
            assert!(matches!(throttle.judge(intune_write(app), 1, now), Verdict::Within { .. }), "{n}");
        }
        let beyond = throttle.judge(intune_write("c"), 1, now);
        assert!(
            matches!(beyond, Verdict::Beyond { budget: "Intune writes of the tenant", .. }),
            "{beyond:?}"
        );
    }

    #[test]
    fn directory_reads_cost_what_the_price_list_says() {
        let units = |is_list, query| Demand::new("a", Service::Directory, &Method::GET, is_list, query).units;
        assert_eq!(units(false, ""), 1);
        assert_eq!(units(true, ""), 2);
        assert_eq!(units(true, "$select=id"), 1);
        assert_eq!(units(true, "$expand=members&$top=50"), 3);
        assert_eq!(units(true, "%24select=id&$top=5"), 1);
    }

    #[test]
    fn a_full_bucket_of_units_refuses_reads_of_the_directory() {
        let mut throttle = Throttle { enforced: true, ..Throttle::default() };
        let now = time::macros::datetime!(2026-01-01 0:00 UTC);
        let read = Demand::new("a", Service::Directory, &Method::GET, false, "");
        let served =
            (0..4000).filter(|_| matches!(throttle.judge(read, 10, now), Verdict::Within { .. })).count();
        assert_eq!(served, 3500);
    }
}
