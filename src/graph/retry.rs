//! What to do with an answer that is no success: the one retry policy, decided purely.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use super::request::Repeat;

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendOutcome {
    /// An answer with this status, 2xx included.
    Status(u16),
    /// The request never left: no connection.
    NotSent,
    /// It never left and never will: the server or a proxy is not to be trusted, or does not trust us.
    Distrusted,
    /// The request may have been carried out, but its answer was lost: reset, timeout, truncated body.
    ReplyLost,
    /// It was answered as if it had been carried out, but with nothing that tells so.
    Unreadable,
}

/// What the policy looks at besides the outcome.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    pub(crate) repeat: Repeat,
    pub(crate) retry_after: Option<Duration>,
    /// 404 means "not yet" for this long.
    pub(crate) appears_within: Option<Duration>,
    /// How often the request has been sent, the last time included.
    pub(crate) attempt: u32,
    /// Whether Intune said that an error has occurred, and nothing else.
    pub(crate) bare: bool,
    /// Whether the token was already replaced once.
    pub(crate) reauthenticated: bool,
    /// Since the first attempt.
    pub(crate) elapsed: Duration,
    /// Until the operation's deadline.
    pub(crate) left: Option<Duration>,
    /// Between 0 and 1: this attempt's share of the longest wait.
    pub(crate) jitter: f64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The outcome is final: a success, or an error to report.
    Stop,
    /// Send again after this time.
    Wait(Duration),
    /// After this time find out whether the request was carried out; only if not, send again.
    LookUpFirst(Duration),
    /// Drop the token and send again at once.
    Reauthenticate,
}

pub(crate) fn decide(outcome: SendOutcome, at: &Situation) -> Decision {
    let decision = without_deadline(outcome, at);
    match decision {
        // A wait the deadline will cut short is only a slower way to fail.
        Decision::Wait(time) | Decision::LookUpFirst(time) if at.left.is_some_and(|left| time >= left) => {
            Decision::Stop
        }
        decision => decision,
    }
}

fn without_deadline(outcome: SendOutcome, at: &Situation) -> Decision {
    let backoff = || backoff(at.attempt, at.jitter);
    let hinted = || match at.retry_after {
        // "At once" is believed twice, then it is a loop.
        Some(time) if time.is_zero() && at.attempt > 2 => backoff(),
        Some(time) => time,
        None => backoff(),
    };
    match outcome {
        SendOutcome::Status(401) if !at.reauthenticated => Decision::Reauthenticate,
        SendOutcome::Status(429) if at.attempt < MOST_THROTTLED => unsure(at.repeat, hinted()),
        SendOutcome::Status(404) if at.appears_within.is_some_and(|time| at.elapsed < time) => {
            Decision::Wait(backoff().min(LONGEST_FLAP))
        }
        // For creations this is Intune's way to refuse a word, too: once more, in case it was a fault.
        SendOutcome::Status(500) if at.bare && at.repeat == Repeat::LookUpFirst && at.attempt > 1 => {
            Decision::Stop
        }
        SendOutcome::Status(500 | 502 | 503 | 504) | SendOutcome::Unreadable | SendOutcome::ReplyLost
            if at.repeat == Repeat::Once =>
        {
            Decision::Stop
        }
        SendOutcome::Status(500 | 502 | 503 | 504) if at.attempt < most_faults(at) => {
            unsure(at.repeat, hinted())
        }
        // Intune answers actions of devices with 412 ConditionNotMet now and then, for no reason that its pages name. That it
        // passes is a guess; three tries cost little.
        SendOutcome::Status(409) if at.repeat == Repeat::Once => Decision::Stop,
        SendOutcome::Status(409 | 412 | 423)
            if at.repeat != Repeat::LookUpFirst && at.attempt < MOST_CONFLICTS =>
        {
            Decision::Wait(hinted())
        }
        // Whatever machine it is on, it may still be starting.
        SendOutcome::NotSent if at.attempt < MOST_FAULTS => Decision::Wait(backoff()),
        SendOutcome::Unreadable if at.repeat != Repeat::Safe && at.attempt < MOST_FAULTS => {
            unsure(at.repeat, backoff())
        }
        SendOutcome::ReplyLost if at.attempt < MOST_FAULTS => unsure(at.repeat, backoff()),
        _ => Decision::Stop,
    }
}

