//! What was asked and answered, and where a client broke the contract.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

/// The oldest exchanges are forgotten beyond this number.
const KEPT: usize = 50_000;

/// One request and its answer. Holds no token, no body and no header.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// When it was answered, by the tenant's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The method.
    pub method: String,
    /// Path and query, with the version.
    pub path: String,
    /// The status that was (or would have been) sent.
    pub status: u16,
    /// `v1.0` or `beta`; empty for sign-in.
    pub version: &'static str,
    /// Who asked.
    pub caller: CallerKind,
    /// How long the emulator worked on it, in microseconds.
    pub microseconds: u64,
    /// The `request-id` of the `$batch` it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// Its `request-id`.
    pub request_id: String,
    /// The `client-request-id` that the client gave, or the `request-id` in its place.
    pub client_request_id: String,
    /// The client's `User-Agent`; that of the batch for an item of one.
    pub user_agent: String,
    /// Whether a scripted fault met it.
    pub fault: bool,
}

/// The kind of token a request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CallerKind {
    /// No token, or a bad one.
    Nobody,
    /// An app-only token.
    Application,
    /// A delegated token.
    User,
}

/// A violation of the contract: what the service asks of its clients.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// What was wrong.
    pub reason: String,
}

/// The log, and what is remembered to see violations.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Whether every exchange is also written to the error output.
    pub(crate) aloud: bool,
    exchanges: VecDeque<Exchange>,
    /// All there ever were, those that are forgotten included.
    recorded: u64,
    violations: Vec<Violation>,
    /// Application and what it was asked to leave alone -> until when.
    promised: HashMap<(String, String), OffsetDateTime>,
}

impl Journal {
    pub(crate) fn record(&mut self, exchange: Exchange) {
        if self.aloud {
            say(&exchange);
        }
        if self.exchanges.len() == KEPT {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
        self.recorded += 1;
    }

    pub(crate) fn violation(&mut self, violation: Violation) {
        tracing::warn!(method = violation.method, path = violation.path, "{}", violation.reason);
        self.violations.push(violation);
    }

    /// Remembers that an application was asked to wait before it asks for `what` again.
    pub(crate) fn throttled(&mut self, app: &str, what: &str, now: OffsetDateTime, wait: Duration) {
        self.promised.insert((app.to_owned(), what.to_owned()), now + wait);
    }

    /// How much of the wait is left.
    pub(crate) fn remaining_wait(&mut self, app: &str, what: &str, now: OffsetDateTime) -> Option<Duration> {
        let key = (app.to_owned(), what.to_owned());
        let until = *self.promised.get(&key)?;
        if until <= now {
            self.promised.remove(&key);
        }
        Duration::try_from(until - now).ok().filter(|left| !left.is_zero())
    }

    pub(crate) fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter()
    }

    /// How many exchanges there ever were.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded
    }

    /// What came after so many, as far as it is kept.
    pub(crate) fn since(&self, recorded: u64) -> Vec<&Exchange> {
        let fresh = usize::try_from(self.recorded.saturating_sub(recorded)).unwrap_or(usize::MAX);
        self.exchanges.iter().skip(self.exchanges.len().saturating_sub(fresh)).collect()
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(crate) fn clear(&mut self) {
        *self = Self { aloud: self.aloud, recorded: self.recorded, ..Self::default() };
    }
}

#[expect(clippy::print_stderr, reason = "a person asked to see this")]
fn say(exchange: &Exchange) {
    let Exchange { time, method, path, status, microseconds, .. } = exchange;
    let (hour, minute, second) = time.time().as_hms();
    let within = if exchange.batch.is_some() { "  in a batch:" } else { "" };
    let milliseconds = *microseconds as f64 / 1000.0;
    eprintln!("{hour:02}:{minute:02}:{second:02}{within} {method} {path} -> {status} ({milliseconds:.1} ms)");
}
