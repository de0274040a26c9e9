//! Breaking things on purpose.

use std::time::Duration;

use http::Method;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::history::Lag;

/// A scripted fault: which requests it meets, and what it does to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fault {
    /// Only requests with this method; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A regular expression searched in path and query, version included: `^/beta/deviceManagement/`.
    #[serde(default)]
    pub path: String,
    /// The first matching request to meet, counted from 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many matching requests to meet from there on; 0 means all.
    #[serde(default = "one")]
    pub count: u32,
    /// What happens.
    pub effect: Effect,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Answers so without doing the work. Without a body Graph's usual envelope for the status is sent.
    Status {
        /// The status.
        status: u16,
        /// Headers to add, such as `Retry-After`.
        #[serde(default)]
        headers: std::collections::BTreeMap<String, String>,
        /// A JSON body, or a text to be sent as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// Does the work, then closes the connection without an answer.
    LostReply,
    /// Does the work, then answers something else, as a portal or a gateway on the way might.
    Instead {
        /// The status.
        status: u16,
        /// A JSON body, or a text to be sent as it is.
        #[serde(default)]
        body: Value,
    },
    /// Closes the connection without doing the work.
    Reset,
    /// Does the work and closes the connection after so many bytes of the body.
    Truncate {
        /// Bytes of the body that still arrive.
        bytes: usize,
    },
    /// Does the work and answers later.
    Delay {
        /// Real seconds.
        seconds: f64,
    },
    /// Answers a read from the past, as a replica that lags behind. Meets nothing but GET. The past begins when the
    /// fault is added.
    StaleRead {
        /// How many writes the replica lags behind.
        #[serde(default)]
        writes: usize,
        /// How many seconds (of the tenant's clock) it lags behind.
        #[serde(default)]
        seconds: f64,
    },
    /// Says that the token is expired, whatever it is.
    ExpiredToken,
}

impl Fault {
    /// Meets the next request whose path and query match `path`.
    pub fn once(path: &str, effect: Effect) -> Self {
        Self { method: None, path: path.to_owned(), nth: 1, count: 1, effect }
    }

    /// Meets every request whose path and query match `path`.
    pub fn always(path: &str, effect: Effect) -> Self {
        Self { count: 0, ..Self::once(path, effect) }
    }

    /// Only requests with this method.
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// From the `nth` matching request on (1 is the first).
    pub fn from(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// So many times in all; 0 means always.
    pub fn times(mut self, count: u32) -> Self {
        self.count = count;
        self
    }
}

impl Effect {
    /// A status without headers, in Graph's envelope.
    pub fn status(status: u16) -> Self {
        Self::Status { status, headers: Default::default(), body: None }
    }

    /// 429 with `Retry-After`.
    pub fn throttled(retry_after: u64) -> Self {
        let headers = [("Retry-After".to_owned(), retry_after.to_string())].into();
        Self::Status { status: 429, headers, body: None }
    }
}

/// The faults that are set, and how often each has matched.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<(Fault, Regex, u32)>,
}

impl Faults {
    /// Adds a fault; the text says why it cannot be.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), String> {
        let path = Self::check(&fault)?;
        self.set.push((fault, path, 0));
        Ok(())
    }

    /// The pattern of a fault that can be added; the text says why it cannot be.
    pub(crate) fn check(fault: &Fault) -> Result<Regex, String> {
        if let Effect::Status { status, .. } | Effect::Instead { status, .. } = &fault.effect
            && http::StatusCode::from_u16(*status).is_err()
        {
            return Err(format!("{status} is no HTTP status: use a number from 100 to 999"));
        }
        Regex::new(&fault.path).map_err(|error| format!("the fault's path is no regular expression: {error}"))
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    /// The effects that a request meets, in the order in which the faults were set.
    pub(crate) fn meet(&mut self, method: &Method, path_and_query: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, path, seen) in &mut self.set {
            let this_method = fault.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method.as_str()));
            if !this_method || !path.is_match(path_and_query) {
                continue;
            }
            *seen = seen.saturating_add(1);
            let first = fault.nth.max(1);
            if *seen >= first && (fault.count == 0 || *seen - first < fault.count) {
                effects.push(fault.effect.clone());
            }
        }
        effects
    }

    /// How far any stale read may look back.
    pub(crate) fn longest_lag(&self) -> Option<Lag> {
        let lags = self.set.iter().filter_map(|(fault, ..)| match fault.effect {
            Effect::StaleRead { writes, seconds } => Some(Lag { writes, seconds }),
            _ => None,
        });
        lags.reduce(Lag::max)
    }

    /// Every fault with the number of requests it matched.
    pub(crate) fn report(&self) -> Value {
        let rows = self.set.iter().map(|(fault, _, seen)| {
            let mut row = match serde_json::to_value(fault) {
                Ok(Value::Object(row)) => row,
                _ => Map::new(),
            };
            row.insert("seen".to_owned(), Value::from(*seen));
            Value::Object(row)
        });
        rows.collect()
    }
}

/// How a delivery is damaged after the work was (or was not) done.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ResponseFault {
    pub(crate) delay: Duration,
    pub(crate) damage: Option<Damage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// No answer at all.
    Close,
    /// So many bytes of the body.
    Truncate(usize),
}

impl ResponseFault {
    /// The worse of both, for a batch whose items are damaged.
    pub(crate) fn join(&mut self, other: Self) {
        self.delay = self.delay.max(other.delay);
        self.damage = match (self.damage, other.damage) {
            (Some(Damage::Close), _) | (_, Some(Damage::Close)) => Some(Damage::Close),
            (mine, theirs) => mine.or(theirs),
        };
    }
}

fn one() -> u32 {
    1
}