/// A service that says when to come back is down for maintenance or overload, not broken: follow it for longer.
fn most_faults(at: &Situation) -> u32 {
    if at.retry_after.is_some() { MOST_THROTTLED } else { MOST_FAULTS }
}

fn unsure(repeat: Repeat, wait: Duration) -> Decision {
    match repeat {
        Repeat::LookUpFirst => Decision::LookUpFirst(wait),
        _ => Decision::Wait(wait),
    }
}

/// Full jitter: anything between nothing and a limit that doubles with each attempt.
fn backoff(attempt: u32, jitter: f64) -> Duration {
    let longest = FIRST_BACKOFF.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_BACKOFF);
    longest.mul_f64(jitter.clamp(0.0, 1.0))
}

/// `Retry-After` as seconds (fractions too) or as a date, which is read against the server's own clock where it shows it.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let now = headers
        .get(http::header::DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or(now);
    Some(at.duration_since(now).unwrap_or_default())
}

const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
const LONGEST_FLAP: Duration = Duration::from_secs(5);
/// How often a request is sent that meets nothing but faults.
pub(crate) const MOST_FAULTS: u32 = 6;
const MOST_CONFLICTS: u32 = 3;
const MOST_THROTTLED: u32 = 100;

#[cfg(test)]
mod tests {
    use super::Decision::*;
    use super::SendOutcome::*;
    use super::*;

