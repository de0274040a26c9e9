//! A server in memory, for tests on a paused clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use tokio::sync::Notify;

use super::Json;
use super::pacer::Pacer;
use super::page::Root;
use super::reply::Reply;
use super::send::Sender;
use super::signin::TokenSource;
use super::wire::{Fault, Outgoing, Wire};

pub(crate) const ROOT: &str = "https://graph.example";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query, decoded.
    pub(crate) url: String,
    pub(crate) body: Json,
}

type Respond = Box<dyn Fn(&Asked) -> Result<(u16, Json), Fault> + Send + Sync>;

/// Answers by a function, after a latency, half of which passes before the function runs.
pub(crate) struct MockTransport {
    respond: Respond,
    latency: Box<dyn Fn() -> Duration + Send + Sync>,
    asked: Mutex<Vec<Asked>>,
}

impl MockTransport {
    pub(crate) fn new(
        latency: impl Fn() -> Duration + Send + Sync + 'static,
        respond: impl Fn(&Asked) -> Result<(u16, Json), Fault> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { respond: Box::new(respond), latency: Box::new(latency), asked: Mutex::default() })
    }

    /// Gives these answers in order, at once.
    pub(crate) fn script(answers: Vec<(u16, Json)>) -> Arc<Self> {
        let answers = Mutex::new(VecDeque::from(answers));
        Self::new(
            || Duration::ZERO,
            move |_| Ok(answers.lock().unwrap().pop_front().expect("the script is long enough")),
        )
    }

    pub(crate) fn sender(self: &Arc<Self>) -> Arc<Sender> {
        Arc::new(Sender {
            wire: Arc::clone(self) as Arc<dyn Wire>,
            tokens: TokenSource::fixed("t"),
            root: Root::parse(ROOT).unwrap(),
            pacer: Pacer::new(),
            read_only: false,
            given_up: Notify::new(),
        })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl Wire for MockTransport {
    async fn exchange(&self, request: Outgoing) -> Result<Reply, Fault> {
        let url = request.url.strip_prefix(ROOT).expect("requests go to the root");
        let asked = Asked {
            method: request.method.to_string(),
            url: percent_encoding::percent_decode_str(url).decode_utf8_lossy().into_owned(),
            body: request.body.map(|body| serde_json::from_slice(&body).unwrap()).unwrap_or_default(),
        };
        self.asked.lock().unwrap().push(asked.clone());
        let latency = (self.latency)();
        tokio::time::sleep(latency / 2).await;
        let (status, body) = (self.respond)(&asked)?;
        tokio::time::sleep(latency / 2).await;
        let body = if body.is_null() { Default::default() } else { body.to_string().into() };
        Ok(Reply { status, headers: HeaderMap::new(), body })
    }
}
