//! One token for everybody: fetched once, shared, renewed before it expires.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use time::{Duration, OffsetDateTime};
use tracing::{debug, warn};

use super::method::is_asked_for;
use super::{AccessToken, Choice, Claims, NoMethod, Settings, SignInError, choose, credential, login};
use crate::graph::secret::Secret;

/// Gives the token for Graph. Clones share one token.
///
/// However many ask at once, one request is made, and its outcome, good or bad, is everybody's. A token that will
/// soon expire is handed out while a new one is fetched beside it, so that a hiccup of Entra is not noticed.
#[derive(Clone)]
pub struct TokenSource(Arc<Inner>);

struct Inner {
    acquire: Acquire,
    now: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<AccessToken>,
    flight: Option<Flight>,
    failed: Option<(OffsetDateTime, SignInError)>,
}

type TokenResult = Result<AccessToken, SignInError>;
type Flight = Shared<BoxFuture<'static, TokenResult>>;
type Acquire = Box<dyn Fn() -> BoxFuture<'static, TokenResult> + Send + Sync>;
type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

impl TokenSource {
    /// Signs in the way `settings` ask for, over `http`'s connections.
    pub fn new(settings: Settings, http: reqwest::Client) -> Self {
        let Choice { method, passed_over } = choose(&settings, &login::stored_login(&settings));
        // Who asked for a way to sign in wants to hear of that one, and not why others were not tried.
        let passed_over = match &method {
            Ok(chosen) | Err(NoMethod::Incomplete(chosen, _)) if is_asked_for(*chosen, &settings) => {
                Vec::new()
            }
            _ => passed_over,
        };
        let settings = Arc::new(settings);
        Self::from_fn(move || {
            let (method, passed_over) = (method.clone(), passed_over.clone());
            let (settings, http) = (settings.clone(), http.clone());
            async move {
                match method {
                    Ok(method) => credential::acquire(method, settings, http)
                        .await
                        .map_err(|failure| SignInError::new(method, failure, passed_over)),
                    Err(none) => Err(SignInError::no_method(none, passed_over)),
                }
            }
        })
    }

    /// Always gives this token, which never expires. For tests.
    pub fn fixed(token: impl Into<Secret>) -> Self {
        let now = OffsetDateTime::now_utc();
        let token = AccessToken::new(token, now, now + Duration::days(3650))
            .map_err(|failure| SignInError::new(super::Method::AccessToken, failure, Vec::new()));
        Self::from_fn(move || std::future::ready(token.clone()))
    }

    /// Asks `acquire` for a token whenever one is needed: at first, before expiry, and after [`Self::invalidate`].
    pub fn from_fn<F, Fut>(acquire: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<AccessToken, SignInError>> + Send + 'static,
    {
        Self::with_clock(acquire, OffsetDateTime::now_utc)
    }

    /// A token that Graph should accept now.
    pub async fn token(&self) -> Result<AccessToken, SignInError> {
        let flight = {
            let mut state = self.0.state.lock();
            let now = (self.0.now)();
            let held = state.failed.as_ref().filter(|(since, _)| now - *since < FAILURE_HOLD);
            match (next(now, state.current.as_ref()), held.map(|(_, error)| error.clone())) {
                (Next::Use(token), _) | (Next::UseAndRenew(token), Some(_)) => return Ok(token),
                (Next::UseAndRenew(token), None) => {
                    if state.flight.is_none() {
                        tokio::spawn(self.start(&mut state));
                    }
                    return Ok(token);
                }
                (Next::Fetch, Some(error)) => return Err(error),
                (Next::Fetch, None) => match &state.flight {
                    Some(flight) => flight.clone(),
                    None => self.start(&mut state),
                },
            }
        };
        flight.await
    }

    /// Tells that Graph refused `used`: the next call of [`Self::token`] fetches another. Does nothing when
    /// another one is already in use, so that many refusals at once cost one fetch.
    pub fn invalidate(&self, used: &AccessToken) {
        let mut state = self.0.state.lock();
        if state.current.as_ref().is_some_and(|current| current.is(used)) {
            state.current = None;
        }
    }

    /// What the token in use says about itself; fetches one if there is none.
    pub async fn claims(&self) -> Result<Claims, SignInError> {
        Ok(Claims::decode(self.token().await?.secret()))
    }

    fn with_clock<F, Fut>(acquire: F, now: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TokenResult> + Send + 'static,
    {
        Self(Arc::new(Inner {
            acquire: Box::new(move || acquire().boxed()),
            now: Box::new(now),
            state: Mutex::default(),
        }))
    }

    fn start(&self, state: &mut State) -> Flight {
        let acquired = (self.0.acquire)();
        let source = self.clone();
        let flight = async move {
            let outcome = acquired.await;
            let mut state = source.0.state.lock();
            state.flight = None;
            match &outcome {
                Ok(token) => {
                    debug!(expires = %token.expires(), "a token for Graph was obtained");
                    state.current = Some(token.clone());
                    state.failed = None;
                }
                Err(error) => {
                    if let Some(token) = &state.current {
                        let until = token.expires();
                        warn!(%until, %error, "the token could not be renewed; the present one is used on");
                    }
                    state.failed = Some(((source.0.now)(), error.clone()));
                }
            }
            outcome
        }
        .boxed()
        .shared();
        state.flight = Some(flight.clone());
        flight
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("current", &self.0.state.lock().current).finish_non_exhaustive()
    }
}

enum Next {
    Use(AccessToken),
    UseAndRenew(AccessToken),
    Fetch,
}

fn next(now: OffsetDateTime, current: Option<&AccessToken>) -> Next {
    match current {
        Some(token) if now < token.renew_at() => Next::Use(token.clone()),
        Some(token) if now < token.expires() => Next::UseAndRenew(token.clone()),
        _ => Next::Fetch,
    }
}

/// How long a failure is the answer to everybody, so that a hundred resources do not each wait for a dead authority.
const FAILURE_HOLD: Duration = Duration::seconds(10);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};