    const NOW: Situation = Situation {
        repeat: Repeat::Safe,
        retry_after: None,
        appears_within: None,
        attempt: 1,
        bare: false,
        reauthenticated: false,
        elapsed: Duration::ZERO,
        left: None,
        jitter: 1.0,
    };

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn first_answers() {
        let repeats = [Repeat::Safe, Repeat::Idempotent, Repeat::LookUpFirst, Repeat::Once];
        let table = [
            (Status(200), [Stop, Stop, Stop, Stop]),
            (Status(204), [Stop, Stop, Stop, Stop]),
            (Status(400), [Stop, Stop, Stop, Stop]),
            (Status(401), [Reauthenticate, Reauthenticate, Reauthenticate, Reauthenticate]),
            (Status(403), [Stop, Stop, Stop, Stop]),
            (Status(404), [Stop, Stop, Stop, Stop]),
            (Status(409), [Wait(secs(1)), Wait(secs(1)), Stop, Stop]),
            (Status(412), [Wait(secs(1)), Wait(secs(1)), Stop, Wait(secs(1))]),
            (Status(423), [Wait(secs(1)), Wait(secs(1)), Stop, Wait(secs(1))]),
            (Status(429), [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Wait(secs(1))]),
            (Unreadable, [Stop, Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
            (Status(500), [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
            (Status(501), [Stop, Stop, Stop, Stop]),
            (Status(502), [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
            (Status(503), [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
            (Status(504), [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
            (Distrusted, [Stop, Stop, Stop, Stop]),
            (NotSent, [Wait(secs(1)), Wait(secs(1)), Wait(secs(1)), Wait(secs(1))]),
            (ReplyLost, [Wait(secs(1)), Wait(secs(1)), LookUpFirst(secs(1)), Stop]),
        ];
        for (outcome, expected) in table {
            for (repeat, expected) in repeats.into_iter().zip(expected) {
                assert_eq!(decide(outcome, &Situation { repeat, ..NOW }), expected, "{outcome:?} {repeat:?}");
            }
        }
    }

    #[test]
    fn a_creation_that_fails_without_a_word_is_tried_twice() {
        let at = |repeat, attempt, bare| Situation { repeat, attempt, bare, ..NOW };
        assert_eq!(decide(Status(500), &at(Repeat::LookUpFirst, 1, true)), LookUpFirst(secs(1)));
        assert_eq!(decide(Status(500), &at(Repeat::LookUpFirst, 2, true)), Stop);
        assert_eq!(decide(Status(500), &at(Repeat::LookUpFirst, 2, false)), LookUpFirst(secs(2)));
        assert_eq!(decide(Status(500), &at(Repeat::Idempotent, 2, true)), Wait(secs(2)));
    }

    #[test]
    fn retry_after_is_obeyed_to_the_letter() {
        for status in [429, 503] {
            for wait in [0, 1, 7, 600] {
                let at = Situation { retry_after: Some(secs(wait)), jitter: 0.3, ..NOW };
                assert_eq!(decide(Status(status), &at), Wait(secs(wait)), "{status} {wait}");
            }
        }
        let create = Situation { repeat: Repeat::LookUpFirst, retry_after: Some(secs(7)), ..NOW };
        assert_eq!(decide(Status(503), &create), LookUpFirst(secs(7)));
    }

    #[test]
    fn at_once_is_not_believed_for_ever() {
        let at = |attempt| Situation { retry_after: Some(Duration::ZERO), attempt, ..NOW };
        assert_eq!(decide(Status(429), &at(2)), Wait(Duration::ZERO));
        assert_eq!(decide(Status(429), &at(3)), Wait(secs(4)));
    }

    #[test]
    fn backoff_doubles_to_a_limit_and_takes_any_share_of_it() {
        let waits: Vec<_> = (1..9).map(|attempt| backoff(attempt, 1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(3, 0.25), secs(1));
        assert_eq!(backoff(u32::MAX, 1.0), secs(30));
    }

    #[test]
    fn faults_end_sooner_than_throttling() {
        let at = |attempt, retry_after| Situation { attempt, retry_after, ..NOW };
        assert_eq!(decide(Status(500), &at(6, None)), Stop);
        assert_eq!(decide(ReplyLost, &at(6, None)), Stop);
        assert_eq!(decide(NotSent, &at(6, None)), Stop);
        assert_eq!(decide(Status(409), &at(3, None)), Stop);
        assert_eq!(decide(Status(429), &at(20, None)), Wait(secs(30)));
        assert_eq!(decide(Status(503), &at(20, Some(secs(5)))), Wait(secs(5)));
        assert_eq!(decide(Status(429), &at(100, None)), Stop);
    }

    #[test]
    fn a_wait_beyond_the_deadline_is_not_begun() {
        let at = |left| Situation { retry_after: Some(secs(10)), left: Some(secs(left)), ..NOW };
        assert_eq!(decide(Status(429), &at(10)), Stop);
        assert_eq!(decide(Status(429), &at(11)), Wait(secs(10)));
    }

    #[test]
    fn a_token_is_replaced_once() {
        assert_eq!(decide(Status(401), &Situation { reauthenticated: true, attempt: 2, ..NOW }), Stop);
    }

    #[test]
    fn not_found_is_not_yet_only_while_that_was_announced() {
        let at =
            |elapsed| Situation { appears_within: Some(secs(60)), elapsed: secs(elapsed), attempt: 8, ..NOW };
        assert_eq!(decide(Status(404), &at(59)), Wait(secs(5)));
        assert_eq!(decide(Status(404), &at(60)), Stop);
    }

    #[test]
    fn retry_after_is_read_in_all_its_spellings() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let table = [
            ("0", None, Some(0)),
            ("17", None, Some(17)),
            (" 5 ", None, Some(5)),
            ("-3", None, Some(0)),
            ("Sun, 06 Nov 1994 08:49:57 GMT", None, Some(20)),
            ("Sunday, 06-Nov-94 08:49:57 GMT", None, Some(20)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", None, Some(0)),
            ("Sun, 06 Nov 1994 08:49:57 GMT", Some("Sun, 06 Nov 1994 08:49:50 GMT"), Some(7)),
            ("soon", None, None),
            ("1e400", None, None),
            ("NaN", None, Some(0)),
        ];
        for (text, date, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            assert_eq!(retry_after(&headers, now), expected.map(secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