    use futures_util::future::join_all;
    use time::macros::datetime;

    use super::*;
    use crate::graph::signin::{Failure, Method};

    const START: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    /// A source whose tokens live an hour and are named after the count of fetches, with a clock that a test moves.
    struct Bench {
        source: TokenSource,
        fetches: Arc<AtomicUsize>,
        elapsed: Arc<AtomicI64>,
        down: Arc<AtomicUsize>,
    }

    impl Bench {
        fn new() -> Self {
            let (fetches, elapsed, down) = <(Arc<AtomicUsize>, Arc<AtomicI64>, Arc<AtomicUsize>)>::default();
            let clock = {
                let elapsed = elapsed.clone();
                move || START + Duration::seconds(elapsed.load(SeqCst))
            };
            let acquire = {
                let (fetches, down, clock) = (fetches.clone(), down.clone(), clock.clone());
                move || {
                    let (fetches, down, now) = (fetches.clone(), down.clone(), clock());
                    async move {
                        let count = fetches.fetch_add(1, SeqCst) + 1;
                        tokio::task::yield_now().await;
                        if down.load(SeqCst) > 0 {
                            return Err(SignInError::new(
                                Method::ClientSecret,
                                Failure::unreachable(format!("down {count}"), ""),
                                Vec::new(),
                            ));
                        }
                        Ok(AccessToken::new(format!("token-{count}"), now, now + Duration::hours(1)).unwrap())
                    }
                }
            };
            Self { source: TokenSource::with_clock(acquire, clock), fetches, elapsed, down }
        }

        async fn token(&self) -> String {
            self.source.token().await.unwrap().secret().expose().to_owned()
        }

        fn at(&self, seconds: i64) {
            self.elapsed.store(seconds, SeqCst);
        }

        fn fetches(&self) -> usize {
            self.fetches.load(SeqCst)
        }

        /// Lets a renewal in the background finish.
        async fn settle(&self) {
            while self.source.0.state.lock().flight.is_some() {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn fifty_first_uses_make_one_fetch() {
        let bench = Bench::new();
        let tokens = join_all((0..50).map(|_| bench.token())).await;
        assert!(tokens.iter().all(|token| token == "token-1"));
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_shared_and_held_for_ten_seconds() {
        let bench = Bench::new();
        bench.down.store(1, SeqCst);
        let errors =
            join_all((0..20).map(|_| async { bench.source.token().await.unwrap_err().to_string() })).await;
        assert!(errors.iter().all(|error| error.contains("down 1")));
        bench.at(9);
        assert!(bench.source.token().await.is_err());
        assert_eq!(bench.fetches(), 1);
        bench.down.store(0, SeqCst);
        bench.at(10);
        assert_eq!(bench.token().await, "token-2");
    }

    #[tokio::test]
    async fn renewal_happens_beside_the_token_in_use() {
        let bench = Bench::new();
        assert_eq!(bench.token().await, "token-1");
        bench.at(3299);
        assert_eq!(bench.token().await, "token-1");
        assert_eq!(bench.fetches(), 1);
        bench.at(3300);
        let during = join_all((0..10).map(|_| bench.token())).await;
        assert!(during.iter().all(|token| token == "token-1"));
        bench.settle().await;
        assert_eq!((bench.token().await.as_str(), bench.fetches()), ("token-2", 2));
    }

    #[tokio::test]
    async fn a_valid_token_survives_failing_renewals_and_an_expired_one_does_not() {
        let bench = Bench::new();
        assert_eq!(bench.token().await, "token-1");
        bench.down.store(1, SeqCst);
        bench.at(3400);
        assert_eq!(bench.token().await, "token-1");
        bench.settle().await;
        assert_eq!(bench.token().await, "token-1");
        assert_eq!(bench.fetches(), 2, "a failed renewal is not repeated at once");
        bench.at(3420);
        assert_eq!(bench.token().await, "token-1");
        bench.settle().await;
        assert_eq!(bench.fetches(), 3);
        bench.at(3600);
        assert!(bench.source.token().await.is_err());
    }

    #[tokio::test]
    async fn many_refusals_of_one_token_cost_one_fetch() {
        let bench = Bench::new();
        let refused = bench.source.token().await.unwrap();
        bench.source.invalidate(&refused);
        assert_eq!(bench.token().await, "token-2");
        bench.source.invalidate(&refused);
        assert_eq!(bench.token().await, "token-2");
        assert_eq!(bench.fetches(), 2);
    }

    #[tokio::test]
    async fn those_who_wait_outlive_the_one_who_started() {
        let bench = Bench::new();
        let first = bench.source.clone();
        let mut first = Box::pin(async move { first.token().await });
        assert!(futures_util::poll!(&mut first).is_pending());
        drop(first);
        assert_eq!(bench.token().await, "token-1");
        assert_eq!(bench.fetches(), 1);
    }

    #[tokio::test]
    async fn a_fixed_token_is_what_it_says() {
        let source = TokenSource::fixed("hunter2");
        assert_eq!(source.token().await.unwrap().authorization(), "Bearer hunter2");
        assert_eq!(source.claims().await.unwrap(), Claims::unknown());
        assert!(!format!("{source:?}").contains("hunter2"));
    }
}
